"""Gains that a report explores beside its declared tests: a family of effects by seed, adjusted together after Benjamini and Hochberg."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stiltsreport.stats.aggregate import Aggregates, Arm, Floats
from stiltsreport.stats.corrections import benjamini_hochberg, uncorrected
from stiltsreport.stats.effect import Effect, effect
from stiltsreport.stats.own_data import own_data
from stiltsreport.stats.verdicts import MINIMUM_SEEDS
from stiltsreport.study.study import Study, TargetEntry

Sides = tuple[Floats, Floats]  # the values of an arm and of what it is compared with, by the place of the seed


@dataclass(frozen=True)
class Explored:
    """An effect and its p value over the family; None where it could not be tested, or seeds are too few to."""

    effect: Effect
    adjusted: float | None

    def discovered(self, study: Study) -> bool:
        """Whether a table may mark it: never of seeds that were added outside the plan."""
        return self.adjusted is not None and self.adjusted <= study.statistics.alpha and not study.extended


def explore(study: Study, family: Sequence[Sides]) -> list[Explored]:
    """The effects of a family, by the study's test. What is missing, or of under 5 seeds, counts as p = 1."""
    effects = [effect(arm, than, study.statistics) for arm, than in family]
    p_values = np.array([_tested(one) for one in effects], dtype=np.float64)
    correct = uncorrected if study.statistics.correction == "none" else benjamini_hochberg
    adjusted = correct(p_values, 0) if effects else p_values
    return [Explored(one, None if np.isnan(p) else float(p)) for one, p in zip(effects, adjusted, strict=True)]


def without_own_data(study: Study, members: Sequence[TargetEntry], *intermediates: str) -> list[TargetEntry]:
    """Those targets whose own training data none of the intermediates contains."""
    return [entry for entry in members if not any(own_data(study, name, entry.task.name) for name in intermediates)]


def sides(aggregates: Aggregates, arm: Arm, than: Arm, members: Sequence[TargetEntry], *, without_english: bool = False) -> Sides:
    """The means of two arms over the same targets."""
    return aggregates.mean_over(arm, members, without_english)[0], aggregates.mean_over(than, members, without_english)[0]


def _tested(one: Effect) -> float:
    return one.p_value if one.p_value is not None and one.n >= MINIMUM_SEEDS else np.nan
