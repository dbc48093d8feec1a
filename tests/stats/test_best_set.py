"""The confidence set of the best against R's multcomp and mvtnorm, Dunnett's table, and simulation."""

from __future__ import annotations

import numpy as np
import pytest

from stiltsreport.stats.best_set import best_set, critical

ARMS = np.array(
    [
        [71.2, 70.1, 72.4, 69.8, 71.0],
        [73.0, 72.2, 73.9, 71.5, 73.1],
        [72.9, 71.4, 74.6, 71.1, 72.3],
        [70.9, 70.6, 72.0, 70.3, 70.4],
    ]
)


@pytest.mark.parametrize(("rivals", "df", "table"), [(1, 5, 2.02), (2, 5, 2.44), (3, 5, 2.68), (9, 5, 3.30), (1, 10, 1.81), (9, 20, 2.60)])
def test_dunnetts_own_table(rivals: int, df: int, table: float) -> None:
    # Dunnett 1955, table 1a: one-sided, 95 %
    assert critical(rivals, df, 0.05) == pytest.approx(table, abs=0.006)


@pytest.mark.parametrize(("rivals", "df", "expected"), [(2, 5, 2.4403), (9, 36, 2.5168), (4, 16, 2.3425), (11, 44, 2.5626)])
def test_mvtnorm(rivals: int, df: int, expected: float) -> None:
    # R, mvtnorm: S <- matrix(.5, m, m); diag(S) <- 1; qmvt(.95, df = df, corr = S, tail = "lower.tail")$quantile, itself simulated
    assert critical(rivals, df, 0.05) == pytest.approx(expected, abs=2e-3)


def test_multcomp_on_seeds_as_blocks() -> None:
    # R, multcomp: for each arm as reference, summary(glht(aov(y ~ seed + arm), mcp(arm = "Dunnett"), alternative = "greater")):
    # smallest p over the rivals: arm 2: 0.9707, arm 3: 0.286, arm 4: 0.0000, and of arm 1 under 0.05 as well; MSE 0.15275 with 12 df
    found = best_set(ARMS)
    assert found is not None
    assert found.tolist() == [False, True, True, False]


def test_order_missing_arms_and_missing_seeds() -> None:
    order = [2, 0, 3, 1]
    found = best_set(ARMS[order])
    assert found is not None
    assert found.tolist() == [True, False, False, True]
    more = np.vstack([ARMS, np.full(5, np.nan)])
    found = best_set(more)
    assert found is not None
    assert found.tolist() == [False, True, True, False, False]
    gap = ARMS.copy()
    gap[0, 0] = np.nan
    assert best_set(gap) is None  # four seeds that all have


@pytest.mark.parametrize(
    "values",
    [np.empty((0, 5)), ARMS[:1], ARMS[:, :4], np.full((3, 5), 70.0), np.full((3, 5), np.nan), np.repeat([[60.0], [70.0]], 5, axis=1)],
    ids=["none", "one arm", "four seeds", "constant", "missing", "two constants"],
)
def test_nothing_is_said(values: np.ndarray) -> None:
    assert best_set(values) is None


@pytest.mark.parametrize(
    "spread", [[1.0] * 8, [3.0, *[1.0] * 7], [*[1.0] * 7, 3.0]], ids=["equal", "best varies more", "rival varies more"]
)
@pytest.mark.parametrize("seeds", [5, 10])
def test_the_best_is_in_the_set(spread: list[float], seeds: int) -> None:
    # seed noise that all arms share, noise of each arm, no effect: whichever is called the best is in the set in 95 % and more
    generator = np.random.default_rng(1984)
    draws = 1500
    noise = generator.normal(size=(draws, 1, seeds)) + generator.normal(size=(draws, 8, seeds)) * np.array(spread)[:, None]
    sets = [best_set(one) for one in noise]
    covered = np.mean([found is not None and found[0] for found in sets])
    assert covered >= 0.95 - 2.6 * np.sqrt(0.95 * 0.05 / draws)


def test_it_finds_the_best() -> None:
    generator = np.random.default_rng(3)
    values = generator.normal(size=(200, 1, 10)) + generator.normal(size=(200, 8, 10))
    values[:, 0] += 4.0
    sizes = [found.sum() for found in map(best_set, values) if found is not None]
    assert np.mean(sizes) < 1.5
