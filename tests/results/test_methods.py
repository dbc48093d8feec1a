"""What methods bring into the results: variants' cells and costs, dev scores of mixtures, health, curves, and old folders without them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.plan.choices import LayerPoint, TuningPoint
from stiltsreport.plan.jobs import Train
from stiltsreport.plan.plan import Plan
from stiltsreport.results import Results
from stiltsreport.results.collect import gather
from stiltsreport.results.files import read_results, write_results
from stiltsreport.results.health import DIVERGED, POINTS, thinned
from stiltsreport.results.setup import Setup
from stiltsreport.store import Store
from tests.results.stored import MACHINE, fill, planned, publish, share

TEXT = """\
title: Methods in small
models: [multilingual-e5-small]
intermediate: [snli, {name: both, tasks: [snli, hellaswag]}]
target: [{task: xnli, languages: [en, de], train: snli}, {task: tatoeba, languages: [de]}]
seeds: [1, 2]
variants: [plain, {robust: rs-rp}]
limit: {train: 12, evaluate: 6}
"""


@pytest.fixture
def plan(tmp_path: Path, tiny_data: Path) -> Plan:
    return planned(tmp_path, tiny_data, TEXT)


def filled(folder: Path, plan: Plan, bad: str = "") -> Store:
    """Everything stored; mixtures with a dev score a task and a curve; the training of that id has collapsed."""
    store = Store(folder)
    store.prepare()
    for train in plan.trainings.values():
        tasks = [part.training.task.name for part in train.parts]
        devs = {name: {"task": name, "n": 10, "values": {"accuracy": share(train.id) + place}} for place, name in enumerate(tasks)}
        record = {
            "steps": 8, "examples": 96, "training_examples": 12, "dev": devs[tasks[0]], "devs": devs if len(tasks) > 1 else None,
            "health": {"verdict": "constant" if train.id == bad else "healthy", "final_loss": 0.7},
            "efficiency": {"seconds": 2.0, "examples": 96, "tokens": 960, "peak_bytes": 10, "device": "cpu"}, "machine": MACHINE,
        }  # fmt: skip

        def write(place: Path, record: dict[str, object] = record, tasks: list[str] = tasks) -> None:
            (place / "record.json").write_text(json.dumps(record), encoding="utf-8")
            lines = [{"number": step, "loss": 1 / step, "part": tasks[step % len(tasks)]} for step in range(1, 201)]
            text = "".join(json.dumps(line) + "\n" for line in [*lines, {"dev": 50.0, "number": 200}])
            (place / "curve.jsonl").write_text(text + '{"number": 201, "lo', encoding="utf-8")  # torn

        store.publish("trainings", train.id, write)
    fill(store, plan, lambda job: not isinstance(job, Train))
    return store


def test_every_arm_has_cells_scores_and_costs(tmp_path: Path, plan: Plan) -> None:
    found = gather(plan, filled(tmp_path / "store", plan))
    assert {cell.state for cell in found.setup.cells} == {"stored"}
    arms = Counter((cell.variant, cell.intermediate) for cell in found.setup.cells if cell.target == "xnli")
    assert arms == dict.fromkeys(plan.study.arms, 2 * 2)
    constant = [row for row in found.scores if row.seed is None]
    assert {(row.variant, row.intermediate, row.target) for row in constant} == {
        ("plain", "none", "tatoeba"), ("rs-rp", "none", "tatoeba"),
    }  # fmt: skip
    costs = {(row.variant, row.intermediate, row.stage): row for row in found.setup.costs}
    assert set(costs) == {
        *((variant, name, "target") for variant, name in plan.study.arms),
        *((variant, name, "intermediate") for variant, name in plan.study.arms if name != "none"),
    }
    one = costs["rs-rp", "both", "target"]
    assert (one.trainings, one.planned, one.seeds, one.steps, one.examples, one.seconds) == (2, 2, 2, 16, 192, 4.0)
    assert costs["rs-rp", "both", "intermediate"] == replace(costs["plain", "both", "intermediate"], variant="rs-rp")  # it is shared


def test_a_mixture_has_a_dev_score_a_task(tmp_path: Path, plan: Plan) -> None:
    found = gather(plan, filled(tmp_path / "store", plan))
    dev = Counter((row.intermediate, row.target) for row in found.scores if row.stage == "intermediate")
    assert dev == {("snli", "snli"): 2, ("both", "snli"): 2, ("both", "hellaswag"): 2}
    train = next(item.train for item in plan.intermediates if item.intermediate == "both" and item.seed == 1)
    values = {row.target: row.value for row in found.scores if row.job == train.id}
    assert values["hellaswag"] == pytest.approx(values["snli"] + 1)
    training = {(fact.task, fact.role) for fact in found.setup.data if fact.role == "training"}
    assert training == {("snli", "training"), ("hellaswag", "training")}


def test_health_names_every_arm_that_a_training_stands_behind(tmp_path: Path, plan: Plan) -> None:
    bad = next(item.train for item in plan.intermediates if item.intermediate == "snli" and item.seed == 2)
    found = gather(plan, filled(tmp_path / "store", plan, bad.id)).setup.health
    collapsed = {(row.variant, row.intermediate, row.stage, row.target, row.seed) for row in found if row.verdict == "constant"}
    assert collapsed == {("plain", "snli", "intermediate", "", 2), ("rs-rp", "snli", "intermediate", "", 2)}
    assert not any(row.reserve for row in found)


def test_a_diverged_training_counts(tmp_path: Path, plan: Plan) -> None:
    store = Store(tmp_path / "store")
    store.prepare()
    train = next(item.train for item in plan.intermediates if item.intermediate == "both")
    store.note_failure(train.id, "both: the loss is nan and the gradient's norm inf at step 7 of 90")
    other = next(item.train for item in plan.intermediates if item.intermediate == "snli")
    store.note_failure(other.id, "out of memory")
    found = gather(plan, store).setup.health
    assert {(row.intermediate, row.verdict) for row in found} == {("both", "diverged")}


def test_the_words_of_a_divergence_are_those_of_training() -> None:
    source = Path(__file__).parents[2] / "stiltsreport" / "modeling"
    told = [
        line for file in sorted(source.glob("*.py")) for line in file.read_text(encoding="utf-8").splitlines() if "the loss is {" in line
    ]
    assert told, "training says it otherwise now: results/health.py must follow"
    assert all("and the gradient's norm {" in line and "at step {" in line for line in told)
    assert DIVERGED.search("snli: the loss is nan and the gradient's norm nan at step 3 of 10 (hint)")


def test_curves_are_those_of_the_first_seed_and_thinned(tmp_path: Path, plan: Plan) -> None:
    found = gather(plan, filled(tmp_path / "store", plan)).setup.curves
    assert {(one.variant, one.intermediate, one.seed, one.part) for one in found} == {
        ("plain", "both", 1, "snli"), ("plain", "both", 1, "hellaswag"),
    }  # fmt: skip
    assert all(len(one.steps) <= POINTS and len(one.steps) == len(one.losses) for one in found)
    assert {one.steps[-1] for one in found} == {199, 200}
    steps, losses = thinned([(step, 1.0) for step in range(1, 1000)])
    assert len(steps) <= POINTS
    assert set(losses) == {1.0}
    assert thinned([]) == ((), ())


def test_choices_are_taken_over(tmp_path: Path, plan: Plan) -> None:
    chosen = replace(
        plan,
        tuning=(TuningPoint("m", "target", "none", 1e-5, 101, 60.0, chosen=True),),
        layers=(LayerPoint("m", "none", "tatoeba", "7", "fr", None, None),),
    )
    setup = gather(chosen, Store(tmp_path / "store")).setup
    assert setup.tuning == (TuningPoint("m", "target", "none", 1e-5, 101, 60.0, chosen=True),)
    assert setup.layers == (LayerPoint("m", "none", "tatoeba", "7", "fr", None, None),)


def test_everything_is_read_back(tmp_path: Path, plan: Plan) -> None:
    found = gather(plan, filled(tmp_path / "store", plan))
    write_results(tmp_path / "report", found)
    assert read_results(tmp_path / "report") == found
    assert found.setup.health
    assert found.setup.curves
    assert found.setup.methods


def test_a_folder_of_an_older_version_is_read(tmp_path: Path, plan: Plan) -> None:
    found = gather(plan, filled(tmp_path / "store", plan))
    old = found.setup.to_json()
    for name in ("health", "tuning", "layers", "curves", "translations", "methods", "costs"):
        del old[name]
    for cell in old["cells"]:
        del cell["second_language"]
    again = Setup.from_json(json.loads(json.dumps(old)))
    assert again.cells == found.setup.cells
    assert again == replace(found.setup, health=(), tuning=(), layers=(), curves=(), translations=(), methods=(), costs=())


def test_a_method_in_words(tmp_path: Path, plan: Plan) -> None:
    found: Results = gather(plan, Store(tmp_path / "store"))
    words = {fact.variant: fact.text for fact in found.setup.methods}
    assert "our choice" in words["rs-rp"]
    assert "one training on SNLI, HellaSwag" in words["both"].replace("One", "one")
    assert "snli" not in words


def test_translations_are_counted(tmp_path: Path, plan: Plan) -> None:
    from stiltsreport.methods import Translation
    from stiltsreport.results.methods import translation_facts

    store = Store(tmp_path / "store")
    store.prepare()
    job = "a" * 20
    record = {"kept": 9, "dropped": 1, "translator": "T", "lines": 20, "seconds": 1.0}
    publish(store, "translations", job, record)
    item = plan.intermediates[0]
    part = item.train.parts[0]
    use = replace(part.training, change=Translation(job, "de"))
    train = replace(item.train, parts=(replace(part, sets=(part.training, use)),))
    (fact,) = translation_facts(replace(plan, runs=(), intermediates=(replace(item, train=train),)), store)
    assert (fact.task, fact.language, fact.kept, fact.dropped, fact.translator) == (part.training.task.name, "de", 9, 1, "T")
