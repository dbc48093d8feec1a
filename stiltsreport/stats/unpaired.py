"""Comparisons whose arms have seeds of their own: each against its baseline as two samples, under Welch's or Dunnett's test.

Dunnett's family is the arms of one quantity that share one baseline: of one model, the averages over the same tasks. Where a declared
family holds several of these (arms that leave out unlike tasks as their own data; methods on several intermediates), each p is multiplied
by their number (Bonferroni). The variance is that of all these arms together; on the exploratory cells their p values then go to Benjamini
and Hochberg's correction as others do.

Arms share what a seed sets (data order, heads), so that their noise goes up and down together; two samples make nothing of it, and these
tests reject more seldom than they say. More seeds of the baseline are what they are for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stiltsreport.stats.candidates import Candidate
from stiltsreport.stats.significance import Floats
from stiltsreport.stats.two_samples import Gaps, dunnett, moments, pooled, welch
from stiltsreport.study.study import StatisticsSettings


@dataclass(frozen=True)
class Unpaired:
    """Columns over the candidates. `arms`, `baselines`: (candidates, seeds), NaN throughout where both arms are constants.

    `seeds` is the smaller number of the two arms, of the arm alone against a constant; `means` the difference of the means.
    """

    arms: Floats
    baselines: Floats
    gaps: Gaps
    seeds: Floats
    means: Floats
    groups: tuple[int, ...]

    def dunnett(self, rows: Sequence[int], enough: NDArray[np.bool_]) -> Floats:
        """Dunnett's p values of one family; what has too few seeds (`enough` is False) or no t counts as an arm without effect."""
        found = np.full(len(rows), np.nan)
        groups = [self.groups[place] for place in rows]
        several = len(set(groups))
        for group in dict.fromkeys(groups):
            places = [place for place, one in enumerate(groups) if one == group]
            kept = [place for place in places if enough[place]]
            if kept:
                own = np.array([rows[place] for place in kept])
                gaps = Gaps(self.gaps.difference[own], self.gaps.error[own], self.gaps.df[own])
                count, _, variance = (column[0] for column in moments(self.baselines[own[:1]]))
                others = math.inf if variance == 0 else float(count)
                adjusted = dunnett(gaps, [int(seeds) for seeds in moments(self.arms[own])[0]], others, planned=len(places))
                found[kept] = np.minimum(1.0, several * adjusted)
        return found


def unpaired(planned: Sequence[Candidate], settings: StatisticsSettings) -> Unpaired:
    """The gaps of all candidates of one model."""
    blank = np.array([one.constant for one in planned], dtype=bool)[:, None]
    raw = [np.array([one.values[side] for one in planned]).reshape(len(planned), -1) for side in (0, 1)]
    arms, baselines = (np.where(blank, np.nan, side) for side in raw)
    keys: dict[tuple[object, ...], int] = {}
    groups = tuple(keys.setdefault((one.family, one.names, one.scope, one.baseline, one.values[1].tobytes()), len(keys)) for one in planned)
    gaps = welch(arms, baselines) if settings.test != "dunnett" else _by_group(arms, raw[1], groups)
    constants = np.array([one.constant_baseline for one in planned], dtype=bool)
    counts, others = moments(arms)[0], moments(baselines)[0]
    means = moments(raw[0])[1] - moments(raw[1])[1]
    return Unpaired(arms, baselines, gaps, np.where(constants, counts, np.minimum(counts, others)), means, groups)


def _by_group(arms: Floats, baselines: Floats, groups: Sequence[int]) -> Gaps:
    """The gaps with the variance of each group's arms together."""
    found = Gaps(*(np.full(len(arms), np.nan) for _ in range(3)))
    numbers = np.array(groups)
    for group in dict.fromkeys(groups):
        rows = np.flatnonzero(numbers == group)
        one = pooled(arms[rows], baselines[rows[0]])
        found.difference[rows], found.error[rows], found.df[rows] = one.difference, one.error, one.df
    return found


def counts_of(one: Candidate) -> tuple[int, int]:
    """The seeds of the arm and of its baseline."""
    left, right = (int((~np.isnan(side)).sum()) for side in one.values)
    return left, right
