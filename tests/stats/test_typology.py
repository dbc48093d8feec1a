from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stiltsreport.models import MODELS
from stiltsreport.results import FertilityFacts, Setup
from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.typology import LanguageFacts, association, language_facts, languages_of, relative_gains, sides_of_language
from stiltsreport.tasks.languages import LANGUAGES
from tests.fabricated import fabricated_study, scores_by

TEXT = """\
title: Languages
models: [xlmr-base, mbert]
intermediate: [squad]
target:
  - {task: xnli, languages: [en, de, sw, zh]}
  - {task: xquad, languages: [en, de, zh]}
  - {task: panx, languages: [en, de, sw, yo]}
seeds: [1, 2]
"""


def test_facts_of_a_language_by_model(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, TEXT)
    codes = languages_of(study)
    assert codes == ["de", "sw", "yo", "zh"]
    setup = Setup(fertility=(FertilityFacts("xlmr-base", "sw", 180, 100, ("panx",)),))
    swahili, yoruba = (one for one in language_facts(setup, MODELS["xlmr-base"], codes) if one.code in ("sw", "yo"))
    assert (swahili.seen, swahili.megabytes, swahili.fertility, swahili.family) == ("yes", 332, 1.8, "Niger-Congo")
    assert (yoruba.seen, yoruba.megabytes, yoruba.fertility) == ("no", None, None)
    assert swahili.predictor("log10 size") == pytest.approx(math.log10(332))
    assert (swahili.predictor("Latin script"), swahili.predictor("Indo-European")) == (1.0, 0.0)
    mbert = language_facts(setup, MODELS["mbert"], codes)[2]
    assert (mbert.seen, mbert.megabytes, mbert.fertility) == ("yes", None, None)


def test_gains_by_language_leave_out_own_data_and_what_a_target_gains_as_a_whole(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, TEXT)
    gain = {"xnli": {"de": 1.0, "sw": 3.0, "zh": 2.0}, "xquad": {"de": 50, "zh": 0}, "panx": {"de": 10.0, "sw": 11.0, "yo": 15.0}}

    def value(arm: str, target: str, language: str, seed: int | None) -> float:
        return 40 + (gain[target].get(language, 7.0) if arm == "squad" else 0.0) + 0.1 * (seed or 0)

    found = Aggregates(study, scores_by(study, value))
    # SQuAD is XQuAD's own data. XNLI gains 2 on average, PAN-X 12.
    assert relative_gains(found, "xlmr-base", ("plain", "squad")) == pytest.approx(
        {"de": (-1 - 2) / 2, "sw": (1 - 1) / 2, "yo": 3.0, "zh": 0.0}
    )
    left, right = sides_of_language(found, "xlmr-base", ("plain", "squad"), "de")
    assert left - right == pytest.approx([5.5, 5.5])
    nothing, _ = sides_of_language(found, "xlmr-base", ("plain", "squad"), "fi")
    assert np.isnan(nothing).all()


def facts(count: int, fertility: bool = True) -> list[LanguageFacts]:
    generator = np.random.default_rng(3)
    return [
        LanguageFacts(
            code, one.title, one.family, one.script, "yes", int(10 ** generator.uniform(1.5, 4.5)), float(generator.uniform(1.1, 2.6)) if fertility else None
        )
        for code, one in list(LANGUAGES.items())[:count]
    ]  # fmt: skip


def hc3(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and errors by Long and Ervin (2000), equation for HC3, written out."""
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    leverage = np.einsum("ij,jk,ik->i", x, bread, x)
    meat = x.T @ np.diag(((y - x @ beta) / (1 - leverage)) ** 2) @ x
    return beta, np.sqrt(np.diag(bread @ meat @ bread))


def test_regression_over_languages_with_hc3() -> None:
    from scipy import stats

    rows = facts(40)
    generator = np.random.default_rng(9)
    gains = {one.code: -0.8 * (one.predictor("log10 size") or 0) + 0.3 * generator.normal() for one in rows}
    found = association(gains, rows)
    assert found.n == 40
    assert set(found.coefficients) == {"log10 size", "fertility", "Latin script", "Indo-European"}
    names = list(found.coefficients)
    x = np.array([[1.0, *(one.predictor(name) or 0.0 for name in names)] for one in rows])
    beta, errors = hc3(np.array([gains[one.code] for one in rows]), x)
    for place, name in enumerate(names, start=1):
        estimate, low, high, p_value = found.coefficients[name]
        assert estimate == pytest.approx(beta[place])
        half = stats.t.ppf(0.975, 35) * errors[place]
        assert (low, high) == pytest.approx((beta[place] - half, beta[place] + half))
        assert p_value == pytest.approx(2 * stats.t.sf(abs(beta[place] / errors[place]), 35))
    assert found.coefficients["log10 size"][3] < 0.001


def test_few_languages_bear_few_predictors() -> None:
    rows = facts(12)
    gains = {one.code: float(place % 5) for place, one in enumerate(rows)}
    found = association(gains, rows)
    assert list(found.coefficients) == ["log10 size"]
    assert "fertility: too few languages for a further predictor" in found.notes
    few = association(gains, rows[:6])
    assert few.coefficients == {}
    assert "6 languages bear no regression" in few.notes


def test_unknown_constant_and_collinear_facts_are_dropped_and_named() -> None:
    rows = [replace(one, script="Latin", fertility=math.log10(one.megabytes or 1)) for one in facts(30)]
    gains = {one.code: float(place % 7) for place, one in enumerate(rows)}
    found = association(gains, rows)
    assert set(found.coefficients) == {"log10 size", "Indo-European"}
    assert "Latin script: the same in all languages" in found.notes
    assert "fertility: collinear with log10 size (|r| = 1.00)" in found.notes
    unknown = association(gains, [replace(one, megabytes=None, fertility=None) for one in rows])
    assert "log10 size: known of 0 languages" in unknown.notes
    assert association(dict.fromkeys(gains, 1.0), rows).coefficients == {}
    assert association({}, rows).coefficients == {}
    assert association({}, []).n == 0
