"""Power: against R, and against simulated tests."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from stiltsreport.stats.equivalence import tost
from stiltsreport.stats.power import equivalence_power, power_of, seeds_for, seeds_for_equivalence, welch_power


@pytest.mark.parametrize(
    ("effect", "seeds", "sd", "alpha", "expected"),
    # R: power.t.test(n = seeds, delta = effect, sd = sd, sig.level = alpha, type = "paired", strict = TRUE)$power
    [(1, 5, 1, 0.05, 0.40138992), (0.7, 8, 0.9, 0.01, 0.19397462), (0.3, 15, 0.5, 0.05, 0.58042711)],
)
def test_power_of_the_paired_test_is_that_of_r(effect: float, seeds: int, sd: float, alpha: float, expected: float):
    assert power_of(effect, seeds, sd, alpha) == pytest.approx(expected, abs=2e-6)


def test_seeds_are_those_of_r_rounded_up():
    assert seeds_for(1, 1, 0.05) == 10  # R: power.t.test(delta = 1, sd = 1, power = .8, type = "paired")$n is 9.937864
    assert seeds_for(0.5, 0.8, 0.0125) == 32  # ... (delta = .5, sd = .8, sig.level = .0125, ...) is 31.716831
    assert seeds_for(-1, 1, 0.05) == 10
    assert seeds_for(0, 1, 0.05) is None
    assert seeds_for(0.001, 1, 0.05) is None
    assert power_of(0.5, 32, 0.8, 0.0125) >= 0.8 > power_of(0.5, 31, 0.8, 0.0125)


@pytest.mark.parametrize(
    ("margin", "seeds", "sd", "effect", "expected"),
    # R: f <- function(u) { r <- pmax(m * sqrt(n) / s - qt(1 - a, n - 1) * u, 0); c <- d * sqrt(n) / s
    #    (pnorm(r - c) - pnorm(-r - c)) * dchisq(u^2 * (n - 1), n - 1) * 2 * u * (n - 1) }, integrated over u
    [(0.5, 5, 0.5, 0, 0.293853072), (0.5, 5, 0.8, 0, 0.052937183), (1, 10, 0.9, 0, 0.887840370), (1, 10, 0.9, 0.3, 0.728295333)],
)
def test_power_of_equivalence_is_that_of_the_integral(margin: float, seeds: int, sd: float, effect: float, expected: float):
    assert equivalence_power(margin, seeds, sd, 0.05, effect) == pytest.approx(expected, abs=5e-6)


def test_power_of_equivalence_is_how_often_the_test_claims_it():
    drawn = np.random.default_rng(5).normal(0, 0.6, (20_000, 8))
    assert float((tost(drawn, 0.7) <= 0.05).mean()) == pytest.approx(equivalence_power(0.7, 8, 0.6, 0.05), abs=0.01)


def test_seeds_for_equivalence_are_the_fewest():
    seeds = seeds_for_equivalence(0.5, 0.8, 0.05)
    assert seeds is not None
    assert equivalence_power(0.5, seeds, 0.8, 0.05) >= 0.8 > equivalence_power(0.5, seeds - 1, 0.8, 0.05)
    assert seeds_for_equivalence(0.001, 1, 0.05) is None


@pytest.mark.parametrize(("seeds", "sds"), [((5, 15), (0.7, 0.7)), ((5, 15), (1.2, 0.4)), ((6, 6), (0.7, 0.7))])
def test_power_of_welch_is_how_often_it_rejects(seeds: tuple[int, int], sds: tuple[float, float]):
    generator = np.random.default_rng(8)
    arm, baseline = (generator.normal(mean, sd, (20_000, count)) for mean, sd, count in zip((1, 0), sds, seeds, strict=True))
    rejected = stats.ttest_ind(arm, baseline, axis=1, equal_var=False).pvalue <= 0.05
    assert welch_power(1.0, seeds, sds, 0.05) == pytest.approx(float(rejected.mean()), abs=0.01)


def test_degenerate_designs_have_an_answer():
    assert power_of(1, 1, 1, 0.05) == equivalence_power(1, 1, 1, 0.05) == welch_power(1, (1, 5), (1, 1), 0.05) == 0
    assert power_of(1, 5, 0, 0.05) == equivalence_power(1, 5, 0, 0.05) == welch_power(1, (5, 5), (0, 0), 0.05) == 1
    assert power_of(0, 5, 0, 0.05) == equivalence_power(1, 5, 0, 0.05, 2) == welch_power(0, (5, 5), (0, 0), 0.05) == 0
