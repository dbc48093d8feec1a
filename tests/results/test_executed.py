"""What workers really write is what is gathered: one tiny study through training, evaluation and retrieval."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stiltsreport.execute.executors.local import Serial, WorkerSettings
from stiltsreport.execute.progress import Silent
from stiltsreport.execute.scheduler import run_units
from stiltsreport.metrics import METRICS
from stiltsreport.plan.units import missing_units
from stiltsreport.results.collect import gather
from stiltsreport.store import Store
from tests.results.stored import planned


def test_scores_are_those_of_the_predictions(tmp_path: Path, tiny_model: Path, tiny_data: Path) -> None:
    text = f"""\
title: T
models: [{{name: {tiny_model}}}]
intermediate: [snli]
target: [{{task: xquad, languages: [en, de]}}, {{task: tatoeba, languages: [de]}}]
seeds: [1]
limit: {{train: 8, evaluate: 6}}
recipes:
  intermediate: {{epochs: 1, evaluations: 1, max_length: 64}}
  target: {{epochs: 1, evaluations: 1, max_length: 64, document_stride: 16}}
"""
    plan = planned(tmp_path, tiny_data, text)
    store = Store(tmp_path / "store")
    store.prepare()
    outcomes = run_units(missing_units(plan, store), Serial(WorkerSettings(str(store.folder), True, "cpu"), Silent()), Silent())
    assert {outcome.state for outcome in outcomes} == {"done"}, [outcome.error for outcome in outcomes]
    results = gather(plan, store)
    assert {cell.state for cell in results.setup.cells} == {"stored"}
    target = [row for row in results.scores if row.stage == "target"]
    assert len(target) == 2 * (2 * 2 + 1)
    for row in target:
        job = plan.evaluations[row.job]
        lines = (store.path("evaluations", row.job) / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
        metric = next(METRICS[key] for key in job.data.task.metrics if METRICS[key].name == row.metric)
        counts = [json.loads(line)["counts"][metric.key] for line in lines]
        summed = [sum(column) for column in zip(*counts, strict=True)]
        assert len(lines) == row.n == 6
        assert row.value == pytest.approx(float(metric.value(summed)))  # type: ignore[arg-type]
    (dev,) = [row for row in results.scores if row.stage == "intermediate"]
    assert (dev.intermediate, dev.metric, dev.n) == ("snli", "accuracy", 10)
    assert {(row.kind, row.task) for row in results.efficiency} == {
        ("intermediate", "snli"), ("target", "squad"), ("evaluate", "xquad"), ("evaluate", "tatoeba"),
    }  # fmt: skip
    costs = {row.task: row for row in results.efficiency if row.kind == "evaluate"}
    assert 0 < (costs["xquad"].latency_seconds or 0) < 60
    assert costs["tatoeba"].latency_seconds is None
    assert all((row.peak_bytes or 0) > 10**7 for row in results.efficiency)
    training = {fact.task: fact.used for fact in results.setup.data if fact.role == "training"}
    assert training == {"snli": 8, "squad": 8}
