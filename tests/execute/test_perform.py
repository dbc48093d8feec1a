"""Units of work from the store, through modeling, to the store, on a tiny encoder."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stiltsreport.execute import inputs
from stiltsreport.execute.executors.local import Pool
from stiltsreport.execute.perform import _numbered, perform
from stiltsreport.execute.progress import Evaluated, Steps
from stiltsreport.execute.scheduler import run_units
from stiltsreport.metrics import METRICS
from stiltsreport.metrics.item_counts import FILE, read_item_counts
from stiltsreport.plan.jobs import Train
from stiltsreport.plan.units import missing_units
from stiltsreport.tasks.fingerprints import Memo
from tests.execute.conftest import Built, Watcher, planned, predictions, prepared, serially, settings
from tests.tiny import make_tiny_model


def test_a_gpu_without_a_number_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of Slurm and Ray are told "cuda", and torch sets no limit of memory without a number."""
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 3)
    assert _numbered("cuda") == torch.device("cuda", 3)
    assert _numbered("cuda:1") == torch.device("cuda", 1)
    assert _numbered("cpu") == torch.device("cpu")


def test_everything_is_there_and_a_second_run_does_nothing(built: Built):
    assert [outcome.state for outcome in built.outcomes] == ["done"] * len(built.outcomes)
    assert all(built.store.has("evaluations", job) for job in built.plan.evaluations)
    assert all(built.store.has("trainings", job) for job in built.plan.trainings)
    assert missing_units(built.plan, built.store) == []
    assert missing_units(built.replan("title=Another title"), built.store) == []
    assert list((built.store.folder / "scratch").iterdir()) == []
    assert built.store.attempts.running() == {}


def test_what_an_evaluation_holds(built: Built):
    for job in built.plan.evaluations.values():
        folder = built.store.path("evaluations", job.id)
        record = built.store.record("evaluations", job.id)
        rows = [json.loads(line) for line in (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]
        assert record["n"] == len(rows) == 10
        assert record["language"] == job.language
        assert record["machine"]["device"] == "cpu"
        assert record["seconds"] > 0
        assert record["peak_bytes"] > 10**7
        for key, sums in record["sums"].items():
            assert sums == [pytest.approx(sum(row["counts"][key][place] for row in rows)) for place in range(len(sums))]
        correct, examples = record["sums"].get("accuracy") or record["sums"]["retrieval_accuracy"]
        assert record["values"]["accuracy"] == pytest.approx(100 * correct / examples)
        assert examples == 10
        items = read_item_counts(folder / FILE, {key: METRICS[key].counts for key in record["sums"]})
        assert items.ids == items.clusters == tuple(row["id"] for row in rows)  # no paragraphs in these tasks
        assert all(items.counts[key].tolist() == [row["counts"][key] for row in rows] for key in record["sums"])
        assert json.loads((folder / "ingredients.json").read_text(encoding="utf-8"))["job"] == "evaluate"


def test_what_a_training_holds(built: Built):
    for job in built.plan.trainings.values():
        folder = built.store.path("trainings", job.id)
        record = built.store.record("trainings", job.id)
        curve = [json.loads(line) for line in (folder / "curve.jsonl").read_text(encoding="utf-8").splitlines()]
        steps = [row for row in curve if "loss" in row]
        assert record["steps"] == len(steps) == 3  # 24 examples, 8 a step
        assert record["training_examples"] == 24
        assert [row["number"] for row in curve if "dev" in row] == [1, 3]
        assert record["dev"]["n"] == 10
        cost = record["efficiency"]
        assert cost["tokens"] > 0
        assert 0 < cost["flops"] / cost["seconds"] < 1.5 * cost["peak_flops"]  # no more than the machine can do, but for noise
        assert cost["energy_joules"] is None
        assert built.store.has("checkpoints", job.id) == (job.stage == "intermediate")


def test_it_tells_how_it_goes(built: Built):
    assert built.watcher.begun == [len(built.outcomes)]
    assert {event.unit for event in built.watcher.events} == set(built.watcher.started_units)
    ends = [event for event in built.watcher.events if isinstance(event, Steps) and event.step == event.total]
    assert len(ends) == len(built.plan.trainings)
    done = [event for event in built.watcher.events if isinstance(event, Evaluated)]
    assert len(done) == len(built.plan.evaluations)


def test_no_score_depends_on_workers_or_on_order(built: Built, tmp_path: Path):
    store, watcher = prepared(tmp_path / "pool"), Watcher()
    units = missing_units(built.plan, store)
    parents = [unit for unit in units if not unit.needs]
    others = [unit for unit in units if unit.needs]
    outcomes = run_units([*others[::-1], *parents[::-1]], Pool(settings(store), 2, watcher), watcher)
    assert {outcome.state for outcome in outcomes} == {"done"}
    assert predictions(built.plan, store) == predictions(built.plan, built.store)


def test_no_score_depends_on_the_rest_of_the_study(built: Built, tmp_path: Path):
    alone = built.replan("intermediate=[]", "target=[{task: xcopa, languages: [id]}]")
    store = prepared(tmp_path / "alone")
    serially(missing_units(alone, store), store)
    found = predictions(alone, store)
    assert found
    assert found.items() <= predictions(built.plan, built.store).items()


def test_models_of_one_name_are_not_mistaken_for_each_other(built: Built, tmp_path: Path, tiny_data: Path):
    # Another encoder and tokenizer, whose folder has the same name, in the same process.
    other = make_tiny_model(tmp_path / "tiny", seed=5)
    tokenizer = other / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text(encoding="utf-8").replace("▁the", "▁thx"), encoding="utf-8")
    plan = planned(tmp_path, other, tiny_data, "intermediate=[]", "target=[{task: xcopa, languages: [id]}]")
    first, again = prepared(tmp_path / "first"), prepared(tmp_path / "again")
    serially(missing_units(plan, first), first)
    inputs.remembered.clear()
    inputs._loaded.cache_clear()
    serially(missing_units(plan, again), again)
    assert predictions(plan, first) == predictions(plan, again)
    assert plan.evaluations.keys().isdisjoint(built.plan.evaluations)


def test_a_kept_checkpoint_serves_a_later_language(built: Built, tmp_path: Path):
    target = "target=[{task: xnli, languages: [%s], train: snli}]"
    store = prepared(tmp_path / "kept")
    first = built.replan("intermediate=[]", "keep=all", target % "en")
    serially(missing_units(first, store, keep_targets=True), store)
    later = built.replan("intermediate=[]", "keep=all", target % "en, de")
    (unit,) = missing_units(later, store, keep_targets=True)
    assert unit.chain == ()
    assert isinstance(unit.start, Train)
    assert serially([unit], store)[0].state == "done"
    assert predictions(later, store).items() <= predictions(built.plan, built.store).items()


def test_a_later_language_repeats_the_training_where_nothing_was_kept(built: Built, tmp_path: Path):
    store = tmp_path / "store"
    shutil.copytree(built.store.folder, store)
    later = built.replan("target.0.languages=[en, de, sw]")
    units = missing_units(later, prepared(store))
    assert [[job.language for job in unit.evaluations] for unit in units] == [["sw"], ["sw"]]
    assert all(len(unit.chain) == 1 for unit in units)
    assert {outcome.state for outcome in serially(units, prepared(store))} == {"done"}
    assert missing_units(later, prepared(store)) == []


def test_a_machine_that_cannot_open_the_store_says_so(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (unit, *_) = missing_units(built.plan, prepared(tmp_path / "empty"))
    outcome = perform(unit, replace(settings(built.store), store="nosuch://bucket/store"), lambda _: None)
    assert (outcome.state, outcome.mendable) == ("failed", True)
    assert "nosuch" in outcome.error
    assert "its log cannot be written" in outcome.error


def test_a_failed_job_stops_its_descendants_only(built: Built, tmp_path: Path, tiny_model: Path, tiny_data: Path):
    data = tmp_path / "data"
    shutil.copytree(tiny_data, data)
    plan, store = planned(tmp_path, tiny_model, data), prepared(tmp_path / "store")
    units = missing_units(plan, store)
    broken = data / "squad" / "train-v1.1.json"
    whole = broken.read_text(encoding="utf-8")
    broken.write_text(whole[:-20], encoding="utf-8")
    inputs.remembered.clear()  # examples that this process read of the same content would serve as well
    outcomes = {outcome.unit.names[0].partition("/")[2]: outcome for outcome in serially(units, store)}
    assert {name: outcome.state for name, outcome in outcomes.items()} == {
        "squad/-/1": "failed", "squad/xnli/1": "skipped", "squad/xcopa/1": "skipped", "squad/tatoeba/1": "skipped",
        "none/xnli/1": "done", "none/xcopa/1": "done", "none/tatoeba/-": "done",
    }  # fmt: skip
    failed = outcomes["squad/-/1"]
    assert "have changed since the study was planned" in failed.error
    assert store.failure(failed.unit.id) == failed.error
    broken.write_text(whole, encoding="utf-8")
    again = serially(missing_units(plan, store), store)
    assert sorted(outcome.state for outcome in again) == ["done"] * 4
    assert store.failure(failed.unit.id) is None
    assert predictions(plan, store) == predictions(built.plan, built.store)


def test_an_encoder_that_changed_is_refused(tmp_path: Path, tiny_data: Path):
    model = make_tiny_model(tmp_path / "other", seed=9)
    plan = planned(tmp_path, model, tiny_data, "intermediate=[]", "target=[tatoeba]", "target.0={task: tatoeba, languages: [de]}")
    store = prepared(tmp_path / "store")
    make_tiny_model(model, seed=10)
    (outcome,) = serially(missing_units(plan, store), store)
    assert outcome.state == "failed"
    assert "has changed since the study was planned" in outcome.error


def test_a_diverged_training_is_a_failure_not_a_score(built: Built, tmp_path: Path):
    plan = built.replan(
        "intermediate=[]", "recipes.target.learning_rate=1e30", "recipes.target.clip=1e30", "target=[{task: xcopa, languages: [id]}]"
    )
    store = prepared(tmp_path / "store")
    (outcome,) = serially(missing_units(plan, store), store)
    assert outcome.state == "failed"
    assert "the loss is" in outcome.error
    assert missing_units(plan, store)


def test_an_interrupt_leaves_the_store_whole(built: Built, tmp_path: Path):
    store = prepared(tmp_path / "store")

    class Impatient(Watcher):
        def event(self, event: object) -> None:
            if isinstance(event, Evaluated):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serially(missing_units(built.plan, store), store, Impatient())
    assert list((store.folder / "scratch").iterdir()) == []
    assert store.attempts.running() == {}
    for kind in ("trainings", "evaluations"):
        for folder in (store.folder / kind).glob("*/*"):
            assert (folder / "record.json").is_file()
    assert all(outcome.state == "done" for outcome in serially(missing_units(built.plan, store), store))
    assert predictions(built.plan, store) == predictions(built.plan, built.store)


def test_the_memo_is_not_what_refuses(built: Built):
    # The same files through another memo have the same fingerprints: a change is a change of content.
    job = next(iter(built.plan.evaluations.values()))
    source = job.data.source
    assert Memo().source(job.data.task, source.split, source.language, source.files).fingerprint == source.fingerprint
