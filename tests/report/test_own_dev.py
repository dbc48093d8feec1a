"""The intermediate training's own dev score beside each gain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.arms import Arm
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.own_dev import dev_cell
from stiltsreport.results import Score
from tests.fabricated import METHODS, fabricated_study, method_results

MODEL = "multilingual-e5-small"


def dev(intermediate: str, variant: str, task: str, metric: str, seed: int, value: float) -> Score:
    return Score(MODEL, variant, intermediate, task, "intermediate", "dev", "en", None, seed, metric, value, 100, f"{intermediate}{seed}")


def cell_of(evidence: Evidence, intermediate: str, variant: str = "plain") -> float | None:
    number = dev_cell(evidence, Arm(MODEL, variant, intermediate)).number
    return number.value if number else None


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    study = fabricated_study(tmp_path, METHODS)
    results = method_results(study)
    rows = [row for row in results.scores if row.stage == "target"]
    for seed in study.seeds:
        rows += [
            dev("mnli", "plain", "mnli", "accuracy", seed, 80 + seed),
            dev("mnli", "mlm", "mnli", "accuracy", seed, 70),
            dev("both", "plain", "mnli", "accuracy", seed, 60),
            dev("both", "plain", "squad", "exact_match", seed, 70),
            dev("both", "plain", "squad", "f1", seed, 90),
        ]
    return Evidence(study, replace(results, scores=tuple(rows)), [])


def test_by_arm(evidence: Evidence) -> None:
    assert cell_of(evidence, "mnli") == pytest.approx(83.0)
    assert cell_of(evidence, "mnli", "mlm") == pytest.approx(70.0)
    assert cell_of(evidence, "mnli", "rs-da") == pytest.approx(83.0)  # a method of the target phase starts from plain's checkpoint
    assert cell_of(evidence, "both") == pytest.approx((60 + (70 + 90) / 2) / 2)
    assert dict(dev_cell(evidence, Arm(MODEL, "plain", "both")).details)["SQuAD 1.1"].startswith("80.00")


def test_blank_or_missing(evidence: Evidence) -> None:
    assert dev_cell(evidence, Arm(MODEL, "mlm", "none")).text == " "  # nothing with labels is learnt
    cell = dev_cell(evidence, Arm(MODEL, "plain", "squad"))
    assert cell.missing
    assert "SQuAD 1.1" in dict(cell.details)["missing"]
