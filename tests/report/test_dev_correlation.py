"""English dev scores against zero-shot scores, by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.dev_correlation import dev_correlation as dev_figure
from stiltsreport.report.tables.dev_correlation import dev_correlation
from stiltsreport.results import SelectionFacts
from stiltsreport.study.study import Study
from tests.fabricated import METHODS, fabricated_results, fabricated_study, method_results, scores_by
from tests.selected import with_selection

MODEL = "multilingual-e5-small"
TEXT = """\
title: Dev
models: [multilingual-e5-small]
intermediate: [mnli, squad, hellaswag]
target: [{task: udpos, languages: [en, fi, de]}, {task: pawsx, languages: [en]}, {task: tatoeba, languages: [de]}]
seeds: [1, 2]
"""
DEV = {"none": (70.0, 70.0), "mnli": (71.0, 74.0), "squad": (72.0, 73.0), "hellaswag": (73.0, 71.0)}
ZERO_SHOT = {"none": (50.0, 51.0), "mnli": (52.0, 54.0), "squad": (51.0, 52.0), "hellaswag": (53.0, 53.0)}


def facts(missing: tuple[str, int] | None = None) -> tuple[SelectionFacts, ...]:
    return tuple(
        SelectionFacts(MODEL, "plain", arm, target, seed, target, metric, values[seed - 1], 100, 1, f"{arm}{seed}")
        for target, metric in (("udpos", "f1"), ("pawsx", "accuracy"))
        for arm, values in DEV.items()
        for seed in (1, 2)
        if (arm, seed) != missing
    )


def value(arm: str, target: str, language: str, seed: int | None) -> float:
    """English is the same everywhere, so that it would spoil the ranks if it entered; Finnish and German lie about the mean."""
    return 99.0 if language == "en" else ZERO_SHOT[arm][(seed or 1) - 1] + (1.0 if language == "fi" else -1.0)


def evidence(study: Study, selection: tuple[SelectionFacts, ...]) -> Evidence:
    results = fabricated_results(study, scores_by(study, value))
    return Evidence(study, replace(results, setup=replace(results.setup, selection=selection)), [])


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return fabricated_study(tmp_path, TEXT)


def test_rows_seeds_and_checkpoints(study: Study) -> None:
    (table,) = dev_correlation(evidence(study, facts()))
    assert [row.stub for row in table.rows] == ["UD-POS"]  # PAWS-X has English alone here, Tatoeba no dev score
    cells = table.rows[0].cells
    dev, other = np.array(list(DEV.values())), np.array(list(ZERO_SHOT.values()))
    # Means on dev 70, 72.5, 72.5, 72 and zero-shot 50.5, 53, 51.5, 53
    assert cells[0].number
    assert cells[0].number.value == pytest.approx(stats.spearmanr(dev.mean(axis=1), other.mean(axis=1)).statistic)
    assert cells[2].text == "4"
    by_seed = [0.8, 0.8]  # ranks 1 2 3 4 with 1 3 2 4, and 1 4 3 2 with 1 4 2 3: 1 - 6 * 2 / (4 * 15) each
    assert cells[3].number
    assert cells[3].number.value == pytest.approx(np.mean(by_seed))
    assert cells[4].text == " "  # no variance over the seeds: no interval of width zero
    assert cells[5].text == "2"
    assert cells[6].number
    assert cells[6].number.value == pytest.approx(stats.spearmanr(dev.ravel(), other.ravel()).statistic)
    assert cells[7].text == "8"


def test_a_missing_dev_score_takes_its_seed_from_every_row(study: Study) -> None:
    (table,) = dev_correlation(evidence(study, facts(missing=("squad", 2))))
    cells = table.rows[0].cells
    assert cells[0].number
    assert cells[0].number.value == pytest.approx(0.8)  # seed 1 alone
    assert cells[7].text == "7"


def test_none_without_three_rows_or_dev_scores(study: Study, tmp_path: Path) -> None:
    assert dev_correlation(evidence(study, ())) == []
    assert dev_figure(evidence(study, ())) == []
    small = fabricated_study(tmp_path, TEXT.replace("[mnli, squad, hellaswag]", "[mnli]"))
    assert dev_correlation(evidence(small, facts())) == []


def test_rows_that_have_seen_other_languages_are_left_out(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, METHODS)
    (table,) = dev_correlation(Evidence(study, with_selection(study, method_results(study)), []))
    learnt = [arm for arm in study.arms if arm[0] != "few-shot"]
    assert {row.cells[2].text for row in table.rows} == {str(len(learnt))}


def test_the_figure_shows_gains_over_the_baseline_of_the_seed(study: Study) -> None:
    (figure,) = dev_figure(evidence(study, facts()))
    assert "UD-POS: rho over rows" in figure.alternative
    assert figure.pdf.startswith(b"%PDF")
