"""Every adaptation that a CPU trains, of an encoder, a T5 encoder and a decoder that reads one way or both, on all five task types.

The checkpoints are kept, and everything is evaluated once more from what was written: predictions must be the same.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import missing_units
from stiltsreport.store import Store
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.architectures import make_architecture
from tests.execute.conftest import prepared, serially

ADAPTATIONS = {
    "full": "{method: full}",
    "lora, merged": "{method: lora, rank: 4}",
    "lora, stacked": "{method: lora, rank: 4, stack: stacked, name: stacked}",
    "dora": "{method: dora, rank: 4}",
    "frozen": "{method: frozen}",
}
STUDY = """\
title: T
models: [{models}]
intermediate: [siqa]
target:
  - {{task: xnli, languages: [de], train: snli}}
  - {{task: xquad, languages: [de]}}
  - {{task: udpos, languages: [de]}}
  - {{task: xcopa, languages: [id]}}
  - {{task: tatoeba, languages: [de]}}
seeds: [1]
keep: all
recipes:
  intermediate: {{learning_rate: 1e-3, batch_size: 4, steps: 2, evaluations: 1, max_length: 64{attention}}}
  target: {{base: xstilts-target, learning_rate: 1e-3, batch_size: 4, steps: 2, evaluations: 1, max_length: 64{attention}}}
"""
TYPES = {"sequence_classification", "question_answering", "token_classification", "multiple_choice", "sentence_retrieval"}


def predictions(plan: Plan, store: Store) -> dict[str, bytes]:
    return {job: (store.path("evaluations", job) / "predictions.jsonl").read_bytes() for job in plan.evaluations}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "attention"),
    [("xlm-roberta", "pretrained"), ("mt5", "pretrained"), ("llama", "pretrained"), ("llama", "bidirectional")],
    ids=["encoder", "T5 encoder", "decoder", "decoder, both ways"],
)
def test_all_tasks_of_every_adaptation_before_and_after_reload(tmp_path: Path, tiny_data: Path, name: str, attention: str) -> None:
    model = make_architecture(tmp_path / "model", name)
    models = ", ".join(f"{{name: {model}, adaptation: {one}}}" for one in ADAPTATIONS.values())
    path = tmp_path / "small.yaml"
    path.write_text(STUDY.format(models=models, attention=f", attention: {attention}"), encoding="utf-8")
    plan, store = plan_study(read_study(path, (), tiny_data), Memo(), Lock()), prepared(tmp_path / "store")
    assert not plan.gaps
    outcomes = serially(missing_units(plan, store, keep_targets=True), store)
    assert {one.state for one in outcomes} == {"done"}
    asked = {(run.model.adaptation.suffix, run.intermediate, job.data.task.type) for run in plan.runs for job in run.evaluations}
    assert asked == {
        (suffix, arm, kind) for suffix in ("", "lora", "stacked", "dora", "frozen") for arm in ("none", "siqa") for kind in TYPES
    }
    first = predictions(plan, store)
    assert all(first.values())
    _records_say_what_a_job_costs(plan, store)
    trained = {train: store.path("trainings", train).stat().st_mtime_ns for train in plan.trainings}
    for job in plan.evaluations:
        shutil.rmtree(store.path("evaluations", job))
    again = missing_units(plan, store, keep_targets=True)
    assert not any(unit.chain for unit in again), "nothing is trained again"
    assert {one.state for one in serially(again, store)} == {"done"}
    assert predictions(plan, store) == first
    assert {train: store.path("trainings", train).stat().st_mtime_ns for train in plan.trainings} == trained


def _records_say_what_a_job_costs(plan: Plan, store: Store) -> None:
    """What the efficiency table is made of. Vectors of texts are shared by searches, which have no tokens of their own; no driver here."""
    costs = [(store.record("trainings", train)["efficiency"], True) for train in plan.trainings]
    costs += [(store.record("evaluations", job.id), job.data.task.type != "sentence_retrieval") for job in plan.evaluations.values()]
    for cost, counted in costs:
        for name in ("seconds", "examples", "peak_bytes", *(("tokens", "flops", "peak_flops") if counted else ())):
            assert cost[name] > 0, (name, cost)
        assert cost.get("energy_joules") is None
    for cost, counted in costs[len(plan.trainings) :]:
        assert (cost["latency_seconds"] > 0) if counted else ("latency_seconds" not in cost)
