"""The table of tests on request: its numbers, and what it says where they cannot be made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.further_tests import further_tests
from tests.fabricated import fabricated_results, fabricated_study, noise, scores_by

STUDY = """\
title: Further
models: [multilingual-e5-small]
intermediate: [squad]
target: [{task: pawsx, languages: [en, de]}, {task: tatoeba, languages: [de]}]
seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
statistics: {also: [wilcoxon, aso]}
"""


def value(arm: str, target: str, language: str, seed: int | None) -> float:
    return 60 + (1.5 if arm == "squad" else 0.0) + 2 * noise(arm, target, language, seed)


def made(tmp_path: Path, text: str = STUDY):
    study = fabricated_study(tmp_path, text)
    return further_tests(Evidence(study, fabricated_results(study, scores_by(study, value)), []))


def test_the_numbers_are_scipys(tmp_path: Path) -> None:
    (table,) = made(tmp_path)
    rows = {row.stub: row.cells for row in table.rows}
    by_seed = [
        sum(value("squad", "pawsx", one, seed) - value("none", "pawsx", one, seed) for one in ("en", "de")) / 2 for seed in range(1, 11)
    ]
    gain, middle, wilcoxon, smallest, ratio, bound, _ = rows["PAWS-X"]
    assert gain.number and middle.number and ratio.number and bound.number  # noqa: PT018
    assert gain.number.value == pytest.approx(np.mean(by_seed))
    assert middle.number.value == pytest.approx(stats.trim_mean(by_seed, 0.25))
    assert float(wilcoxon.text) == pytest.approx(stats.wilcoxon(by_seed, method="exact").pvalue, abs=0.001)
    assert float(smallest.text) == pytest.approx(2 / 2**10, abs=0.0005)
    assert 0 <= ratio.number.value <= bound.number.value <= 1
    assert rows["Tatoeba"][4].missing  # the baseline of a retrieval task is one score
    assert "no distribution" in rows["Tatoeba"][-1].text
    assert any("one of six" in note for note in table.source_notes)


def test_five_seeds_say_what_is_out_of_reach(tmp_path: Path) -> None:
    (table,) = made(tmp_path, STUDY.replace(", 6, 7, 8, 9, 10", ""))
    cells = next(row.cells for row in table.rows if row.stub == "PAWS-X")
    assert cells[2].text
    assert cells[4].missing
    assert "5 of 10 seeds" in cells[-1].text
    assert any("cannot reach 0.05" in note for note in table.source_notes)


def test_three_seeds_and_missing_results_test_nothing(tmp_path: Path) -> None:
    (table,) = made(tmp_path, STUDY.replace(", 4, 5, 6, 7, 8, 9, 10", ""))
    assert all(cell.missing for row in table.rows for cell in row.cells[1:-1])
    study = fabricated_study(tmp_path, STUDY)
    (empty,) = further_tests(Evidence(study, fabricated_results(study, ()), []))
    assert all(cell.missing for row in empty.rows for cell in row.cells[:-1])


def test_none_without_asking(tmp_path: Path) -> None:
    assert made(tmp_path, STUDY.replace("statistics: {also: [wilcoxon, aso]}", "statistics: {alpha: 0.05}")) == []
