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
    return _adjusted(p_values, planned, "holm")


def benjamini_hochberg(p_values: Floats, planned: int = 0) -> Floats:
    """Benjamini and Hochberg's adjusted p values: the expected share of false claims among the claims stays under alpha (1995).

    Args as in `holm`.

    R: `p.adjust(c(0.01, 0.02, 0.03, 0.04), "BH")`:

    >>> benjamini_hochberg(np.array([0.01, 0.02, 0.03, 0.04])).round(4).tolist()
    [0.04, 0.04, 0.04, 0.04]
    """
    return _adjusted(p_values, planned, "fdr_bh")


def uncorrected(p_values: Floats, planned: int = 0) -> Floats:
    """The p values as they are."""
    del planned
    return np.asarray(p_values, dtype=np.float64).copy()


def _adjusted(p_values: Floats, planned: int, method: str) -> Floats:
    from statsmodels.stats.multitest import multipletests

    p_values = np.asarray(p_values, dtype=np.float64)
    there = ~np.isnan(p_values)
    found = np.full(p_values.shape, np.nan)
    if there.any():
        family = np.ones(max(planned, len(p_values)))
        family[: there.sum()] = p_values[there]
        found[there] = multipletests(family, method=method)[1][: there.sum()]
    return found


CORRECTIONS: dict[str, Callable[[Floats, int], Floats]] = {"holm": holm, "benjamini-hochberg": benjamini_hochberg, "none": uncorrected}
