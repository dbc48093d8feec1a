"""Partial conjunctions: whether an effect is there on at least k of m tests, whatever the tests share.

Counting small p values says more than was seen: among m tests of no effect some are small by chance. Bonferroni's form needs no
independence, which targets that share an encoder or a run, and arms that share a baseline, do not have (Benjamini and Heller 2008,
Biometrics 64, section 2; Dror et al. 2017, TACL 5, section 4, for data sets in language processing).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stiltsreport.stats.significance import Floats


def partial_conjunction(p_values: Floats | Sequence[float], k: int) -> float:
    """The p value that fewer than k of the tests have an effect: (m - k + 1) times the k-th smallest p, at most 1.

    Args:
        p_values: (tests,), one-sided where the effect has a direction. NaN, a test that could not be made, counts as 1.
        k: 1 to the number of tests.

    Raises:
        ValueError: where k is outside.

    >>> round(partial_conjunction([0.001, 0.004, 0.03, 0.6], 2), 3)
    0.012
    """
    ordered = _ordered(p_values)
    if not 1 <= k <= len(ordered):
        raise ValueError(f"at least {k} of {len(ordered)} tests is no partial conjunction")
    return min(1.0, float((len(ordered) - k + 1) * ordered[k - 1]))


def count_lower_bound(p_values: Floats | Sequence[float], alpha: float) -> int:
    """The largest k for which "at least j of the tests have an effect" holds at `alpha` for each j up to k; 0 where none does.

    With probability 1 - alpha no more is claimed than is true (Dror et al. 2017, section 4.2). It is as many as Holm's procedure rejects.

    >>> count_lower_bound([0.001, 0.004, 0.03, 0.6], 0.05)
    2
    """
    ordered = _ordered(p_values)
    held = np.arange(len(ordered), 0, -1) * ordered <= alpha
    return int(np.logical_and.accumulate(held).sum())


def _ordered(p_values: Floats | Sequence[float]) -> Floats:
    return np.sort(np.nan_to_num(np.asarray(p_values, dtype=np.float64), nan=1.0))
