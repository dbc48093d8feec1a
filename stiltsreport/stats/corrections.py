"""Corrections of the p values of a family; what is missing from a family counts as p = 1, so that a gap never makes a claim easier."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stiltsreport.stats.significance import Floats


def holm(p_values: Floats, planned: int = 0) -> Floats:
    """Holm's adjusted p values: the chance of any false claim in the family stays under alpha, whatever the tests share (Holm 1979).

    Args:
        p_values: (tests,), NaN for tests that could not be made; those stay NaN.
        planned: the number of tests that the family was to have, where that is more than are given.

    R: `p.adjust(c(0.01, 0.02, 0.03, 0.04), "holm")`:

    >>> holm(np.array([0.01, 0.02, 0.03, 0.04])).round(4).tolist()
    [0.04, 0.06, 0.06, 0.06]
    """
    return _adjusted(p_values, planned, _step_down)


def benjamini_hochberg(p_values: Floats, planned: int = 0) -> Floats:
    """Benjamini and Hochberg's adjusted p values: the expected share of false claims among the claims stays under alpha (1995).

    Args as in `holm`.

    R: `p.adjust(c(0.01, 0.02, 0.03, 0.04), "BH")`:

    >>> benjamini_hochberg(np.array([0.01, 0.02, 0.03, 0.04])).round(4).tolist()
    [0.04, 0.04, 0.04, 0.04]
    """
    return _adjusted(p_values, planned, _step_up)


def uncorrected(p_values: Floats, planned: int = 0) -> Floats:
    """The p values as they are."""
    del planned
    return np.asarray(p_values, dtype=np.float64).copy()


def _adjusted(p_values: Floats, planned: int, steps: Callable[[Floats, int], Floats]) -> Floats:
    """`steps` adjusts ascending p values, given how many tests the family has; those that are not there would follow, with p = 1."""
    p_values = np.asarray(p_values, dtype=np.float64)
    found = np.full(p_values.shape, np.nan)
    there = np.flatnonzero(~np.isnan(p_values))
    order = there[np.argsort(p_values[there], kind="stable")]
    if len(order):
        found[order] = np.minimum(1.0, steps(p_values[order], max(planned, len(p_values))))
    return found


def _step_down(ascending: Floats, tests: int) -> Floats:
    """Each p times the tests that are left, never under an earlier one."""
    return np.maximum.accumulate(ascending * (tests - np.arange(len(ascending))))


def _step_up(ascending: Floats, tests: int) -> Floats:
    """Each p times tests / rank, never over a later one."""
    return np.minimum.accumulate((ascending * tests / np.arange(1, len(ascending) + 1))[::-1])[::-1]


CORRECTIONS: dict[str, Callable[[Floats, int], Floats]] = {"holm": holm, "benjamini-hochberg": benjamini_hochberg, "none": uncorrected}
