"""What a comparison is a mean of: cells of target and language with their weights, and the evaluations of both arms by seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stiltsreport.stats.aggregate import AVERAGES, ENGLISH, GROUP_AVERAGES, Aggregates, Arm
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.significance import Floats
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry

Place = tuple[str, str]  # target, language
PAIRED = ("paired-t", "sign-flip")


@dataclass(frozen=True)
class Quantity:
    """A comparison's difference: sums over `cells` of weight times the mean over seeds of arm minus baseline.

    `arm_values` and `baseline_values` are (seeds,), by the place of the study's seed, NaN where an arm has none. `constant`: no seed
    stands behind the baseline.
    """

    arm: Arm
    baseline: Arm
    cells: Mapping[Place, float]
    arm_values: Floats
    baseline_values: Floats
    paired: bool
    constant: bool

    @property
    def by_difference(self) -> bool:
        """Whether what varies with the seeds is one difference each: the arms are paired, or the baseline has no seeds of its own."""
        return self.paired or self.constant

    @cached_property
    def arm_seeds(self) -> tuple[int, ...]:
        """The places of the seeds that the arm's mean is over."""
        return self._places(self.arm_values)

    @cached_property
    def baseline_seeds(self) -> tuple[int, ...]:
        """The same of the baseline."""
        return self._places(self.baseline_values)

    def _places(self, values: Floats) -> tuple[int, ...]:
        there = ~np.isnan(self.arm_values - self.baseline_values) if self.by_difference else ~np.isnan(values)
        return tuple(np.flatnonzero(there).tolist())

    @cached_property
    def seed_variances(self) -> tuple[tuple[float, int], ...]:
        """(variance of a mean, degrees of freedom) of what varies with the seeds: the differences, or each arm by itself."""
        if self.by_difference:
            return _of_mean((self.arm_values - self.baseline_values)[list(self.arm_seeds)])
        return (*_of_mean(self.arm_values[list(self.arm_seeds)]), *_of_mean(self.baseline_values[list(self.baseline_seeds)]))


def _of_mean(values: Floats) -> tuple[tuple[float, int], ...]:
    return ((float(values.var(ddof=1)) / len(values), len(values) - 1),) if len(values) > 1 else ()


def quantities(aggregates: Aggregates, rows: Iterable[Comparison]) -> Iterator[tuple[Comparison, Quantity]]:
    """Of each comparison."""
    means: dict[tuple[Arm, tuple[str, ...], bool], tuple[Floats, bool]] = {}
    for row in rows:
        arm, baseline = (row.model, row.variant, row.intermediate), (row.model, PLAIN, row.baseline)
        members, without_english = _members(aggregates, row)
        cells = _cells(members, row.scope.partition(":")[2], without_english)
        sides = []
        for side in (arm, baseline):
            if row.scope.startswith("language:"):
                block = aggregates.block(side, row.target)
                sides.append((block.values[block.languages.index(row.scope.partition(":")[2])], block.constant))
            else:
                key = (side, tuple(entry.task.name for entry in members), without_english)
                if key not in means:
                    values, _, _, constant = aggregates.mean_over(side, members, without_english)
                    means[key] = values, constant
                sides.append(means[key])
        yield row, Quantity(arm, baseline, cells, sides[0][0], sides[1][0], aggregates.study.statistics.test in PAIRED, sides[1][1])


def _members(aggregates: Aggregates, row: Comparison) -> tuple[list[TargetEntry], bool]:
    """The targets, and whether English is left out."""
    if row.target in (*AVERAGES, *GROUP_AVERAGES) and row.target not in aggregates.entries:
        learned = row.intermediate if row.intermediate != row.baseline else BASELINE
        return aggregates.members(row.target, learned), row.target == "zero-shot-average"
    return [aggregates.entries[row.target]], False


def _cells(members: list[TargetEntry], language: str, without_english: bool) -> dict[Place, float]:
    if language:
        return {(members[0].task.name, language): 1.0}
    found = {}
    for entry in members:
        languages = [code for code in entry.languages if not (without_english and code == ENGLISH)]
        for code in languages:
            found[entry.task.name, code] = 1 / (len(members) * len(languages))
    return found
