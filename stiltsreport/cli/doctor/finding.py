"""What was looked at, how it stands, and the command that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["right", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing of this machine. "note": works without it, or slower; "wrong": some study will fail. `mend`: what to do about it."""

    area: str
    name: str
    state: State
    said: str
    mend: str = ""


def worst(findings: list[Finding]) -> State:
    """The state of the whole machine.

    >>> worst([Finding("disk", "store", "right", "12 GB free"), Finding("LaTeX", "bibtex", "note", "not installed")])
    'note'
    """
    states = {one.state for one in findings}
    return "wrong" if "wrong" in states else "note" if "note" in states else "right"
