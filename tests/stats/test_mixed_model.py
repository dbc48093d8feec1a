"""Against R 4.2.2 with lme4 1.1-31 and lmerTest 3.1-3: lmer(y ~ 1 + (1|seed) + ..., REML = TRUE), coef(summary()) with Satterthwaite's df."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from stiltsreport.stats.mixed_model import TERMS, Cells, Term, fit

ONE = np.ones(1)
# Languages of each task, and difference by (seed, cell) as numpy's default_rng(5) gives them.
LANGUAGES_OF = ((0, 1, 2, 3, 4, 5, 6, 7, 8), (0, 1, 2, 3, 4, 5, 6, 7, 8), (3, 4, 5, 6, 7, 8), (0, 2, 4, 6, 8, 1, 3))


def drawn() -> tuple[list[tuple[int, int]], dict[str, np.ndarray]]:
    """Cells (task, language) and three sets of differences (5 seeds, 31 cells), rounded to four places as R was given them."""
    generator = np.random.default_rng(5)
    seed, language, task = 0.6 * generator.normal(size=5), 0.5 * generator.normal(size=9), 0.4 * generator.normal(size=4)
    shared, own = 0.4 * generator.normal(size=(5, 4)), 0.3 * generator.normal(size=(4, 9))
    cells = [(t, one) for t, languages in enumerate(LANGUAGES_OF) for one in languages]
    found: dict[str, list[list[float]]] = {"all": [], "no task": [], "seed alone": []}
    for t, one in cells:
        rows: dict[str, list[float]] = {name: [] for name in found}
        for s in range(5):
            noise = 0.3 * generator.normal()
            rows["all"].append(round(1 + seed[s] + language[one] + task[t] + shared[s, t] + own[t, one] + noise, 4))
            rows["no task"].append(round(0.2 + 0.2 * seed[s] + 0.5 * language[one] + generator.normal() * 0.5, 4))
            rows["seed alone"].append(round(0.3 + 0.9 * seed[s] + 0.2 * generator.normal(), 4))
        for name, values in rows.items():
            found[name].append(values)
    return cells, {name: np.array(values).T for name, values in found.items()}


def as_cells(name: str, tasks: tuple[int, ...] = (0, 1, 2, 3), families: bool = False) -> Cells:
    cells, values = drawn()
    kept = [place for place, (task, _) in enumerate(cells) if task in tasks]
    languages = np.array([cells[place][1] for place in kept])
    design = (languages[:, None] // 3 == np.arange(3)[None, :]).astype(float) if families else np.ones((len(kept), 1))
    return Cells(values[name][:, kept], np.array([cells[place][0] for place in kept]), languages, design)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("all", (0.4817255134, 0.3351062152, 11.64047601, 144.8737733)),
        ("no task", (0.2077187422, 0.1320744676, 10.14535629, 235.0621666)),
        ("seed alone", (0.2047845262, 0.2295761812, 4.025206955, -14.9718566)),
    ],
)
def test_all_terms_as_lmer(name: str, expected: tuple[float, ...]) -> None:
    found = fit(as_cells(name))
    assert found is not None
    value, error = found.estimate(ONE)
    assert value == pytest.approx(expected[0], rel=1e-5)
    assert error == pytest.approx(expected[1], rel=1e-5)
    assert found.df(ONE) == pytest.approx(expected[2], rel=1e-3)
    assert found.deviance == pytest.approx(expected[3], abs=1e-5)


def test_variances_as_lmer() -> None:
    found = fit(as_cells("all"))
    assert found is not None
    expected = {
        "task:language": 0.03954699, "seed:task": 0.03368764, "language": 0.30837767, "seed": 0.23741146, "task": 0.10811343,
        "residual": 0.07133043,
    }  # fmt: skip
    assert found.variances == pytest.approx(expected, rel=1e-4)
    boundary = fit(as_cells("no task"))
    assert boundary is not None
    assert boundary.variances["task"] == 0  # lmer: 0.000000000000, "boundary (singular) fit"
    assert boundary.variances["seed:task"] == pytest.approx(0.001348107763, rel=1e-3)


def test_one_task_as_lmer() -> None:
    # lmer(y ~ 1 + (1|seed) + (1|language)) on the first task
    found = fit(as_cells("all", (0,)), ("seed", "language"))
    assert found is not None
    assert found.estimate(ONE) == pytest.approx((0.5939733333, 0.2997263812), rel=1e-5)
    assert found.df(ONE) == pytest.approx(8.836457353, rel=1e-4)
    assert found.variances == pytest.approx({"seed": 0.26423496, "language": 0.31813930, "residual": 0.07380452}, rel=1e-4)


def test_group_means_as_lmer() -> None:
    # lmer(y ~ 0 + family + ...)
    found = fit(as_cells("all", families=True))
    assert found is not None
    expected = (
        (0.1145467045, 0.3874326003, 12.58458283),
        (1.0019548173, 0.3852854891, 12.31429951),
        (0.3244384136, 0.3852854891, 12.31429951),
    )
    for row, (value, error, df) in zip(np.eye(3), expected, strict=True):
        assert found.estimate(row) == pytest.approx((value, error), rel=1e-5)
        assert found.df(row) == pytest.approx(df, rel=1e-3)


def test_balanced_seeds_alone_are_the_t_test_of_their_means() -> None:
    # Closed form: with one random term and equal cells the estimate's variance is that of the seeds' means, on seeds - 1 df.
    generator = np.random.default_rng(2)
    values = 0.5 + generator.normal(size=5)[:, None] + 0.3 * generator.normal(size=(5, 12))
    found = fit(Cells(values, np.zeros(12, dtype=int), np.arange(12), np.ones((12, 1))), ("seed",))
    assert found is not None
    test = stats.ttest_1samp(values.mean(axis=1), 0)
    value, error = found.estimate(ONE)
    assert value / error == pytest.approx(test.statistic, rel=1e-6)
    assert found.df(ONE) == pytest.approx(4, rel=1e-4)


def test_likelihood_is_that_of_the_whole_covariance() -> None:
    cells = as_cells("all")
    found = fit(cells)
    assert found is not None
    seeds, count = cells.differences.shape
    seed, cell = np.repeat(np.arange(seeds), count), np.tile(np.arange(count), seeds)
    task, language = cells.tasks[cell], cells.languages[cell]
    groups = {
        "seed": seed,
        "language": language,
        "task": task,
        "seed:task": seed * 10 + task,
        "task:language": cell,
        "residual": np.arange(len(seed)),
    }
    covariance = sum(found.variances[term] * (of[:, None] == of[None, :]) for term, of in groups.items())  # type: ignore[index]
    y, x = cells.differences.ravel(), np.ones((len(seed), 1))
    inverse = np.linalg.inv(covariance)
    normal = x.T @ inverse @ x
    rest = y - x @ np.linalg.solve(normal, x.T @ inverse @ y)
    whole = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(normal)[1] + rest @ inverse @ rest + (len(y) - 1) * np.log(2 * np.pi)
    assert found.deviance == pytest.approx(whole, rel=1e-9)
    assert found.covariance[0, 0] == pytest.approx(1 / normal[0, 0], rel=1e-9)


def test_the_order_of_cells_and_the_unit_do_not_matter() -> None:
    cells = as_cells("all")
    turned = np.random.default_rng(0).permutation(len(cells.tasks))
    other = Cells(10 * cells.differences[::-1, turned], cells.tasks[turned], cells.languages[turned], cells.design[turned])
    first, second = fit(cells), fit(other)
    assert first is not None
    assert second is not None
    assert 10 * first.estimate(ONE)[1] == pytest.approx(second.estimate(ONE)[1], rel=1e-4)
    assert first.df(ONE) == pytest.approx(second.df(ONE), rel=1e-3)


@pytest.mark.parametrize("value", [0.0, 1.5])
def test_constant_differences_have_no_fit(value: float) -> None:
    cells = as_cells("all")
    assert fit(Cells(np.full_like(cells.differences, value), cells.tasks, cells.languages, cells.design)) is None
    assert fit(Cells(cells.differences[:1], cells.tasks, cells.languages, cells.design)) is None


@pytest.mark.parametrize("terms", [("seed", "language"), TERMS])
def test_cells_that_differ_and_seeds_that_do_not(terms: tuple[Term, ...]) -> None:
    cells = as_cells("all")
    still = np.tile(cells.differences[0], (5, 1))
    found = fit(Cells(still, cells.tasks, cells.languages, cells.design), terms)
    assert found is not None
    assert np.isfinite(found.estimate(ONE)).all()
