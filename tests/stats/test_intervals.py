"""The t interval against R, and where it is withheld."""

from __future__ import annotations

import numpy as np
import pytest

from stiltsreport.stats.intervals import t_interval
from stiltsreport.stats.significance import paired_t
from tests.stats.test_significance import MAIZE, SLEEP


def test_student_sleep_is_r() -> None:
    # R: with(sleep, t.test(extra[group == 2], extra[group == 1], paired = TRUE)): 95 percent confidence interval 0.7001142 2.4598858
    low, high = t_interval(SLEEP)
    assert low[0] == pytest.approx(0.7001142, abs=5e-8)
    assert high[0] == pytest.approx(2.4598858, abs=5e-8)


def test_darwin_maize_is_r() -> None:
    # R: with(ZeaMays (HistData), t.test(cross, self, paired = TRUE)): 0.003899165 5.229434169 inches; here in eighths of an inch
    low, high = t_interval(MAIZE)
    assert low[0] / 8 == pytest.approx(0.003899165, abs=1e-8)
    assert high[0] / 8 == pytest.approx(5.229434169, abs=1e-8)


def test_interval_and_test_say_the_same() -> None:
    rows = np.random.default_rng(3).normal(0.8, 1, (500, 5))
    low, high = t_interval(rows, 0.95)
    np.testing.assert_array_equal((low > 0) | (high < 0), paired_t(rows) < 0.05)


def test_no_interval_without_variance() -> None:
    rows = np.array([[0.5] * 5, [0.0] * 5, [1.0, np.nan, np.nan, np.nan, np.nan], [np.nan] * 5])
    low, high = t_interval(rows)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_a_wider_level_is_wider() -> None:
    low95, high95 = t_interval(SLEEP, 0.95)
    low99, high99 = t_interval(SLEEP, 0.99)
    assert low99 < low95 < high95 < high99
