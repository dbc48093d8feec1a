"""Studies on tiny models of every architecture, from the data files to scores: all task types, and decoders that read both ways."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import missing_units
from stiltsreport.store import Store
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.architectures import ARCHITECTURES, make_architecture
from tests.execute.conftest import prepared, serially

STUDY = """\
title: T
models: [{model}]
intermediate: [{intermediate}]
target: [{targets}]
seeds: [1]
recipes:
  intermediate: {{learning_rate: 1e-3, batch_size: 8, steps: 3, evaluations: 1, max_length: 64, document_stride: 16{more}}}
  target: {{base: xstilts-target, learning_rate: 1e-3, batch_size: 8, steps: 3, evaluations: 1, max_length: 64{more}}}
"""
TARGETS = {
    "xnli": "{task: xnli, languages: [en, de], train: snli}",
    "xquad": "{task: xquad, languages: [en, de]}",
    "udpos": "{task: udpos, languages: [en, de]}",
    "xcopa": "{task: xcopa, languages: [id]}",
    "tatoeba": "{task: tatoeba, languages: [de]}",
}
FEW, ALL = ("xnli", "tatoeba"), tuple(TARGETS)


def build(folder: Path, name: str, data: Path, targets: tuple[str, ...], intermediate: str = "squad", more: str = "") -> tuple[Plan, Store]:
    """The study of an architecture, built; every job is done."""
    model = make_architecture(folder / "model", name)
    path = folder / "small.yaml"
    listed = ", ".join(TARGETS[target] for target in targets)
    path.write_text(STUDY.format(model=model, targets=listed, intermediate=intermediate, more=more), encoding="utf-8")
    plan = plan_study(read_study(path, (), data), Memo(), Lock())
    store = prepared(folder / "store")
    outcomes = serially(missing_units(plan, store), store)
    assert [one.state for one in outcomes] == ["done"] * len(outcomes), [one for one in outcomes if one.state != "done"]
    return plan, store


def scores(plan: Plan, store: Store) -> dict[str, Any]:
    return {job: json.loads((store.path("evaluations", job) / "scores.json").read_text()) for job in plan.evaluations}


def digests(plan: Plan, store: Store) -> list[str]:
    return [hashlib.sha256((store.path("evaluations", job) / "predictions.jsonl").read_bytes()).hexdigest() for job in plan.evaluations]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name not in ("bert", "qwen3", "mt5")])
def test_a_study_of_every_architecture(tmp_path: Path, tiny_data: Path, name: str):
    plan, store = build(tmp_path, name, tiny_data, FEW)
    assert len(plan.evaluations) == len(digests(plan, store)) > 4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["qwen3", "mt5"])
def test_all_task_types(tmp_path: Path, tiny_data: Path, name: str):
    plan, store = build(tmp_path, name, tiny_data, ALL)
    assert {job.data.task.type for job in plan.evaluations.values()} >= {
        "sequence_classification", "question_answering", "token_classification", "multiple_choice", "sentence_retrieval",
    }  # fmt: skip
    assert len(digests(plan, store)) == len(plan.evaluations)


@pytest.mark.slow
def test_attention_in_both_directions_is_another_job_with_other_predictions(tmp_path: Path, tiny_data: Path):
    one, first = build(tmp_path, "llama", tiny_data, ("udpos",), "snli")
    other, second = build(tmp_path, "llama", tiny_data, ("udpos",), "snli", more=", attention: bidirectional")
    same, _ = build(tmp_path, "llama", tiny_data, ("udpos",), "snli", more=", attention: pretrained")
    assert not set(one.evaluations) & set(other.evaluations)
    assert set(one.evaluations) == set(same.evaluations)
    assert digests(one, first) != digests(other, second)
