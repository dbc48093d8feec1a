"""Intervals of the mean difference over seeds."""

from __future__ import annotations

import numpy as np
from scipy import special

from stiltsreport.stats.significance import Floats, by_pattern, constant


def t_interval(differences: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Lower and upper bounds of the mean difference by Student's t with n - 1 degrees of freedom.

    Args:
        differences: (comparisons, seeds), NaN where a seed lacks one of the two arms.
        level: the share of such intervals that cover the true mean.

    Returns:
        Two arrays of shape (comparisons,); NaN under two seeds, and where all seeds differ by the same amount: an interval of width zero
        would claim a certainty that so few runs do not give.

    R: `with(sleep, t.test(extra[group == 2], extra[group == 1], paired = TRUE))$conf.int` is 0.7001142 2.4598858:

    >>> low, high = t_interval(np.array([[1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]]))
    >>> round(float(low[0]), 7), round(float(high[0]), 7)
    (0.7001142, 2.4598858)
    """

    def half(rows: Floats) -> Floats:
        seeds = rows.shape[1]
        return np.asarray(special.stdtrit(seeds - 1, (1 + level) / 2) * rows.std(axis=1, ddof=1) / np.sqrt(seeds))

    means = by_pattern(differences, lambda rows: rows.mean(axis=1))
    halves = by_pattern(differences, half)
    halves[constant(differences)] = np.nan
    return means - halves, means + halves
