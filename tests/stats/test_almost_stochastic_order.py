"""Almost stochastic order against its definition, integrated numerically, and against orders that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stiltsreport.stats.almost_stochastic_order import stochastic_order, violation_ratio


def by_definition(scores: np.ndarray, than: np.ndarray, steps: int = 9_240) -> float:
    """Dror et al. 2019, equation 3: both quantile functions at many places, F^-1(t) = the ceil(n t)-th smallest."""
    a, b = sorted(scores), sorted(than)
    violated = total = 0.0
    for step in range(steps):
        t = (step + 0.5) / steps
        gap = a[math.ceil(len(a) * t) - 1] - b[math.ceil(len(b) * t) - 1]
        total += gap**2
        violated += gap**2 if gap < 0 else 0.0
    return violated / total


@pytest.mark.parametrize(("n", "m"), [(10, 10), (12, 10), (15, 7), (5, 11)])
def test_the_definition(n: int, m: int) -> None:
    generator = np.random.default_rng(n * m)
    scores, than = generator.normal(0.3, 1, n), generator.normal(0, 1.5, m)
    assert float(violation_ratio(scores, than)) == pytest.approx(by_definition(scores, than), abs=1e-9)


def test_two_directions_make_one() -> None:
    generator = np.random.default_rng(5)
    scores, than = generator.normal(size=(4, 10)), generator.normal(size=(4, 13))
    np.testing.assert_allclose(violation_ratio(scores, than) + violation_ratio(than, scores), 1.0)


def test_always_better_and_always_worse() -> None:
    scores = np.arange(10.0) + 70
    better = stochastic_order(scores, scores - 20, np.random.default_rng(1))
    assert (better.ratio, better.bound) == (0.0, 0.0)
    worse = stochastic_order(scores - 20, scores, np.random.default_rng(1))
    assert (worse.ratio, worse.bound) == (1.0, 1.0)


def test_the_bound_by_a_bootstrap_written_plainly() -> None:
    generator = np.random.default_rng(9)
    scores, than = generator.normal(70.5, 1, 12), generator.normal(70, 1, 10)
    found = stochastic_order(scores, than, np.random.default_rng(4), alpha=0.05)
    assert found.ratio is not None
    assert found.bound is not None
    scale = math.sqrt(12 * 10 / 22)
    other = np.random.default_rng(77)
    draws = [
        scale * (by_definition(other.choice(scores, 12), other.choice(than, 10), 660) - by_definition(scores, than, 660))
        for _ in range(600)
    ]
    sigma = float(np.std(draws))
    assert found.bound == pytest.approx(min(1.0, found.ratio + sigma / scale * 1.6448536), abs=0.04)


def test_how_often_a_null_is_called_better() -> None:
    # Two arms alike have no ratio to estimate, and the test promises nothing there. The table says how often it errs: seldom it is not.
    generator = np.random.default_rng(2019)
    bounds = [stochastic_order(*generator.normal(size=(2, 10)), np.random.default_rng(draw)).bound for draw in range(300)]
    called = np.array([bound for bound in bounds if bound is not None])
    assert len(called) == 300
    assert 0.08 <= (called < 0.5).mean() <= 0.25
    assert (called < 0.2).mean() <= 0.08


def test_too_few_seeds_and_equal_scores() -> None:
    nine = np.arange(9.0)
    assert stochastic_order(nine, nine + 1, np.random.default_rng(0)).bound is None
    gap = np.array([*nine, np.nan])
    assert stochastic_order(gap, gap + 1, np.random.default_rng(0)).bound is None
    ten = np.arange(10.0)
    assert stochastic_order(ten, ten, np.random.default_rng(0)).ratio is None
