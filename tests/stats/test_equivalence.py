"""TOST against a closed form, statsmodels, and its own definition by the interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.weightstats import ttost_paired

from stiltsreport.stats.equivalence import tost
from stiltsreport.stats.intervals import t_interval
from stiltsreport.stats.significance import sign_flip


def test_by_hand_with_two_degrees_of_freedom() -> None:
    # Differences 1, 2, 3: mean 2, SE 1/sqrt(3). Against a margin of 4 the nearer side has t = -2 sqrt(3), and with 2 degrees of freedom
    # P(T < t) = 1/2 + t / (2 sqrt(2 + t^2)).
    assert tost(np.array([[1.0, 2, 3]]), 4.0)[0] == pytest.approx(0.5 - math.sqrt(12) / (2 * math.sqrt(14)), abs=1e-12)


def test_statsmodels_agrees() -> None:
    rows = np.random.default_rng(5).normal(0.2, 0.6, (30, 5))
    expected = [ttost_paired(row, np.zeros(5), -0.8, 0.8)[0] for row in rows]
    np.testing.assert_allclose(tost(rows, 0.8), expected)


def test_equivalent_where_the_90_percent_interval_lies_within() -> None:
    rows = np.random.default_rng(6).normal(0.3, 0.5, (500, 6))
    low, high = t_interval(rows, 0.90)
    np.testing.assert_array_equal(tost(rows, 0.7) < 0.05, (low > -0.7) & (high < 0.7))


def test_no_variance_claims_nothing() -> None:
    assert np.isnan(tost(np.array([[0.0] * 5, [0.2] * 5, [1.0] * 5]), 1.0)).all()


def test_sign_flips_on_both_sides() -> None:
    rows = np.array([[0.1, -0.2, 0.3, 0.0, 0.1, 0.2]])
    assert tost(rows, 1.0, "sign-flip")[0] == 2.0**-6  # every shifted difference has one sign
    np.testing.assert_allclose(
        tost(rows, 0.25, "sign-flip"), np.maximum(sign_flip(rows + 0.25, "greater"), sign_flip(0.25 - rows, "greater"))
    )


@pytest.mark.parametrize("margin", [0.0, -1.0, math.nan])
def test_a_margin_has_to_be_declared(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        tost(np.zeros((1, 5)), margin)
