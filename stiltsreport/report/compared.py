"""Comparisons by what they compare: the row that tables show, and those beside it that speak of other test items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stiltsreport.report.arms import Arm
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.items.families import key_of
from stiltsreport.stats.items.second import BOOTSTRAP, new_items
from stiltsreport.study.study import BASELINE, PLAIN

DECLARED = ("confirmatory", "methods")  # the families whose averages carry a claim


class Compared:
    """The comparisons of a study, looked up by arm, target and scope."""

    def __init__(self, comparisons: Sequence[Comparison]) -> None:
        self._rows: dict[tuple[str, ...], Comparison] = {}
        self._second: dict[tuple[str, ...], list[Comparison]] = {}
        for row in comparisons:  # one row a method of interval: the t interval is what tables show
            key = (row.model, row.variant, row.intermediate, row.baseline, row.target, row.scope)
            if key not in self._rows or row.interval == "t":
                self._rows[key] = row
            if row.interval != "t":
                self._second.setdefault(key, []).append(row)

    def with_baseline(self, arm: Arm, target: str, scope: str) -> Comparison | None:
        """The comparison of an arm with the study's baseline; None for the baseline, or where none could be made."""
        return self._rows.get((arm.model, arm.variant, arm.intermediate, BASELINE, target, scope))

    def with_plain(self, arm: Arm, target: str, scope: str) -> Comparison | None:
        """The comparison of a variant with plain of the same intermediate; None for plain, or where none could be made."""
        if arm.variant == PLAIN:
            return None
        return self._rows.get((arm.model, arm.variant, arm.intermediate, arm.intermediate, target, scope))

    def over_items(self, row: Comparison | None) -> tuple[Comparison, ...]:
        """The rows of a comparison that speak of other test items too; empty where none were made."""
        return tuple(self._second.get(key_of(row), ())) if row is not None else ()

    def new_items(self, row: Comparison) -> bool | None:
        """Whether its verdict stands on new test items too; None where nothing is claimed, or it is not known."""
        return new_items(row, next((one for one in self.over_items(row) if one.interval == BOOTSTRAP), None))

    @property
    def resampled(self) -> bool:
        """Whether any comparison has an interval over items."""
        return any(row.low is not None for rows in self._second.values() for row in rows)

    def of_family(self, family: str, scopes: Iterable[str], *, methods: bool = False) -> list[Comparison]:
        """The comparisons of a family in the order of the study; averages over the same tasks are one comparison and stand once.

        `methods`: those of a variant with plain of its intermediate, else those with the baseline.
        """
        wanted = set(scopes)
        found: dict[object, Comparison] = {}
        for row in self._rows.values():
            if row.family == family and row.scope.partition(":")[0] in wanted and of_method(row) == methods:
                found.setdefault(
                    (
                        row.model,
                        row.variant,
                        row.intermediate,
                        row.scope,
                        row.inputs if row.scope == "average" and row.inputs else row.target,
                    ),
                    row,
                )
        return list(found.values())


def of_method(row: Comparison) -> bool:
    """Whether a comparison is of a variant with plain of the same intermediate."""
    return row.variant != PLAIN and row.baseline == row.intermediate
