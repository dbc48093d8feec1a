"""False alarms, coverage and power on simulated studies: the benchmark in small, and the tests themselves in large.

`python benchmarks/null_calibration.py` does the same with 1,000 whole studies.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.null_calibration import counted, lines
from benchmarks.simulated_studies import average_difference_sd, simulated_study
from stiltsreport.stats.corrections import holm
from stiltsreport.stats.equivalence import tost
from stiltsreport.stats.intervals import t_interval
from stiltsreport.stats.power import power_of
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


def _rates(studies: int, seed: int, *conditions: str) -> dict[str, float]:
    counts = counted(studies, seed, 1, conditions)
    return {name: hits / tests for name, (hits, tests) in counts.items()}


def test_whole_studies(tmp_path: Path) -> None:
    null = _rates(50, 1, "null")
    # 50 studies of 4, 12 and 40 tests, correlated within a study: bounds of about three standard errors
    assert null["t average"] < 0.11
    assert 0.015 < null["t task"] < 0.09
    assert 0.015 < null["t language"] < 0.09
    assert 0.91 < null["t covers language"] < 0.985
    assert null["t family"] <= 0.14
    real = _rates(25, 2, "power")
    assert real["power 2"] == pytest.approx(power_of(2.0, 5, average_difference_sd(simulated_study(tmp_path)), 0.05), abs=0.14)


def test_studies_with_seeds_by_arm_and_with_looks() -> None:
    by_arm = _rates(25, 3, "by arm")
    for test in ("welch", "dunnett"):
        assert 0.01 < by_arm[f"{test} language"] < 0.1
        assert by_arm[f"{test} family"] <= 0.16
    assert max(_rates(25, 4, "looks").values()) <= 0.2
    assert _rates(20, 5, "same") == {"itself": 0.0}


def test_an_effect_at_the_margin_is_not_called_equivalent() -> None:
    edge = _rates(25, 6, "margin")
    assert edge["tost average"] <= 0.12
    assert edge["tost family"] <= 0.16


def test_the_counts_do_not_depend_on_workers() -> None:
    assert counted(30, 7, 1, ["null"]) == counted(30, 7, 2, ["null"])


def test_a_rate_outside_its_bounds_fails() -> None:
    good, bad = lines({"t average": (50, 1000), "t covers task": (900, 1000)})
    assert (good.holds, bad.holds) == (True, False)
    assert str(bad).startswith("FAIL")
