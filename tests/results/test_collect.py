"""From plan and store to results: every score, every gap with its reason, every fact."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from stiltsreport.plan.jobs import Evaluate, Train
from stiltsreport.results.collect import gather
from stiltsreport.results.facts import origin
from stiltsreport.stats.compare import compare
from stiltsreport.store import Store
from tests.results.stored import STUDY, fill, planned, publish, share


def test_everything_stored(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data)
    store = Store(tmp_path / "store")
    fill(store, plan)
    results = gather(plan, store)
    target = [row for row in results.scores if row.stage == "target"]
    # three arms: XNLI in 3 languages, XQuAD in 2 by two metrics, by 2 seeds; Tatoeba by 2 seeds, once without training
    assert len(target) == 3 * 2 * (3 + 4) + 2 * 2 + 1
    assert Counter(row.seed for row in target) == {1: 23, 2: 23, None: 1}
    for row in target:
        assert row.value == share(row.job)
        assert (row.n, row.split, row.second_language, row.variant) == (6, "test", None, "plain")
    constant = next(row for row in target if row.seed is None)
    assert (constant.intermediate, constant.target) == ("none", "tatoeba")
    dev = [row for row in results.scores if row.stage == "intermediate"]
    assert [(row.intermediate, row.target, row.seed, row.split) for row in dev] == [
        (name, name, seed, "dev") for name in ("hellaswag", "snli") for seed in (1, 2)
    ]
    assert {cell.state for cell in results.setup.cells} == {"stored"}
    assert len(results.setup.cells) == 3 * 2 * (3 + 2) + 2 * 2 + 1
    # what is gathered can be compared: SNLI is what XNLI is trained on here
    rows = compare(plan.study, results.scores)
    assert {row.verdict for row in rows} == {"descriptive only"}
    assert {(row.intermediate, row.target) for row in rows if row.own_data and row.scope == "task"} == {("snli", "xnli")}


def test_the_same_whatever_else_is_stored(tmp_path: Path, tiny_data: Path) -> None:
    small = planned(tmp_path, tiny_data, STUDY.replace("[1, 2]", "[2]"))
    large = planned(tmp_path, tiny_data)
    store = Store(tmp_path / "store")
    fill(store, large)
    assert [row for row in gather(small, store).scores if row.seed == 2] == [row for row in gather(large, store).scores if row.seed == 2]


def test_gaps_say_why(tmp_path: Path, tiny_data: Path) -> None:
    text = STUDY.replace("{task: tatoeba", "{task: bucc2018, languages: [fr]}, {task: tatoeba")  # BUCC is on no Hub, and not at hand here
    plan = planned(tmp_path, tiny_data, text)
    store = Store(tmp_path / "store")

    def wanted(job: Train | Evaluate) -> bool:
        return not (isinstance(job, Evaluate) and job.data.task.name == "xquad")

    fill(store, plan, wanted)
    broken = next(job for job in plan.evaluations.values() if job.data.task.name == "xquad")
    store.note_failure(broken.checkpoint.id, "Traceback (most recent call last):\n  File ...\nValueError: no luck\n")
    cells = gather(plan, store).setup.cells
    french = [cell for cell in cells if cell.language == "fr"]
    assert {cell.state for cell in french} == {"no data"}
    assert all("no test or dev data of BUCC in 'fr'" in cell.reason for cell in french)
    failed = [cell for cell in cells if cell.state == "failed"]
    assert {(cell.intermediate, cell.target, cell.seed, cell.reason) for cell in failed} == {("none", "xquad", 1, "ValueError: no luck")}
    assert {cell.language for cell in failed} == {"en", "de"}
    missing = [cell for cell in cells if cell.state == "missing"]
    assert {cell.target for cell in missing} == {"xquad"}
    assert len(missing) == 5 * 2
    assert len(french) == 1 + 2 * 2


def test_a_failed_intermediate_training_explains_what_rests_on_it(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data)
    store = Store(tmp_path / "store")
    store.prepare()
    broken = next(item for item in plan.intermediates if item.intermediate == "snli" and item.seed == 2)
    store.note_failure(broken.train.id, "out of memory")
    failed = [cell for cell in gather(plan, store).setup.cells if cell.state == "failed"]
    assert {(cell.intermediate, cell.seed) for cell in failed} == {("snli", 2)}
    assert {cell.target for cell in failed} == {"xnli", "xquad", "tatoeba"}
    assert all("out of memory" in cell.reason for cell in failed)


def test_what_only_leaves_out(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data, only=("*/none/xnli",))
    store = Store(tmp_path / "store")
    fill(store, plan)
    cells = gather(plan, store).setup.cells
    assert {(cell.intermediate, cell.target) for cell in cells if cell.state == "stored"} == {("none", "xnli")}
    assert {cell.state for cell in cells} == {"stored", "left out"}


def test_facts(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data)
    store = Store(tmp_path / "store")
    fill(store, plan)
    setup = gather(plan, store).setup
    training = {fact.task: fact for fact in setup.data if fact.role == "training"}
    assert set(training) == {"hellaswag", "snli", "squad"}
    assert (training["snli"].available, training["snli"].used, training["snli"].origin) == (24, 12, "local files: snli/train.tsv")
    german = next(fact for fact in setup.data if (fact.task, fact.language, fact.role) == ("xnli", "de", "evaluation"))
    assert (german.available, german.used, german.split, german.note) == (10, 6, "test", "")
    assert str(tiny_data) not in json.dumps(setup.to_json())
    assert {(row["stage"], row["task"]) for row in setup.recipes} == {
        ("intermediate", "hellaswag"), ("intermediate", "snli"), ("target", "xnli"), ("target", "xquad"), ("target", "tatoeba"),
    }  # fmt: skip
    bare = next(row for row in setup.recipes if row["task"] == "tatoeba")
    assert bare["recipe"] is None
    assert bare["protocol"]["layer"] == "last"  # the model's own
    assert setup.models[0]["revision"] == plan.runs[0].evaluations[0].checkpoint.pretrained.revision  # type: ignore[union-attr]


def test_a_dev_set_in_place_of_test_is_said(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(
        tmp_path,
        tiny_data,
        STUDY.replace("seeds:", "split: dev\nseeds:")
        .replace(", {task: xquad, languages: [en, de]}", "")
        .replace(", {task: tatoeba, languages: [de]}", ""),
    )
    store = Store(tmp_path / "store")
    facts = [fact for fact in gather(plan, store).setup.data if fact.role == "evaluation"]
    # the study asked for dev, so nothing is in place of anything; but English selects checkpoints too
    assert {(fact.language, fact.split, fact.note) for fact in facts} == {
        ("en", "dev", "checkpoints are selected on this set too"), ("de", "dev", ""), ("sw", "dev", ""),
    }  # fmt: skip


def test_costs(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data)
    store = Store(tmp_path / "store")
    fill(store, plan)
    rows = {(row.kind, row.task): row for row in gather(plan, store).efficiency}
    snli = rows["target", "snli"]
    assert (snli.examples_per_second, snli.tokens_per_second, snli.jobs, snli.device, snli.peak_bytes) == (
        12.0,
        120.0,
        6,
        "a processor",
        1020,
    )
    assert rows["intermediate", "snli"].jobs == 2
    assert rows["evaluate", "xnli"].jobs == 18
    assert rows["evaluate", "xnli"].peak_bytes is None
    assert rows["evaluate", "xnli"].latency_seconds is None


def test_unlike_devices_are_said(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data)
    store = Store(tmp_path / "store")
    fill(store, plan)
    assert not any("unlike" in note for note in gather(plan, store).setup.notes)
    job = next(iter(plan.evaluations))
    record = store.record("evaluations", job)
    record["machine"]["processor"] = "another"
    store.quarantine("evaluations", job)
    publish(store, "evaluations", job, record)
    results = gather(plan, store)
    assert any("unlike devices (a processor, another)" in note for note in results.setup.notes)
    assert [machine["jobs"] for machine in results.provenance["machines"]] == [len(plan.trainings) + len(plan.evaluations) - 1, 1]


def test_a_damaged_record_counts_as_missing(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data)
    store = Store(tmp_path / "store")
    fill(store, plan)
    job = next(iter(plan.evaluations))
    (store.path("evaluations", job) / "record.json").write_text('{"n": 6, "val', encoding="utf-8")
    results = gather(plan, store)
    (cell,) = [cell for cell in results.setup.cells if cell.state != "stored"]
    assert cell.state == "missing"
    assert cell.reason == f"its stored result is damaged: {store.damaged['evaluations', job]}"
    assert "record.json has 13 bytes" in cell.reason
    assert job not in {score.job for score in results.scores}


def test_provenance(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data)
    results = gather(plan, Store(tmp_path / "store"))
    text = json.dumps(results.provenance)
    assert str(tmp_path) not in text
    assert str(tiny_data) not in text
    assert results.provenance["study"]["source"] == STUDY
    assert results.provenance["study"]["resolved"]["seeds"] == [1, 2]
    assert results.provenance["machines"] == []
    assert "only" not in results.provenance
    assert "trust_remote_code" not in results.provenance["study"]["resolved"]


def test_provenance_counts_the_hours_of_what_ran(tmp_path: Path, tiny_data: Path) -> None:
    """Each stored training took 2 s and each evaluation 0.5 s; trials of rates stand apart."""
    text = STUDY + "tune: {learning_rate: [1.0e-5, 2.0e-5], seeds: [101]}\n"
    plan = planned(tmp_path, tiny_data, text)
    assert plan.trials
    assert not gather(plan, Store(tmp_path / "none")).provenance["hours"]
    store = Store(tmp_path / "store")
    fill(store, plan)
    found = gather(plan, store).provenance["hours"]
    trials = {train.id for train in plan.trials}
    assert found["trials"] == {"jobs": len(trials), "hours": 2 * len(trials) / 3600}
    for stage in ("intermediate", "target"):
        jobs = [train for train in plan.trainings.values() if train.stage == stage and train.id not in trials]
        assert found.get(stage, {"jobs": 0, "hours": 0}) == {"jobs": len(jobs), "hours": 2 * len(jobs) / 3600}
    tuned = planned(tmp_path, tiny_data)
    fill(store, tuned)
    found = gather(tuned, store).provenance["hours"]
    assert found["evaluations"] == {"jobs": len(tuned.evaluations), "hours": 0.5 * len(tuned.evaluations) / 3600}
    assert found["target"]["jobs"] + found["intermediate"]["jobs"] == len(tuned.trainings)


def test_provenance_names_what_was_left_out_and_whose_code_was_trusted(tmp_path: Path, tiny_data: Path) -> None:
    plan = planned(tmp_path, tiny_data, STUDY + "trust_remote_code: [multilingual-e5-small]\n", only=["*/snli", "*/none"])
    results = gather(plan, Store(tmp_path / "store"))
    assert results.provenance["only"] == ["*/snli", "*/none"]
    assert results.provenance["study"]["resolved"]["trust_remote_code"] == ["multilingual-e5-small"]


def test_origin_of_hub_data(tmp_path: Path) -> None:
    from stiltsreport.tasks.sources import HubData, Source

    source = Source("xquad", "test", "de", "hub", hub=(HubData("google/xquad", "xquad.de", "validation", "0123456789" * 4),))
    assert origin(source, tmp_path) == "google/xquad@0123456789 xquad.de/validation"


def test_the_absent_sources_of_anli_plus_are_named(tmp_path: Path, tiny_data: Path) -> None:
    for split in ("train", "dev"):
        folder = tiny_data / "snli"
        assert any(split in file.name for file in folder.iterdir())  # SNLI is at hand; MNLI and ANLI are not
    plan = planned(tmp_path, tiny_data, STUDY.replace("[snli, hellaswag]", "[anli-plus]").replace("[hellaswag, snli]", "[anli-plus]"))
    assert [task.name for task in plan.study.intermediate] == ["anli-plus"]
    setup = gather(plan, Store(tmp_path / "store")).setup
    (fact,) = [fact for fact in setup.data if (fact.task, fact.role) == ("anli-plus", "training")]
    assert fact.note == "without MNLI, ANLI: no training data at hand"
