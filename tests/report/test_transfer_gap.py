"""The table of transfer gaps and mean ranks, worked out by hand from the scores."""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy import stats

from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.transfer_gap import gap_table
from tests.fabricated import fabricated_results, fabricated_study, scores_by

STUDY = """\
title: Gaps
models: [multilingual-e5-small]
intermediate: [hellaswag]
target: [{task: xnli, languages: [en, de, sw]}, {task: pawsx, languages: [en, de]}, {task: tatoeba, languages: [de]}]
seeds: [1, 2]
"""


def value(intermediate: str, target: str, language: str, seed: int | None) -> float:
    """English 80; German 70 and Swahili 60, each 2 higher after HellaSwag but on PAWS-X, where the row loses 1."""
    base = {"en": 80.0, "de": 70.0, "sw": 60.0}[language]
    gained = 0.0 if intermediate == "none" or language == "en" else -1.0 if target == "pawsx" else 2.0
    return base + gained + (seed or 0)


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    study = fabricated_study(tmp_path, STUDY)
    return Evidence(study, fabricated_results(study, scores_by(study, value)), [])


def test_gaps_and_ranks_by_hand(evidence: Evidence) -> None:
    (table,) = gap_table(evidence)
    assert [column.key for column in table.columns] == ["xnli", "pawsx", "mean-rank"]  # Tatoeba has no English to compare with
    shown = [[cell.number.value if cell.number else None for cell in row.cells] for row in table.groups[0].rows]
    # XNLI: 80 - (70 + 60) / 2 = 15, and 13 after; ranks of none: 2 on XNLI and Tatoeba, 1 on PAWS-X.
    assert shown == [
        [pytest.approx(15.0), pytest.approx(10.0), pytest.approx(5 / 3)],
        [pytest.approx(13.0), pytest.approx(11.0), pytest.approx(4 / 3)],
    ]


def test_a_row_without_results_is_missing_and_its_targets_unranked(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, STUDY)
    scores = scores_by(study, lambda *cell: None if cell[:2] == ("hellaswag", "pawsx") else value(*cell))
    (table,) = gap_table(Evidence(study, fabricated_results(study, scores), []))
    assert table.groups[0].rows[1].cells[1].missing
    assert any("leave out PAWS-X" in note for note in table.source_notes)


NOISE = {1: 0.2, 2: -0.3, 3: 0.1, 4: 0.4, 5: 0.1}  # of the change on XNLI: mean 0.1


def test_the_change_of_the_gap_is_tested_by_seed(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, STUDY.replace("[1, 2]", "[1, 2, 3, 4, 5]"))
    scores = scores_by(
        study,
        lambda arm, target, language, seed: (
            value(arm, target, language, seed) - (NOISE[seed or 1] if (arm, target) == ("hellaswag", "xnli") and language != "en" else 0.0)
        ),
    )
    (table,) = gap_table(Evidence(study, fabricated_results(study, scores), []))
    base, row = table.groups[0].rows
    assert base.cells[0].second is None
    changes = [-2 + NOISE[seed] for seed in range(1, 6)]
    raw = stats.ttest_1samp(changes, 0)
    low, high = raw.confidence_interval(0.95)
    assert row.cells[0].second
    assert row.cells[0].second.value == pytest.approx(-1.9)
    assert "discovered" in row.cells[0].second.marks
    assert row.cells[0].interval == pytest.approx((low, high))
    # On PAWS-X the gap is 1 wider in every seed: no variance, so no test and no mark.
    assert row.cells[1].second
    assert (row.cells[1].second.value, row.cells[1].second.marks) == (pytest.approx(1.0), ())
    assert "not tested" in dict(row.cells[1].details)["test"]


def test_under_five_seeds_nothing_is_tested(evidence: Evidence) -> None:
    (table,) = gap_table(evidence)
    assert "Descriptive only" in table.caption
    assert all(not cell.second.marks for row in table.rows for cell in row.cells if cell.second)
