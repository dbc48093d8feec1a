"""What a plan settles by jobs that have run: learning rates, layers, reserve runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.plan.jobs import Evaluate, Train
from stiltsreport.plan.known import Known
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.reserves import stabilised
from stiltsreport.plan.tuning import at_the_edge
from stiltsreport.plan.units import missing_units
from tests.plan.conftest import Planner

TUNE = "tune={learning_rate: [1e-5, 1e-4, 1e-3], per: [model, stage, arm], seeds: [101, 102]}"
SMALL = ("intermediate=[hellaswag]", "target=[{task: xnli, languages: [de], train: snli}, {task: tatoeba, languages: [de]}]", "seeds=[1]")


class Store:
    """A store of records, each made of its job by a rule."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}

    def has(self, kind: str, job: str) -> bool:
        return job in self.records

    def record(self, kind: str, job: str) -> dict[str, Any]:
        return self.records[job]

    def run(self, plan: Plan, value: Callable[[Train | Evaluate], float], verdict: Callable[[Train], str] = lambda _: "healthy") -> None:
        """As if every job of the plan had run."""
        for train in plan.trainings.values():
            task = train.selection.task if train.selection else None
            dev = {"task": task.name, "values": {"accuracy": value(train)}, "n": 1} if task else None
            self.records.setdefault(train.id, {"dev": dev, "health": {"verdict": verdict(train)}})
        for job in plan.evaluations.values():
            self.records.setdefault(job.id, {"values": {"accuracy": value(job)}})


@pytest.fixture
def store() -> Store:
    return Store()


def rates(plan: Plan) -> set[float]:
    return {train.recipe.learning_rate for train in plan.trainings.values()}


def test_a_dual_encoder_is_tuned_by_what_it_is_judged_by(plan: Planner, store: Store):
    """LAReQA trains and selects on SQuAD's questions, in another form and by another metric than SQuAD."""
    found = plan(TUNE, "intermediate=[]", "target=[{task: lareqa, languages: [en]}]", "seeds=[1]", known=Known(store))
    (train, *_) = found.trials
    assert train.form == "dual_encoder"

    class Stored:
        def has(self, kind: str, job: str) -> bool:
            return True

        def record(self, kind: str, job: str) -> dict[str, Any]:
            return {"dev": {"values": {"map@20": 61.5}}}

    assert Known(Stored()).dev(train) == 61.5


def test_the_intermediate_phase_is_tuned_first_then_the_target_phase_then_all_runs(plan: Planner, store: Store):
    def best(job: Train | Evaluate) -> float:
        """The intermediate phase is best at 1e-4, the target phase at 1e-3."""
        if isinstance(job, Evaluate):
            return 50.0
        return {"intermediate": {1e-5: 40, 1e-4: 60, 1e-3: 50}, "target": {1e-5: 40, 1e-4: 45, 1e-3: 60}}[job.stage][
            job.recipe.learning_rate
        ]

    first = plan(TUNE, *SMALL, known=Known(store))
    assert first.waiting
    assert not first.runs
    assert {gap.reason for gap in first.gaps} == {"its learning rate is not tuned yet"}
    assert {train.seed for train in first.trials} == {101, 102}
    stages = [train.stage for train in first.trials]
    assert (stages.count("intermediate"), stages.count("target")) == (3 * 2, 3 * 2), "the baseline waits for no intermediate phase"
    assert not any(isinstance(train.start, Train) for train in first.trials)
    assert len(missing_units(first, store)) == 12
    store.run(first, best)

    second = plan(TUNE, *SMALL, known=Known(store))
    assert second.waiting
    tuned = [train for train in second.trials if train.stage == "target"]
    assert len(tuned) == 2 * 3 * 2, "the baseline and the arm, three rates, two seeds"
    starts = {train.start.recipe.learning_rate for train in tuned if isinstance(train.start, Train)}
    assert starts == {1e-4}, "from what the chosen rate gave"
    store.run(second, best)

    third = plan(TUNE, *SMALL, known=Known(store))
    assert not third.waiting
    assert not third.gaps
    reported = [job for run in third.runs for job in run.evaluations]
    for job in reported:
        if isinstance(job.checkpoint, Train) and job.checkpoint.stage == "target":
            assert job.checkpoint.recipe.learning_rate == 1e-3
            assert job.checkpoint.seed == 1
    chosen = {(point.stage, point.arm, point.learning_rate) for point in third.tuning if point.chosen}
    assert chosen == {("intermediate", "hellaswag", 1e-4), ("target", "none", 1e-3), ("target", "hellaswag", 1e-3)}
    warned = at_the_edge(third.tuning, third.study.tune)  # type: ignore[arg-type]
    assert len(warned) == 2
    assert all("target" in line for line in warned)


def test_of_equal_rates_the_smallest(plan: Planner, store: Store):
    for _ in range(3):
        found = plan(TUNE, *SMALL, known=Known(store))
        store.run(found, lambda _: 50.0)
    assert {point.learning_rate for point in found.tuning if point.chosen} == {1e-5}


def test_an_arm_may_share_the_choice_of_all(plan: Planner, store: Store):
    shared = TUNE.replace("[model, stage, arm]", "[model, stage]")

    def best(job: Train | Evaluate) -> float:
        """The baseline alone would take 1e-3, the arm 1e-5; together 1e-4 is best."""
        if isinstance(job, Evaluate):
            return 50.0
        of_baseline = not isinstance(job.start, Train)
        return {True: {1e-5: 0, 1e-4: 50, 1e-3: 60}, False: {1e-5: 60, 1e-4: 50, 1e-3: 0}}[of_baseline][job.recipe.learning_rate]

    for _ in range(3):
        found = plan(shared, *SMALL, known=Known(store))
        store.run(found, best)
    assert {(point.arm, point.learning_rate) for point in found.tuning if point.chosen and point.stage == "target"} == {("all", 1e-4)}


def test_tuning_by_scores_that_are_reported_is_not_possible(plan: Planner, store: Store):
    """The choice reads dev values of trainings alone: evaluations may say what they will."""
    for favourite in (1e-5, 1e-3):
        other = Store()
        for _ in range(3):
            found = plan(TUNE, *SMALL, known=Known(other))
            other.run(found, lambda job, favourite=favourite: 99.0 if isinstance(job, Evaluate) and favourite else 50.0)
        assert {point.learning_rate for point in found.tuning if point.chosen} == {1e-5}


LAYERS = "target=[{task: tatoeba, languages: [de], layer_on: [fr]}]"


def test_a_layer_is_chosen_by_arm_on_languages_that_are_not_reported(plan: Planner, store: Store, tiny_data: Path, tmp_path: Path):
    folder = tmp_path / "two"
    shutil.copytree(tiny_data, folder)
    for side in ("fra", "eng"):
        source = next((folder / "tatoeba").glob(f"tatoeba.deu-eng.{'deu' if side == 'fra' else 'eng'}"))
        shutil.copy(source, folder / "tatoeba" / f"tatoeba.fra-eng.{side}")
    only = (LAYERS, "intermediate=[hellaswag]", "seeds=[1, 2]")
    first = plan(*only, data=folder, known=Known(store))
    assert first.waiting
    assert {job.language for job in first.layer_trials} == {"fr"}
    assert {job.protocol.layer for job in first.layer_trials} == {str(layer) for layer in range(1, 13)}
    assert len(first.layer_trials) == 12 * (1 + 2), "the untrained baseline once, the arm for each seed"
    assert {gap.reason for gap in first.gaps} == {"its layer is not chosen yet"}
    store.run(
        first,
        lambda job: float(job.protocol.layer == ("9" if isinstance(job.checkpoint, Train) else "4")) if isinstance(job, Evaluate) else 1.0,
    )
    second = plan(*only, data=folder, known=Known(store))
    assert not second.waiting
    layers = {run.intermediate: {job.protocol.layer for job in run.evaluations} for run in second.runs}
    assert layers == {"none": {"4"}, "hellaswag": {"9"}}
    assert {job.language for run in second.runs for job in run.evaluations} == {"de"}


def seeds_of(plan: Plan, arm: str, target: str) -> list[int | None]:
    return [run.seed for run in plan.runs if (run.intermediate, run.target) == (arm, target)]


def test_a_collapsed_run_brings_reserves_in_every_row_of_that_model_and_target(plan: Planner, store: Store):
    two = "target=[{task: xnli, languages: [de], train: snli}, {task: udpos, languages: [de]}]"

    def verdict(train: Train) -> str:
        bad = train.stage == "target" and train.seed == 2 and isinstance(train.start, Train) and train.form == "sequence_classification"
        return "constant" if bad else "healthy"

    first = plan("collapse=retry", two, "intermediate=[hellaswag]", known=Known(store))
    store.run(first, lambda _: 50.0, verdict)
    second = plan("collapse=retry", two, "intermediate=[hellaswag]", known=Known(store))
    assert seeds_of(second, "hellaswag", "xnli") == [1, 2, 1002]
    assert seeds_of(second, "none", "xnli") == [1, 2, 1002], "the baseline included"
    assert seeds_of(second, "none", "udpos") == seeds_of(second, "hellaswag", "udpos") == [1, 2]
    assert set(first.trainings) < set(second.trainings), "nothing that has run is taken back"
    store.run(
        second, lambda _: 50.0, lambda train: "chance loss" if train.seed == 1002 and train.stage == "intermediate" else verdict(train)
    )
    third = plan("collapse=retry", two, "intermediate=[hellaswag]", known=Known(store))
    assert seeds_of(third, "none", "xnli") == [1, 2, 1002, 2002], "a reserve that collapses is replaced in turn"


def test_without_a_policy_nothing_is_replaced(plan: Planner, store: Store):
    first = plan(*SMALL, known=Known(store))
    store.run(first, lambda _: 50.0, lambda _: "constant")
    assert seeds_of(plan(*SMALL, known=Known(store)), "hellaswag", "xnli") == [1]


def test_no_more_than_three_attempts(plan: Planner, store: Store):
    for _ in range(6):
        found = plan("collapse=retry", *SMALL, known=Known(store))
        store.run(found, lambda _: 50.0, lambda _: "constant")
    assert seeds_of(found, "hellaswag", "xnli") == [1, 1001, 2001, 3001]


def test_stabilised_reserves_are_trained_by_the_safer_recipe(plan: Planner, store: Store):
    first = plan("collapse=stabilise", "recipes={target: {learning_rate: 1e-3, epochs: 2}}", *SMALL, known=Known(store))
    store.run(first, lambda _: 50.0, lambda train: "constant" if train.stage == "target" else "healthy")
    second = plan("collapse=stabilise", "recipes={target: {learning_rate: 1e-3, epochs: 2}}", *SMALL, known=Known(store))
    reserve = next(run for run in second.runs if run.seed == 1001)
    train = reserve.evaluations[0].checkpoint
    assert isinstance(train, Train)
    assert (train.recipe.learning_rate, train.recipe.epochs, train.recipe.warmup) == (2e-5, 6, 0.1)
    plain = next(run for run in second.runs if run.seed == 1 and run.target == "xnli").evaluations[0].checkpoint
    assert isinstance(plain, Train)
    assert stabilised(replace(plain, seed=1001)).id != replace(plain, seed=1001).id


def test_only_some_arms_try_only_their_rates_and_layers(plan: Planner, store: Store):
    found = plan(TUNE, *SMALL, known=Known(store), only=["*/hellaswag/*"])
    assert [train.stage for train in found.trials] == ["intermediate"] * 6
    baseline = plan(TUNE, *SMALL, known=Known(store), only=["*/none/*"])
    assert {train.stage for train in baseline.trials} == {"target"}, "the baseline waits for no intermediate phase"
    store.run(baseline, lambda _: 50.0)
    tuned = plan(TUNE, *SMALL, known=Known(store), only=["*/none/*"])
    assert [run.intermediate for run in tuned.runs] == ["none", "none"]
    assert not tuned.gaps


def test_a_mixture_is_tuned_by_the_mean_of_its_parts(plan: Planner, store: Store):
    mixed = ("intermediate=[{name: two, tasks: [hellaswag, siqa]}]", *SMALL[1:])
    first = plan(TUNE, *mixed, known=Known(store))
    best = {1e-5: (90, 0), 1e-4: (60, 60), 1e-3: (0, 90)}
    for train in first.trials:
        if train.stage == "intermediate":
            values = dict(zip(("hellaswag", "siqa"), best[train.recipe.learning_rate], strict=True))
            devs = {name: {"task": name, "n": 1, "values": {"accuracy": value}} for name, value in values.items()}
            store.records[train.id] = {"dev": devs["hellaswag"], "devs": devs}
    second = plan(TUNE, *mixed, known=Known(store))
    assert {point.learning_rate for point in second.tuning if point.chosen} == {1e-4}


def test_a_part_is_known_by_what_it_trains_on_and_judged_on_its_target_s_dev_set(plan: Planner, store: Store):
    train = next(train for train in plan(*SMALL).trainings.values() if train.stage == "target")
    assert train.training.task.name == "snli"
    assert train.selection is not None
    assert train.selection.task.name == "xnli"
    dev = {"task": "xnli", "n": 1, "values": {"accuracy": 70.0}}
    for record in ({"dev": dev}, {"dev": dev, "devs": {"snli": dev}}):
        store.records[train.id] = record
        assert Known(store).dev(train) == 70.0
    store.records[train.id] = {"dev": None}
    assert Known(store).dev(train) is None
