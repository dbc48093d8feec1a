"""Partial conjunctions against Holm's procedure, Bonferroni's and a simulation of dependent tests."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from stiltsreport.stats.partial_conjunction import count_lower_bound, partial_conjunction

# Benjamini and Hochberg 1995, section 3.2: thrombolysis in 15 tests.
THROMBOLYSIS = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]


def test_one_of_m_is_bonferroni_and_all_of_m_the_largest() -> None:
    # R: min(p.adjust(THROMBOLYSIS, "bonferroni")) is 0.0015
    assert partial_conjunction(THROMBOLYSIS, 1) == pytest.approx(0.0015)
    assert partial_conjunction(THROMBOLYSIS[:8], 8) == pytest.approx(0.0344)


def test_the_count_is_what_holm_rejects() -> None:
    # R: sum(p.adjust(THROMBOLYSIS, "holm") <= 0.05) is 3; at 0.01 it is 2
    assert count_lower_bound(THROMBOLYSIS, 0.05) == 3
    assert count_lower_bound(THROMBOLYSIS, 0.01) == 2


def test_missing_tests_count_as_one_and_order_does_not_matter() -> None:
    assert partial_conjunction([np.nan, 0.01, 0.001], 2) == pytest.approx(0.02)
    assert partial_conjunction([0.01, np.nan, 0.001], 3) == 1.0
    assert count_lower_bound([np.nan, np.nan], 0.05) == 0
    assert count_lower_bound([], 0.05) == 0


@pytest.mark.parametrize("k", [0, 3])
def test_outside_of_the_tests(k: int) -> None:
    with pytest.raises(ValueError, match="partial conjunction"):
        partial_conjunction([0.1, 0.2], k)


def test_no_more_is_claimed_than_is_true_of_dependent_tests() -> None:
    # 9 targets, 4 with an effect, a common part of the noise as targets that share an encoder have: the bound passes 4 in at most 5 %
    generator = np.random.default_rng(20170)
    draws = 4000
    z = generator.normal(size=(draws, 1)) * np.sqrt(0.6) + generator.normal(size=(draws, 9)) * np.sqrt(0.4)
    z[:, :4] += 4.0
    bounds = np.array([count_lower_bound(row, 0.05) for row in stats.norm.sf(z)])
    assert (bounds > 4).mean() <= 0.055
    assert (bounds == 4).mean() > 0.5  # and it finds them
