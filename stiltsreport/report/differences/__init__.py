"""Two reports held against each other: what changed in study, data, code, machine and numbers, and which verdicts turned."""

from __future__ import annotations

from stiltsreport.report.differences.change import Change, Part
from stiltsreport.report.differences.design import design_changes
from stiltsreport.report.differences.folder import Folder, read_folder
from stiltsreport.report.differences.numbers import number_changes
from stiltsreport.report.differences.verdicts import verdict_changes

__all__ = ["Change", "Folder", "Part", "changes", "read_folder"]


def changes(before: Folder, after: Folder) -> list[Part]:
    """Every part of a report, with what changed in it from one to the other."""
    return [*design_changes(before, after), *number_changes(before, after), *verdict_changes(before, after)]
