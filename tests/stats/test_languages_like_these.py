from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.languages_like_these import LikeThese, estimate, like_these
from stiltsreport.stats.mixed_model import Cells, fit
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_study, scores_by

LANGUAGES = ["ar", "bg", "de", "el", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh"]
TEXT = f"""\
title: Languages
models: [xlmr-base]
intermediate: [squad]
target:
  - {{task: xnli, languages: [en, {", ".join(LANGUAGES)}]}}
  - {{task: pawsx, languages: [en, de, es, fr, zh]}}
  - {{task: panx, languages: [en, {", ".join(LANGUAGES)}]}}
seeds: [1, 2, 3, 4, 5]
"""
Value = Callable[[str, str, str, int | None], float | None]


def answered(study: Study, value: Value, targets: slice = slice(None)) -> LikeThese | str:
    aggregates = Aggregates(study, scores_by(study, value))
    return like_these(aggregates, "xlmr-base", ("plain", "squad"), ("plain", "none"), study.target[targets])


def made(generator: np.random.Generator, study: Study, gain: float = 0.0, language_sd: float = 0.3) -> Value:
    """Seed x method noise that all languages share, and that a task's share, languages that differ, noise of the cell."""
    shared = {(arm, seed): 0.5 * generator.normal() for arm in ("none", "squad") for seed in study.seeds}
    by_task = {
        (arm, t.task.name, seed): 0.3 * generator.normal() for arm in ("none", "squad") for t in study.target for seed in study.seeds
    }
    own = {code: language_sd * generator.normal() for code in ["en", *LANGUAGES]}
    cell = {
        (arm, t.task.name, code, seed): 0.4 * generator.normal()
        for arm in ("none", "squad") for t in study.target for code in t.languages for seed in study.seeds
    }  # fmt: skip

    def value(arm: str, target: str, language: str, seed: int | None) -> float:
        assert seed is not None
        more = gain + own[language] if arm == "squad" else 0.0
        return 60 + more + shared[arm, seed] + by_task[arm, target, seed] + cell[arm, target, language, seed]

    return value


def test_null_with_noise_by_seed_and_method() -> None:
    """Differences without a mean, with noise of each seed, of each seed's task and of the languages: rejected in 3 to 7 % of studies."""
    generator = np.random.default_rng(1)
    tasks, languages = (one.ravel() for one in np.mgrid[0:5, 0:10])
    runs, rejected, low = 500, 0, 0
    for _ in range(runs):
        differences = 0.5 * generator.normal(size=(5, 1)) + (0.4 * generator.normal(size=(5, 5)))[:, tasks]
        differences = differences + (0.2 * generator.normal(size=10))[languages] + 0.5 * generator.normal(size=(5, 50))
        fitted = fit(Cells(differences, tasks, languages, np.ones((50, 1))))
        assert fitted is not None
        found = estimate(fitted, np.ones(1), 5, 0.95)
        assert found.p_value is not None
        rejected += found.p_value <= 0.05
        naive = stats.ttest_1samp(differences.ravel(), 0).pvalue
        low += naive <= 0.05
    assert 0.03 <= rejected / runs <= 0.07
    assert low / runs > 0.4  # what counting every cell of every seed as independent gives


def test_a_gain_is_found_and_english_is_left_out(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, TEXT)
    found = answered(study, made(np.random.default_rng(1), study, gain=3.0))
    assert isinstance(found, LikeThese)
    assert (found.tasks, found.languages, found.seeds, found.fallen) == (3, 14, 5, ())
    assert found.overall.gain == pytest.approx(3.0, abs=1.0)
    assert found.overall.p_value is not None
    assert found.overall.p_value < 0.01
    assert found.overall.low is not None
    assert found.overall.high is not None
    assert found.overall.low < found.overall.gain < found.overall.high
    families = {name: count for name, count, _ in found.families}
    assert families == {"Indo-European": 8}  # of the others none has three languages


def test_few_languages_and_one_task_have_no_term(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, TEXT)
    found = answered(study, made(np.random.default_rng(1), study), slice(1, 2))
    assert isinstance(found, LikeThese)
    assert set(found.variances) == {"seed", "residual"}
    assert len(found.fallen) == 2
    assert "4 languages" in found.fallen[0]


def test_of_one_task_with_few_languages_it_is_the_paired_t_test(tmp_path: Path) -> None:
    # Closed form for equal cells: the t test of the seeds' means, where these differ by more than cells do.
    study = fabricated_study(tmp_path, TEXT)
    value = made(np.random.default_rng(4), study, gain=1.0, language_sd=0.0)
    found = answered(study, value, slice(1, 2))
    assert isinstance(found, LikeThese)
    gains = [
        np.mean([value("squad", "pawsx", code, seed) - value("none", "pawsx", code, seed) for code in ("de", "es", "fr", "zh")])  # type: ignore[operator]
        for seed in study.seeds
    ]
    assert found.variances["seed"] > 0
    assert found.overall.p_value == pytest.approx(stats.ttest_1samp(gains, 0).pvalue, rel=1e-3)


def test_missing_cells_and_seeds_are_named(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, TEXT)
    whole = made(np.random.default_rng(1), study)

    def gaps(arm: str, target: str, language: str, seed: int | None) -> float | None:
        if (target, language) == ("xnli", "sw") or (arm, target, language, seed) == ("squad", "panx", "de", 2):
            return None
        return whole(arm, target, language, seed)

    found = answered(study, gaps)
    assert isinstance(found, LikeThese)
    assert found.seeds == 4
    assert "not there: XNLI in sw" in found.notes
    assert "4 of 5 seeds have every cell" in found.notes


@pytest.mark.parametrize("value", [lambda *_: 50.0, lambda *_: None, lambda arm, *_: 51.0 if arm == "squad" else 50.0])
def test_what_cannot_be_fitted_is_said(tmp_path: Path, value: Value) -> None:
    assert isinstance(answered(fabricated_study(tmp_path, TEXT), value), str)


def test_one_seed_cannot_be_fitted(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, TEXT.replace("[1, 2, 3, 4, 5]", "[1]"))
    assert isinstance(answered(study, made(np.random.default_rng(1), study)), str)
