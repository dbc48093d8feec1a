"""Spearman's rho and its interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from stiltsreport.stats.rank_correlation import rank_correlation


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=3, max_size=12))
def test_as_pearsons_of_the_ranks(points: list[tuple[int, int]]) -> None:
    x, y = (np.array(side, dtype=float) for side in zip(*points, strict=True))
    found = rank_correlation(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert (found.rho, found.low, found.high) == (None, None, None)
        assert found.reason
    else:
        assert found.rho == pytest.approx(np.corrcoef(stats.rankdata(x), stats.rankdata(y))[0, 1])
        if found.low is not None and found.high is not None:
            assert -1 <= found.low <= found.rho <= found.high <= 1  # type: ignore[operator]


def test_the_interval_by_hand() -> None:
    x, y = np.arange(8.0), np.array([1.0, 0, 3, 2, 5, 4, 7, 6])
    found = rank_correlation(x, y)
    assert found.rho == pytest.approx(1 - 6 * 8 / (8 * 63))  # sum of squared differences of ranks: 8
    half = 1.959964 * math.sqrt((1 + found.rho**2 / 2) / 5)
    assert (found.low, found.high) == (
        pytest.approx(math.tanh(math.atanh(found.rho) - half), abs=1e-6), pytest.approx(math.tanh(math.atanh(found.rho) + half), abs=1e-6),
    )  # fmt: skip


def test_the_interval_covers() -> None:
    """Of a bivariate normal with correlation r the true rank correlation is 6 / pi asin(r / 2) (Pearson 1907)."""
    random, r = np.random.default_rng(5), 0.6
    truth, hits, studies = 6 / math.pi * math.asin(r / 2), 0, 1500
    for _ in range(studies):
        x = random.standard_normal(12)
        found = rank_correlation(x, r * x + math.sqrt(1 - r**2) * random.standard_normal(12))
        hits += found.low is None or found.high is None or found.low <= truth <= found.high
    assert 0.93 <= hits / studies <= 0.97


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([1.0, 2.0], [1.0, 2.0], "under 3 points"),
        ([1.0, np.nan, 3.0], [1.0, 2.0, 3.0], "under 3 points"),
        ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], "all points have one score"),
        ([], [], "under 3 points"),
    ],
)
def test_too_little_to_rank(x: list[float], y: list[float], reason: str) -> None:
    found = rank_correlation(np.array(x), np.array(y))
    assert (found.rho, found.reason) == (None, reason)


def test_where_all_ranks_agree_there_is_no_interval() -> None:
    found = rank_correlation(np.array([1.0, 2, 3, 4, 5]), np.array([5.0, 4, 3, 2, 1]))
    assert (found.rho, found.low, found.high) == (-1.0, None, None)
    assert "no interval" in found.reason
