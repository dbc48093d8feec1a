"""The paired tests against published numbers, SciPy's own and their limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from stiltsreport.stats.significance import TESTS, constant, paired_t, sign_flip, smallest_sign_flip

# Darwin's maize, crossed minus selfed plants, in eighths of an inch (Fisher 1935, The Design of Experiments, chapter 3).
MAIZE = np.array([[49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48.0]])
# Student's sleep data, drug 2 minus drug 1 (R: sleep).
SLEEP = np.array([[1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]])


def test_student_sleep_is_r() -> None:
    # R: with(sleep, t.test(extra[group == 2], extra[group == 1], paired = TRUE)): t = 4.0621, df = 9, p-value = 0.002833
    assert paired_t(SLEEP)[0] == pytest.approx(0.002833, abs=5e-7)


def test_darwin_maize_by_t() -> None:
    # Fisher 1935, section 17: t = 2.148 with 14 degrees of freedom, just significant at 5 %
    mean, sd = MAIZE.mean(), MAIZE.std(ddof=1)
    assert mean / (sd / np.sqrt(15)) == pytest.approx(2.148, abs=5e-4)
    assert paired_t(MAIZE)[0] == pytest.approx(2 * stats.t.sf(2.148, 14), abs=2e-5)
    assert 0.049 < paired_t(MAIZE)[0] < 0.05


def test_darwin_maize_by_sign_flips() -> None:
    # Fisher 1935, section 21: of 32,768 patterns, 863 are as large as the observed sum of 314 on either side
    assert sign_flip(MAIZE)[0] == 2 * 863 / 2**15
    assert sign_flip(MAIZE, "greater")[0] == 863 / 2**15
    assert sign_flip(-MAIZE, "less")[0] == 863 / 2**15


@pytest.mark.parametrize("test", list(TESTS))
def test_a_system_against_itself(test: str) -> None:
    assert TESTS[test](np.zeros((2, 5)), "two-sided", 0.0).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("seeds", [2, 5, 12, 13])
def test_sign_flips_agree_with_scipy(seeds: int) -> None:
    generator = np.random.default_rng(seeds)
    rows = generator.normal(0.4, 1, (3, seeds)).round(1)
    for alternative in ("two-sided", "greater", "less"):
        expected = [
            stats.permutation_test(
                (row,), np.mean, permutation_type="samples", alternative=alternative, n_resamples=np.inf, vectorized=True
            ).pvalue
            for row in rows
        ]
        if alternative == "two-sided":  # SciPy doubles the smaller tail, which for symmetric sums is the same, up to ties at zero
            expected = [min(1.0, value) for value in expected]
        np.testing.assert_allclose(sign_flip(rows, alternative), expected, atol=1e-12)


def test_halves_and_enumeration_agree() -> None:
    # One more seed with a difference of 0 doubles every pattern and changes no share.
    rows = np.random.default_rng(7).normal(0.3, 1, (20, 12)).round(2)
    longer = np.column_stack((rows, np.zeros(20)))
    np.testing.assert_allclose(sign_flip(rows), sign_flip(longer), atol=1e-12)


def test_ties_count_as_extreme() -> None:
    # By hand: 8 patterns of (1, 1, 1); sums +-3 twice, so p = 2/8; of (1, 1, -1): |sum| 1 is reached by all 8.
    assert sign_flip(np.array([[1.0, 1, 1], [1, 1, -1]])).tolist() == [0.25, 1.0]
    # 0.1 + 0.2 - 0.3 is not 0 in floating point
    assert sign_flip(np.array([[0.1, 0.2, -0.3]]))[0] == 1.0


def test_the_smallest_p_is_reached() -> None:
    for seeds in range(2, 9):
        assert sign_flip(np.arange(1.0, seeds + 1)[None])[0] == smallest_sign_flip(seeds)
    assert smallest_sign_flip(5) == 0.0625
    assert smallest_sign_flip(0) == 1.0


def test_gaps_leave_out_their_seed_alone() -> None:
    rows = np.array([[1.0, 2, np.nan, 4, 3], [2, np.nan, 1, np.nan, 5], [1, np.nan, np.nan, np.nan, np.nan], [np.nan] * 5])
    expected = [stats.ttest_1samp(row[~np.isnan(row)], 0).pvalue for row in rows[:2]]
    found = paired_t(rows)
    np.testing.assert_allclose(found[:2], expected)
    assert np.isnan(found[2:]).all()
    assert np.isnan(sign_flip(rows)[2:]).all()


def test_equal_differences_have_no_t() -> None:
    rows = np.array([[0.7, 0.7, 0.7, 0.7, 0.7], [0.1 + 0.2, 0.3, 0.3, 0.3, 0.3]])
    assert constant(rows).all()
    assert np.isnan(paired_t(rows)).all()
    assert sign_flip(rows).tolist() == [0.0625, 0.0625]
    assert not constant(np.array([[0.7, np.nan, np.nan], [np.nan] * 3])).any()


def test_a_shift_moves_the_null() -> None:
    np.testing.assert_allclose(paired_t(SLEEP, "greater", 1.0), stats.ttest_1samp(SLEEP[0], 1.0, alternative="greater").pvalue)
    np.testing.assert_allclose(sign_flip(SLEEP, "less", 1.0), sign_flip(1.0 - SLEEP, "greater"))


def test_nothing_to_test() -> None:
    assert paired_t(np.empty((0, 5))).shape == (0,)
    assert sign_flip(np.empty((3, 0))).shape == (3,)


def test_more_seeds_than_can_be_enumerated() -> None:
    assert np.isnan(sign_flip(np.random.default_rng(0).normal(0, 1, (1, 41))))[0]
    assert sign_flip(np.ones((1, 24)))[0] == 2.0**-23
