"""Which verdicts turned between two reports: of comparisons over seeds, and of claims."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.report.differences.change import Change, Part
from stiltsreport.report.differences.folder import Folder, Row
from stiltsreport.report.differences.numbers import OF_COMPARISON, comparison_name, keyed
from stiltsreport.report.numbers import counted, shown

_DECLARED = ("confirmatory", "methods")


def verdict_changes(before: Folder, after: Folder) -> list[Part]:
    """Verdicts of the declared families first; then the exploratory ones, and claims with their sentences."""
    turned = _turned(before.comparisons, after.comparisons)
    declared = sum(family in _DECLARED for family, _ in turned)
    turned.sort(key=lambda one: one[0] not in _DECLARED)
    summary = f"{counted(declared)} of declared families, {counted(len(turned) - declared)} exploratory" if turned else ""
    return [Part("verdicts", tuple(change for _, change in turned), summary), Part("claims", tuple(_claims(before.claims, after.claims)))]


def _turned(before: Sequence[Row], after: Sequence[Row]) -> list[tuple[str, Change]]:
    one, other = keyed(before, OF_COMPARISON), keyed(after, OF_COMPARISON)
    return [
        (str(other[key].get("family")), Change(comparison_name(row), _verdict(row), _verdict(other[key])))
        for key, row in one.items()
        if key in other and row.get("verdict") != other[key].get("verdict")
    ]


def _verdict(row: Row) -> str:
    return f"{row.get('verdict')} ({shown(row['difference'], 2, signed=True)})"


def _claims(before: Sequence[Row], after: Sequence[Row]) -> list[Change]:
    one, other = keyed(before, ("claim", "model")), keyed(after, ("claim", "model"))
    found = []
    for key in {**one, **other}:
        mine, theirs = one.get(key), other.get(key)
        name = "/".join(str(part) for part in key if part)
        if mine is None or theirs is None or mine.get("verdict") != theirs.get("verdict"):
            found.append(Change(name, mine and mine.get("verdict"), theirs and theirs.get("verdict")))
        elif mine.get("sentence") != theirs.get("sentence"):
            found.append(Change(f"{name} (sentence)", mine.get("sentence"), theirs.get("sentence")))
    return found
