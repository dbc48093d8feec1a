"""Against R 4.2.2 with metafor 3.8-1: rma(yi, vi, mods = ..., method = "REML", test = "knha")."""

from __future__ import annotations

import numpy as np
import pytest

from stiltsreport.stats import meta_regression as module
from stiltsreport.stats.meta_regression import MetaRegression, meta_regression

# dat.bcg (Colditz et al. 1994): log risk ratios by escalc(measure = "RR", ...), their variances, absolute latitude, allocation.
LOG_RATIOS = np.array(
    [-0.889311333920205, -1.58538865720143, -1.34807314829969, -1.44155119002131, -0.217547322211296, -0.786115585818864, -1.62089822359839,
     0.0119523335238405, -0.469417648738149, -1.37134480347278, -0.339358828338391, 0.445913400571379, -0.0173139482168798]
)  # fmt: skip
VARIANCES = np.array(
    [0.325584765003961, 0.194581121398144, 0.415367965367965, 0.0200100319022476, 0.0512101721696309, 0.00690561845590876,
     0.223017247572315, 0.00396157929781773, 0.056434210463249, 0.0730247936130289, 0.0124122139715597, 0.532505845200153,
     0.0714046596839863]
)  # fmt: skip
LATITUDE = np.array([44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33.0])
ALLOCATION = "random random random random alternate alternate random random random systematic systematic systematic systematic".split()


def bcg() -> MetaRegression:
    found = meta_regression(LOG_RATIOS, VARIANCES, np.column_stack([np.ones(13), LATITUDE]))
    assert found is not None
    return found


def test_bcg_on_latitude() -> None:
    found = bcg()
    slope = np.array([0.0, 1.0])
    assert found.estimator == "REML"
    assert found.df == 11
    assert found.tau_squared == pytest.approx(0.0763546947, rel=2e-4)
    assert found.coefficients == pytest.approx([0.251464294, -0.0291016609], rel=1e-3)
    assert found.errors == pytest.approx([0.283930037, 0.00820154180], rel=1e-3)
    assert found.p_value(slope) == pytest.approx(0.00456554559, rel=5e-3)
    assert found.interval(slope) == pytest.approx((-0.0471531327, -0.0110501892), rel=1e-3)


def test_predictions_of_bcg() -> None:
    # predict(r, newmods = c(13, 55))
    found = bcg()
    near, far = np.array([1.0, 13.0]), np.array([1.0, 55.0])
    assert found.estimate(near) == pytest.approx((-0.12685729769, 0.193011910737), rel=1e-3)
    assert found.interval(far) == pytest.approx((-1.85363605478, -0.84461805855), rel=1e-3)
    assert found.prediction(near) == pytest.approx((-0.868717597076, 0.615003001696), rel=1e-3)
    assert found.prediction(far) == pytest.approx((-2.13932772782, -0.558926385512), rel=1e-3)


def test_bcg_with_intercepts_by_group() -> None:
    groups = ["alternate", "random", "systematic"]
    design = np.column_stack([*(np.array([one == group for one in ALLOCATION], dtype=float) for group in groups), LATITUDE])
    found = meta_regression(LOG_RATIOS, VARIANCES, design)
    assert found is not None
    assert found.df == 9  # 13 units - 3 groups - 1
    assert found.tau_squared == pytest.approx(0.144595655709, rel=1e-3)
    assert found.coefficients[3] == pytest.approx(-0.0272757391, rel=1e-3)
    assert found.errors[3] == pytest.approx(0.00951388361, rel=1e-3)
    assert found.p_value(np.array([0, 0, 0, 1.0])) == pytest.approx(0.0185690742, rel=5e-3)


def test_five_models_of_two_families() -> None:
    sizes = np.log10([2.78e8, 5.6e8, 1.8e8, 3.5e9, 6e8])
    second = np.array([0, 0, 1, 0, 1.0])
    design = np.column_stack([1 - second, second, sizes])
    found = meta_regression(np.array([2.1, 1.6, 1.9, 0.4, 0.7]), np.array([0.04, 0.09, 0.05, 0.06, 0.02]), design)
    assert found is not None
    assert found.df == 2
    assert found.tau_squared == pytest.approx(0.00310983879, rel=1e-2)
    assert found.coefficients[2] == pytest.approx(-1.72052836, rel=1e-4)
    assert found.p_value(np.array([0, 0, 1.0])) == pytest.approx(0.0169350056, rel=1e-3)
    assert found.interval(np.array([0, 0, 1.0])) == pytest.approx((-2.69633113, -0.744725589), rel=1e-3)


def test_no_variance_between_units_is_zero() -> None:
    sizes = np.log10([2.78e8, 5.6e8, 1.2e9, 3.5e9])
    found = meta_regression(np.array([2.1, 1.95, 1.8, 1.66]), np.array([0.5, 0.4, 0.6, 0.5]), np.column_stack([np.ones(4), sizes]))
    assert found is not None
    assert found.tau_squared == 0
    assert found.coefficients[1] == pytest.approx(-0.398232476, rel=1e-6)
    assert found.errors[1] == pytest.approx(0.032604249906, rel=1e-6)
    assert found.scale < 1


def test_paule_mandel_stands_in_where_scoring_does_not_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    # method = "PM"
    monkeypatch.setattr(module, "_STEPS", 0)
    found = bcg()
    assert found.estimator == "Paule-Mandel"
    assert found.tau_squared == pytest.approx(0.142131263355, rel=1e-4)
    assert found.coefficients == pytest.approx([0.221916199906, -0.0285645305411], rel=1e-4)
    assert found.p_value(np.array([0, 1.0])) == pytest.approx(0.0092540747879, rel=1e-3)


def test_equal_variances_give_the_t_test_of_least_squares() -> None:
    from scipy import stats

    generator = np.random.default_rng(3)
    x, y = generator.normal(size=8), generator.normal(size=8)
    found = meta_regression(y, np.full(8, 0.2), np.column_stack([np.ones(8), x]))
    assert found is not None
    ols = stats.linregress(x, y)
    assert found.coefficients[1] == pytest.approx(ols.slope)
    assert found.p_value(np.array([0, 1.0])) == pytest.approx(ols.pvalue)


def test_units_without_variance_are_no_infinite_weights() -> None:
    x = np.arange(5.0)
    found = meta_regression(np.array([1, 2.5, 2.4, 4.1, 4.9]), np.zeros(5), np.column_stack([np.ones(5), x]))
    assert found is not None
    from scipy import stats

    assert found.p_value(np.array([0, 1.0])) == pytest.approx(stats.linregress(x, [1, 2.5, 2.4, 4.1, 4.9]).pvalue, rel=1e-6)


@pytest.mark.parametrize(
    ("effects", "design"),
    [
        ([1.0, 2.0], [[1, 0], [1, 1]]),  # no degree of freedom
        ([1.0, 2.0, 3.5], [[1, 2], [1, 2], [1, 2]]),  # one size
        ([1.0, 1.0, 1.0], [[1, 0], [1, 1], [1, 2]]),  # constant
        ([0.0, 0.0, 0.0], [[1, 0], [1, 1], [1, 2]]),
        ([1.0, np.nan, 3.0], [[1, 0], [1, 1], [1, 2]]),
    ],
)
def test_degenerate_sets_have_no_fit(effects: list[float], design: list[list[float]]) -> None:
    assert meta_regression(np.array(effects), np.full(len(effects), 0.1), np.array(design, dtype=float)) is None


def test_null_rate_with_variance_between_models() -> None:
    generator = np.random.default_rng(11)
    sizes = np.log10([2.8e8, 5.6e8, 3.5e9, 1.07e10, 1.8e8, 6e8, 1.2e9])
    second = np.array([0, 0, 0, 0, 1, 1, 1.0])
    design = np.column_stack([1 - second, second, sizes])
    rejected = 0
    runs = 1500
    for _ in range(runs):
        gains = 1 + 0.5 * generator.normal(size=7)[:, None] + 0.6 * generator.normal(size=(7, 5))
        found = meta_regression(gains.mean(axis=1), gains.var(axis=1, ddof=1) / 5, design)
        assert found is not None
        rejected += found.p_value(np.array([0, 0, 1.0])) <= 0.05
    assert 0.03 <= rejected / runs <= 0.07
