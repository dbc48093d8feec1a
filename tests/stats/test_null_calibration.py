"""False alarms, coverage and power on simulated studies: the benchmark in small, and the tests themselves in large.

`python benchmarks/null_calibration.py` does the same with 1,000 whole studies.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower

from benchmarks.null_calibration import average_difference_sd, rates, simulated_study
from stiltsreport.stats.corrections import holm
from stiltsreport.stats.equivalence import tost
from stiltsreport.stats.intervals import t_interval
from stiltsreport.stats.significance import paired_t, sign_flip


@pytest.mark.parametrize("seeds", [5, 10])
def test_single_tests_and_intervals(seeds: int) -> None:
    rows = np.random.default_rng(seeds).normal(0, 0.8, (20_000, seeds))  # the SE of a rate of 5 % is 0.15 %
    assert 0.045 < (paired_t(rows) <= 0.05).mean() < 0.055
    low, high = t_interval(rows)
    assert 0.945 < ((low <= 0) & (high >= 0)).mean() < 0.955
    assert (sign_flip(rows) <= 0.05).mean() <= 0.055
    assert (tost(rows + 0.5, 0.5) <= 0.05).mean() <= 0.055  # an effect at the margin itself


def test_holm_over_tests_that_share_a_baseline() -> None:
    generator = np.random.default_rng(11)
    methods = generator.normal(0, 0.6, (3000, 9, 5))
    differences = methods - generator.normal(0, 0.6, (3000, 1, 5))
    p_values = paired_t(differences.reshape(-1, 5)).reshape(3000, 9)
    smallest = p_values.min(axis=1)
    for row in p_values[:5]:
        # a family claims something where 9 times its smallest p does
        assert holm(row).min() == pytest.approx(min(1.0, 9 * row.min()))
    assert (9 * smallest <= 0.05).mean() <= 0.065
    assert (smallest <= 0.05).mean() > 0.15  # without a correction the same studies would claim something far too often


def test_whole_studies(tmp_path: Path) -> None:
    study = simulated_study(tmp_path)
    null = rates(study, 40, seed=1)
    # 40 studies of 4, 12 and 40 tests, correlated within a study: bounds of about three standard errors
    assert null.rejected["average"] < 0.11
    assert 0.015 < null.rejected["task"] < 0.09
    assert 0.015 < null.rejected["language"] < 0.09
    assert 0.91 < null.covered["language"] < 0.985
    assert null.any_claim <= 0.125
    real = rates(study, 20, seed=2, gain=2.0)
    planned = TTestPower().power(2.0 / average_difference_sd(study), 5, 0.05)
    assert real.rejected["average"] == pytest.approx(planned, abs=0.14)
    assert real.covered["average"] > 0.88
