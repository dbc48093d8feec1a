"""Counts of comparisons against Holm's procedure on their one-sided p values, and over missing and degenerate ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from stiltsreport.report.arms import Arm
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.counts import counts
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.counts import Counted, counted
from tests.fabricated import fabricated_results, fabricated_study, noise, scores_by

STUDY = """\
title: Counts
models: [multilingual-e5-small]
intermediate: [squad, hellaswag]
target:
  - {task: xnli, languages: [en, de]}
  - {task: pawsx, languages: [en, de]}
  - {task: udpos, languages: [en, de]}
  - {task: panx, languages: [en, de]}
  - {task: xquad, languages: [en, de]}
seeds: [1, 2, 3, 4, 5, 6]
"""
GAINS = {"xnli": 3.0, "pawsx": 2.5, "udpos": 0.1, "panx": -3.0, "xquad": 4.0}


def test_a_second_arm_with_too_few_seeds_decides_nothing(tmp_path: Path) -> None:
    """Of two samples a comparison names the first arm's seeds, eight here; the baseline has three."""
    study = fabricated_study(tmp_path, STUDY.replace("[1, 2, 3, 4, 5, 6]", "{default: 8, none: 3}\nstatistics: {test: welch, margin: 1}"))
    rows = [row for row in compare(study, scores_by(study, value)) if row.intermediate == "squad" and row.scope == "task"]
    assert {row.verdict for row in rows} == {"descriptive only"}
    assert {len(row.seeds) for row in rows} == {8}
    assert counted(rows, 0.05) == Counted(5, 0, 4, 1, 0, 0)


def value(arm: str, target: str, language: str, seed: int | None) -> float:
    return 60 + (GAINS[target] if arm == "squad" else 0.0) + noise(arm, target, language, seed)


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    study = fabricated_study(tmp_path, STUDY)
    scores = scores_by(study, value)
    return Evidence(study, fabricated_results(study, scores), compare(study, scores))


def rows_of(evidence: Evidence) -> list[Comparison]:
    found = [evidence.comparison(Arm("multilingual-e5-small", "plain", "squad"), name, "task") for name in GAINS if name != "xquad"]
    return [row for row in found if row is not None]


def test_counts_are_what_holm_rejects_of_one_sided_tests(evidence: Evidence) -> None:
    rows = rows_of(evidence)
    one_sided = []
    for name in ("xnli", "pawsx", "udpos", "panx"):
        by_seed = [
            sum(value("squad", name, one, seed) - value("none", name, one, seed) for one in ("en", "de")) / 2 for seed in range(1, 7)
        ]
        one_sided.append(stats.ttest_1samp(by_seed, 0, alternative="greater").pvalue)
    expected = int(multipletests(one_sided, 0.025, "holm")[0].sum())
    found = counted(rows, 0.05)
    assert expected == 2
    assert found == Counted(of=4, tested=4, above=3, below=1, better=expected, worse=1)


def test_missing_and_few_seeds_count_as_one(evidence: Evidence) -> None:
    rows = rows_of(evidence)
    assert counted([*rows, None, None], 0.05).of == 6
    assert counted([*rows, *[None] * 500], 0.05).better < 2
    few = [replace(row, seeds=(1, 2, 3)) for row in rows]
    assert counted(few, 0.05) == Counted(4, 0, 3, 1, 0, 0)
    assert counted([], 0.05) == Counted(0, 0, 0, 0, 0, 0)


def test_the_table_leaves_out_own_data(evidence: Evidence) -> None:
    over_targets, over_arms = counts(evidence)
    texts = {row.stub: [cell.text for cell in row.cells] for row in over_targets.rows}
    assert texts["SQuAD 1.1"] == ["4", "3", "1", "2 of 4", "1 of 4"]  # not XQuAD, on which SQuAD is trained
    assert texts["HellaSwag"][3:] == ["0 of 5", "0 of 5"]
    assert [row.stub for row in over_arms.rows] == ["XNLI", "PAWS-X", "UD-POS", "PAN-X"]  # XQuAD has one row left


def test_nothing_where_nothing_was_tested(evidence: Evidence) -> None:
    assert counts(Evidence(evidence.study, evidence.results, [])) == []
    assert counts(Evidence(replace(evidence.study, extended=True), evidence.results, evidence.comparisons)) == []
