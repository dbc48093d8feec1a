"""Wilcoxon's signed-rank test against R, scipy and all signs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from stiltsreport.stats.wilcoxon import signed_rank

# Hollander and Wolfe 1973, p. 29: depression scale of 9 patients, first and second visit. R's example(wilcox.test).
FIRST = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
SECOND = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])


def test_hollander_and_wolfe() -> None:
    # R: wilcox.test(x, y, paired = TRUE): V = 40, p-value = 0.03906
    found = signed_rank(FIRST - SECOND)
    assert found.p_value == pytest.approx(0.0390625)
    assert found.smallest == pytest.approx(2 / 2**9)


@pytest.mark.parametrize("seeds", [2, 5, 6, 10, 20])
def test_scipy_without_ties(seeds: int) -> None:
    differences = np.random.default_rng(seeds).normal(0.4, 1, seeds)
    assert signed_rank(differences).p_value == pytest.approx(stats.wilcoxon(differences, method="exact").pvalue)


def test_ties_by_all_signs() -> None:
    differences = np.array([1.0, 1.0, -1.0, 2.0, 3.0, 3.0, 0.0, np.nan])
    moved = differences[:6]
    ranks = stats.rankdata(np.abs(moved))
    sums = np.array([(ranks * np.array(signs)).sum() for signs in itertools.product((-1, 1), repeat=6)])
    expected = (np.abs(sums) >= abs((ranks * np.sign(moved)).sum()) - 1e-9).mean()
    found = signed_rank(differences)
    assert found.p_value == pytest.approx(expected)
    assert (found.n, found.smallest) == (7, 2 / 2**6)


def test_five_seeds_cannot_reach_five_percent() -> None:
    found = signed_rank(np.array([10.0, 11.0, 12.0, 13.0, 14.0]))
    assert found.p_value == found.smallest == 0.0625


def test_degenerate() -> None:
    assert signed_rank(np.array([])).p_value is None
    assert signed_rank(np.array([1.0, np.nan])).p_value is None
    assert signed_rank(np.zeros(5)).p_value == 1.0
    assert signed_rank(np.full(5, 2.0)).p_value == 0.0625
