"""Paired tests by seed: the t test and the exact sign-flip test, many comparisons at a time.

Every function takes differences of shape (comparisons, seeds), in points, NaN where a seed lacks one of the two arms: such a seed is left
out of its row alone. Fewer than two seeds give NaN.

Differences without variance (all equal to 1e-9 points) give no t statistic. Where they are all zero, p is 1: a system against itself.
Where they all equal something else, t would be infinite and p zero after as few as two seeds, which claims more than was seen: the result
is NaN, "not computed".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Alternative = Literal["two-sided", "greater", "less"]

EQUAL = 1e-9  # points: differences closer than this are equal, and only rounding tells them apart
_ENUMERATED = 12  # seeds up to which all sign patterns of many rows stand in memory at once
_ROOM = 2**22  # numbers in such a block
LARGEST = 40  # seeds beyond which the exact test is not computed


def paired_t(differences: Floats, alternative: Alternative = "two-sided", shift: float = 0.0) -> Floats:
    """The p values of Student's paired t test that the mean difference is `shift`.

    t = (mean - shift) / (sd / sqrt(n)) with n - 1 degrees of freedom (Student 1908).

    Args:
        differences: (comparisons, seeds).
        alternative: of the mean difference against the shift.
        shift: the value under the null, in points.

    Returns:
        (comparisons,), NaN where it is not defined.

    Student's own data, hours of sleep gained by two drugs (R: `with(sleep, t.test(extra[group == 1], extra[group == 2], paired = TRUE))`):

    >>> gained = np.array([[1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]])
    >>> round(float(paired_t(gained)[0]), 6)
    0.002833
    """

    def test(rows: Floats) -> Floats:
        seeds = rows.shape[1]
        t = (rows.mean(axis=1) - shift) / np.sqrt(rows.var(axis=1, ddof=1) / seeds)
        if alternative == "two-sided":
            return np.asarray(2 * special.stdtr(seeds - 1, -np.abs(t)), dtype=np.float64)
        return np.asarray(special.stdtr(seeds - 1, t if alternative == "less" else -t), dtype=np.float64)

    still = constant(differences)
    found = by_pattern(np.where(still[:, None], np.nan, differences), test)
    found[still] = np.where(np.abs(_means(differences[still]) - shift) <= EQUAL, 1.0, np.nan)
    return found


def sign_flip(differences: Floats, alternative: Alternative = "two-sided", shift: float = 0.0) -> Floats:
    """The p values of the exact sign-flip (Fisher-Pitman) test that the differences lie symmetrically about `shift`.

    The share of all 2^n patterns of signs whose sum is at least as extreme as the observed one, ties included; two-sided by the absolute
    value (Fisher 1935, section 21). It needs no variance, so differences that are all equal have a p value too.

    Args, shape and NaN as in `paired_t`; beyond 40 seeds NaN as well.

    Fisher's own use, Darwin's 15 pairs of maize in eighths of an inch: 863 patterns on each side are as extreme, of 32,768.

    >>> maize = np.array([[49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48.0]])
    >>> round(float(sign_flip(maize)[0]) * 2**15)
    1726
    """
    shifted = np.asarray(differences, dtype=np.float64) - shift
    if alternative == "less":
        return sign_flip(-shifted, "greater")

    def test(rows: Floats) -> Floats:
        if rows.shape[1] > LARGEST:
            return np.full(len(rows), np.nan)
        sums = rows.sum(axis=1)
        if alternative == "greater":
            return _share_above(rows, sums)
        # The patterns' sums are symmetric about zero, so the two tails are alike.
        return np.where(np.abs(sums) <= EQUAL, 1.0, np.minimum(1.0, 2 * _share_above(rows, np.abs(sums))))

    return by_pattern(shifted, test)


def smallest_sign_flip(seeds: int) -> float:
    """The smallest two-sided p that the sign-flip test can reach with so many seeds: 2 / 2^n, however large the effect; 1 without seeds.

    >>> smallest_sign_flip(5), smallest_sign_flip(6)
    (0.0625, 0.03125)
    """
    return float(2.0 ** (1 - seeds)) if seeds else 1.0


def constant(differences: Floats) -> NDArray[np.bool_]:
    """Which rows hold two seeds or more that all differ by the same amount."""
    there = ~np.isnan(differences)
    low = np.where(there, differences, np.inf).min(axis=1, initial=np.inf)
    high = np.where(there, differences, -np.inf).max(axis=1, initial=-np.inf)
    return np.asarray((there.sum(axis=1) > 1) & (high - low <= EQUAL), dtype=np.bool_)


def by_pattern(differences: Floats, test: Callable[[Floats], Floats]) -> Floats:
    """`test` over rows without gaps: rows that lack the same seeds are tested together. Rows of under two seeds are NaN."""
    differences = np.asarray(differences, dtype=np.float64)
    found = np.full(len(differences), np.nan)
    there = ~np.isnan(differences)
    if there.all() and there.shape[1] > 1:  # nothing is missing, which is most often so
        with np.errstate(all="ignore"):
            return np.asarray(test(differences), dtype=np.float64) if len(there) else found
    for pattern in np.unique(there, axis=0) if len(there) else ():
        if pattern.sum() > 1:
            rows = (there == pattern).all(axis=1)
            with np.errstate(all="ignore"):
                found[rows] = test(differences[rows][:, pattern])
    return found


def _means(differences: Floats) -> Floats:
    return np.nanmean(differences, axis=1) if len(differences) else np.empty(0)


def _share_above(rows: Floats, bounds: Floats) -> Floats:
    """The share of sign patterns of each row whose sum is at least its bound; equal up to rounding counts as equal."""
    seeds = rows.shape[1]
    if seeds <= _ENUMERATED:
        step = max(1, _ROOM >> seeds)
        parts = [(_sums(rows[at : at + step]) >= bounds[at : at + step, None] - EQUAL).mean(axis=1) for at in range(0, len(rows), step)]
        return np.concatenate(parts) if parts else np.empty(0)
    # Meet in the middle: sums of the first half against the sorted sums of the second, 2^(n/2) steps in place of 2^n.
    found = np.empty(len(rows))
    for place, (row, bound) in enumerate(zip(rows, bounds, strict=True)):
        left, right = _sums(row[None, : seeds // 2])[0], np.sort(_sums(row[None, seeds // 2 :])[0])
        found[place] = (len(right) - np.searchsorted(right, bound - EQUAL - left, side="left")).sum() / 2.0**seeds
    return found


def _sums(rows: Floats) -> Floats:
    """(rows, 2^n): the sum under every pattern of signs."""
    sums = np.zeros((len(rows), 1))
    for place in range(rows.shape[1]):
        one = rows[:, place : place + 1]
        sums = np.concatenate((sums + one, sums - one), axis=1)
    return sums


TESTS: dict[str, Callable[[Floats, Alternative, float], Floats]] = {"paired-t": paired_t, "sign-flip": sign_flip}
