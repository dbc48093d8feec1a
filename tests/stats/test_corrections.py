"""Corrections against published examples."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from stiltsreport.stats.corrections import CORRECTIONS, benjamini_hochberg, holm, uncorrected

# Benjamini and Hochberg 1995, section 3.2: thrombolysis in 15 tests.
THROMBOLYSIS = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]


def test_benjamini_and_hochbergs_own_example() -> None:
    # the paper rejects four: 0.0095 is the largest p value below its 0.05 i / 15
    assert (benjamini_hochberg(np.array(THROMBOLYSIS)) <= 0.05).sum() == 4


def test_holm_on_the_same_example_rejects_three() -> None:
    # the same section: Bonferroni's and Hochberg's procedures reject three there, and Holm's lies between the two
    assert (holm(np.array(THROMBOLYSIS)) <= 0.05).sum() == 3


def test_r_p_adjust() -> None:
    # R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") is 0.03 0.06 0.06 0.02; "BH" is 0.02 0.04 0.04 0.02
    p_values = np.array([0.01, 0.04, 0.03, 0.005])
    np.testing.assert_allclose(holm(p_values), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(benjamini_hochberg(p_values), [0.02, 0.04, 0.04, 0.02])


def test_holm_by_its_definition() -> None:
    p_values = np.random.default_rng(1).uniform(0, 0.2, 9)
    order = np.argsort(p_values)
    expected = np.empty(9)
    expected[order] = np.minimum(1, np.maximum.accumulate((9 - np.arange(9)) * p_values[order]))
    np.testing.assert_allclose(holm(p_values), expected)


@pytest.mark.parametrize("name", ["holm", "benjamini-hochberg"])
def test_a_gap_counts_as_one(name: str) -> None:
    correct = CORRECTIONS[name]
    with_gap = correct(np.array([0.01, np.nan, 0.02]), 0)
    np.testing.assert_allclose(with_gap[[0, 2]], correct(np.array([0.01, 0.02, 1.0]), 0)[:2])
    assert np.isnan(with_gap[1])
    np.testing.assert_allclose(correct(np.array([0.01, 0.02]), 3), correct(np.array([0.01, 0.02, 1.0]), 0)[:2])
    assert correct(np.array([0.01]), 5)[0] == pytest.approx(0.05)


@pytest.mark.parametrize("name", list(CORRECTIONS))
def test_never_below_the_raw_p_and_blind_to_order(name: str) -> None:
    generator = np.random.default_rng(2)
    p_values = generator.uniform(0, 1, 40)
    found = CORRECTIONS[name](p_values, 0)
    assert (found >= p_values).all()
    assert (found <= 1).all()
    order = generator.permutation(40)
    np.testing.assert_allclose(CORRECTIONS[name](p_values[order], 0), found[order])


def test_nothing_to_correct() -> None:
    assert holm(np.empty(0)).shape == (0,)
    assert np.isnan(holm(np.array([np.nan, np.nan]))).all()
    assert uncorrected(np.array([0.2]), 9)[0] == 0.2


@pytest.mark.parametrize(("name", "other"), [("holm", "holm"), ("benjamini-hochberg", "fdr_bh")])
def test_against_statsmodels_ties_and_gaps_included(name: str, other: str) -> None:
    p_values = np.random.default_rng(3).uniform(0, 0.3, 30).round(2)
    family = np.append(p_values, np.ones(10))
    np.testing.assert_allclose(CORRECTIONS[name](p_values, 40), multipletests(family, method=other)[1][:30])
