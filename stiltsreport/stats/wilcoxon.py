"""Wilcoxon's signed-rank test by seed, exact; on request only, since few seeds leave it few p values to take.

The null is that the differences lie symmetrically about zero (Wilcoxon 1945). With n seeds that differ no p is under 2 / 2^n: with five
.0625, so that nothing can be significant at .05, however large the effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stiltsreport.stats.significance import EQUAL, Floats

_DECIMALS = 9  # of points: what is equal to so many is a tie, and only rounding tells it apart


@dataclass(frozen=True)
class SignedRank:
    """The two-sided p value and the smallest that so many differing seeds allow; None under two seeds."""

    p_value: float | None
    smallest: float | None
    n: int


def signed_rank(differences: Floats) -> SignedRank:
    """The exact test of differences by seed, (seeds,) with NaN for gaps.

    Zeros are left out, as Wilcoxon did; ties get their mean rank, and the distribution over all signs is that of these ranks. Where all
    are zero p is 1.

    R: `wilcox.test(c(1.1, 2.2, 3.3, 4.4, 5.5, -0.5))` gives p = 0.0625:

    >>> signed_rank(np.array([1.1, 2.2, 3.3, 4.4, 5.5, -0.5])).p_value
    0.0625
    """
    from scipy import stats

    differences = np.asarray(differences, dtype=np.float64)
    there = np.round(differences[~np.isnan(differences)], _DECIMALS)
    if len(there) < 2:  # noqa: PLR2004 - one difference says nothing
        return SignedRank(None, None, len(there))
    moved = there[np.abs(there) > EQUAL]
    if not len(moved):
        return SignedRank(1.0, 1.0, len(there))
    ranks = np.rint(2 * stats.rankdata(np.abs(moved))).astype(np.int64)  # doubled: mean ranks are halves
    upper = int(ranks[moved > 0].sum())
    tail = min(upper, int(ranks.sum()) - upper)
    return SignedRank(min(1.0, 2 * _share_up_to(ranks.tolist(), tail)), 2.0 ** (1 - len(moved)), len(there))


def _share_up_to(ranks: list[int], bound: int) -> float:
    """The share of all 2^n choices of ranks whose sum is at most `bound`."""
    shares = np.zeros(sum(ranks) + 1)
    shares[0] = 1.0
    for rank in ranks:
        shares[rank:] = (shares[rank:] + shares[: len(shares) - rank]) / 2
        shares[:rank] /= 2
    return float(shares[: bound + 1].sum())
