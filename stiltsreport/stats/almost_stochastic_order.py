"""Almost stochastic order: how far the scores of one arm are from being better at every quantile (Dror et al. 2019, ACL, section 4).

The violation ratio is the part of the squared distance of two distributions (Wasserstein's, W2) in which the first has the lower quantile:
0 where it is always better, 1 where it is always worse, one half where neither is (del Barrio et al. 2018). Of two samples of seeds it is
an estimate, and the bound says how large it may be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stiltsreport.stats.significance import EQUAL, Floats

FEWEST_SEEDS = 10  # under it the bootstrap of the bound is not to be trusted
DRAWS = 1000


@dataclass(frozen=True)
class StochasticOrder:
    """The violation ratio and its upper bound; under one half the first arm is better in almost stochastic order. None: not defined."""

    ratio: float | None
    bound: float | None


def violation_ratio(scores: Floats, than: Floats) -> Floats:
    """The part of the squared W2 distance where the quantile of `scores` is below that of `than`; NaN where these are equal.

    Args:
        scores: (..., n): one sample, or many.
        than: (..., m).

    Of sorted pairs 1-2, 3-2, 5-3 the first violates, by 1 of 1 + 1 + 4:

    >>> float(violation_ratio(np.array([1.0, 3.0, 5.0]), np.array([2.0, 2.0, 3.0]))) == 1 / 6
    True
    """
    scores, than = np.sort(scores, axis=-1), np.sort(than, axis=-1)
    n, m = scores.shape[-1], than.shape[-1]
    # Both quantile functions are steps: they are constant between the multiples of 1/n and 1/m.
    ends = np.unique(np.concatenate((np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)))
    widths = np.diff(ends, prepend=0) / (n * m)
    gaps = scores[..., (ends - 1) // m] - than[..., (ends - 1) // n]
    squares = widths * gaps**2
    total = squares.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(gaps < 0, squares, 0.0).sum(axis=-1) / total
    return np.asarray(np.where(total <= EQUAL**2, np.nan, found), dtype=np.float64)


def stochastic_order(scores: Floats, than: Floats, generator: np.random.Generator, alpha: float = 0.05) -> StochasticOrder:
    """Whether an arm is better in almost stochastic order, by the values of both by seed, NaN for gaps.

    The bound is ratio - sqrt((n + m) / (n m)) sigma z_alpha, with sigma the bootstrap's estimate of the spread of the scaled ratio (Dror
    et al. 2019, equation 5), between 0 and 1. Samples count as independent: that seeds are paired is not used. None under ten seeds in
    an arm, and where both have the same scores.
    """
    from scipy import stats

    scores, than = (side[~np.isnan(side)] for side in (np.asarray(scores, dtype=np.float64), np.asarray(than, dtype=np.float64)))
    n, m = len(scores), len(than)
    if min(n, m) < FEWEST_SEEDS:
        return StochasticOrder(None, None)
    ratio = float(violation_ratio(scores, than))
    if np.isnan(ratio):
        return StochasticOrder(None, None)
    drawn = violation_ratio(scores[generator.integers(n, size=(DRAWS, n))], than[generator.integers(m, size=(DRAWS, m))])
    spread = float(np.nanstd(drawn))
    return StochasticOrder(ratio, float(np.clip(ratio - spread * stats.norm.ppf(alpha), 0.0, 1.0)))
