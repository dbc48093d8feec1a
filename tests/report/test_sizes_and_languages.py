"""The tables and figures of model size, of languages like these, and of what is known of languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from stiltsreport.models import Model
from stiltsreport.report.document import Cell, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.size import size_figure
from stiltsreport.report.figures.typology import typology_figure
from stiltsreport.report.formats import html, latex
from stiltsreport.report.tables.like_these import languages_like_these
from stiltsreport.report.tables.size import size
from stiltsreport.report.tables.typology import typology, typology_regression
from stiltsreport.results import FertilityFacts, Score
from stiltsreport.stats.compare import compare
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_results, fabricated_scores, fabricated_study, noise

LANGUAGES = "af, ar, bg, de, el, es, fi, fr, hi, hu, it, ja, ko, pl, ru, sw, th, tr, ur, yo, zh"
TEXT = f"""\
title: Sizes and languages
models: [xlmr-base, xlmr-large, xlmr-xl, xlmr-xxl]
intermediate: [mnli, hellaswag]
target:
  - {{task: panx, languages: [en, {LANGUAGES}]}}
  - {{task: udpos, languages: [en, de, fi, zh]}}
  - {{task: xnli, languages: [en, de, zh]}}
  - {{task: tatoeba, languages: [de, sw]}}
seeds: [1, 2, 3, 4, 5]
claims:
  - {{name: shrinks, trend: gain-by-parameters, of: mnli, direction: down, beyond: 10e9}}
"""


def gain(model: Model) -> float:
    return 3 - 1.2 * np.log10(model.parameters / 2e8)


def made(study: Study) -> Evidence:
    scores: list[Score] = []
    for model in study.models:
        more = (0.2 * noise(model.name) + gain(model)) if model.parameters else 0.0
        scores += fabricated_scores(replace(study, models=(model,)), {"mnli": more, "hellaswag": -1.0})
    results = fabricated_results(study, scores)
    fertility = tuple(
        FertilityFacts(model.name, code, int(150 + 60 * noise("subwords", code)), 100, ("panx",))
        for model in study.models
        for code in study.target[0].languages
    )
    return Evidence(study, replace(results, setup=replace(results.setup, fertility=fertility)), compare(study, scores))


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return made(fabricated_study(tmp_path_factory.mktemp("sizes"), TEXT))


def row(table: Table, key: str) -> tuple[Cell, ...]:
    return next(row.cells for row in table.rows if row.key == key)


def rendered(tables: list[Table]) -> None:
    for table in tables:
        for one in table.rows:
            assert len(one.cells) == len(table.columns)
        assert html.render_table(table, "digest")
        assert latex.render_table(table, "digest")


def test_size_shows_each_models_gain_and_the_slope(evidence: Evidence) -> None:
    (table,) = size(evidence)
    rendered([table])
    assert [column.subtitle for column in table.columns[:4]] == ["278M", "560M", "3.48B", "10.7B"]
    cells = row(table, "*/mnli")
    gains = [cell.number.value for cell in cells[:4] if cell.number]
    for value, model in zip(gains, evidence.study.models, strict=True):
        assert value == pytest.approx(gain(model), abs=0.8)
    slope = cells[4].number
    assert slope is not None
    # The models' intervals differ little: the weighted slope lies near that of plain least squares.
    assert slope.value == pytest.approx(stats.linregress(np.log10([m.parameters for m in evidence.study.models]), gains).slope, abs=0.3)
    assert cells[8].text == "2"  # 4 models, one family
    assert any("Tatoeba" in note for note in table.source_notes)


def test_three_models_are_described_only(tmp_path: Path) -> None:
    three = made(fabricated_study(tmp_path, TEXT.replace(", xlmr-xxl", "")))
    (table,) = size(three)
    cells = row(table, "*/mnli")
    assert cells[4].number is not None
    assert cells[4].number.marks == ()
    assert any("descriptive: holds for these checkpoints" in text for _, text in cells[4].details)
    assert any(note.startswith("Under 2 df") for note in table.source_notes)
    (figure,) = size_figure(three)
    assert "Lines without a band hold for these checkpoints." in figure.caption


def test_models_of_one_size_a_family_have_no_table_of_sizes(tmp_path: Path) -> None:
    one = made(fabricated_study(tmp_path, TEXT.replace("xlmr-base, xlmr-large, xlmr-xl, xlmr-xxl", "xlmr-base, mbert")))
    assert size(one) == size_figure(one) == []


def test_figures_are_drawn_and_say_what_they_show(evidence: Evidence) -> None:
    (sizes,) = size_figure(evidence)
    assert "10B parameters, which a claim names" in sizes.caption
    assert "XLM-R XXL" in sizes.alternative
    (languages,) = typology_figure(evidence)
    assert "Further models stand in the table." in languages.caption
    for figure in (sizes, languages):
        assert figure.svg.startswith("<svg")
        assert figure.pdf.startswith(b"%PDF")


def test_languages_like_these_by_arm(evidence: Evidence) -> None:
    tables = languages_like_these(evidence)
    rendered(tables)
    assert [table.id for table in tables] == ["languages-like-these", "families-like-these"]
    cells = row(tables[0], "xlmr-base/hellaswag")
    assert cells[0].number is not None
    assert cells[0].number.value == pytest.approx(-1.0, abs=0.5)
    assert cells[9].text == "21"
    assert [column.title for column in tables[1].columns] == ["Indo-European"]
    assert {group.title for group in tables[0].groups} >= {"XLM-R base", "XLM-R base, without retrieval"}


def test_own_data_is_not_in_the_mixed_model(evidence: Evidence) -> None:
    (table, _) = languages_like_these(evidence)
    # MNLI is XNLI's own training data: of four targets three are left.
    assert row(table, "xlmr-base/mnli")[10].text == "3"
    assert row(table, "xlmr-base/hellaswag")[10].text == "4"


def test_typology_says_what_is_known_and_what_is_not(evidence: Evidence) -> None:
    (table,) = typology(evidence)
    rendered([table])
    swahili, yoruba = row(table, "xlmr-base/sw"), row(table, "xlmr-base/yo")
    assert [cell.text for cell in swahili[:3]] == ["Niger-Congo", "Latin", "yes"]
    assert swahili[3].number is not None
    assert swahili[3].number.value == pytest.approx(0.332)
    assert (yoruba[2].text, yoruba[3].text) == ("no", "unknown")
    assert not any(one.key == "xlmr-base/en" for one in table.rows)
    assert any("fairseq" in note for note in table.source_notes)


def test_regression_over_languages(evidence: Evidence) -> None:
    (table,) = typology_regression(evidence)
    rendered([table])
    cells = row(table, "xlmr-base/hellaswag")
    assert cells[-1].text == "20"  # Yoruba's size is unknown
    assert cells[0].number is not None
    assert cells[3].text == "not fitted"  # 20 languages bear three predictors: 5 a coefficient
    assert any("Yoruba" in note for note in table.source_notes)


def test_few_languages_have_none_of_these_tables(tmp_path: Path) -> None:
    few = made(fabricated_study(tmp_path, TEXT.replace(LANGUAGES, "de, fi, sw")))
    assert languages_like_these(few) == typology(few) == typology_regression(few) == typology_figure(few) == []


@pytest.mark.parametrize("seeds", ["[1]", "[1, 2]"])
def test_few_seeds_are_never_marked(tmp_path: Path, seeds: str) -> None:
    few = made(fabricated_study(tmp_path, TEXT.replace("[1, 2, 3, 4, 5]", seeds)))
    for tables in (size(few), languages_like_these(few), typology(few), typology_regression(few)):
        rendered(tables)
        for table in tables:
            assert not [cell for one in table.rows for cell in one.cells if cell.number and cell.number.marks]


@pytest.mark.parametrize("value", [50.0, None])
def test_constant_and_missing_scores_break_nothing(tmp_path: Path, value: float | None) -> None:
    study = fabricated_study(tmp_path, TEXT)
    scores = [] if value is None else [replace(score, value=value) for score in fabricated_scores(study)]
    results = fabricated_results(study, scores)
    empty = Evidence(study, results, compare(study, scores))
    for tables in (size(empty), languages_like_these(empty), typology(empty), typology_regression(empty)):
        rendered(tables)
    assert len(size_figure(empty)) <= 1
    assert len(typology_figure(empty)) <= 1
