"""Items that turn, counted by hand from stored items."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stiltsreport.metrics.item_counts import FILE, write_item_counts
from stiltsreport.plan.plan import Plan
from stiltsreport.results import FlipFacts
from stiltsreport.results.collect import gather
from stiltsreport.results.flips import EVERYWHERE
from stiltsreport.stats.looks import at_hand
from stiltsreport.store import Store
from tests.results.stored import fill, planned

STUDY = """\
title: Flips
models: [multilingual-e5-small]
intermediate: [hellaswag]
target: [{task: xnli, languages: [en, de, sw], train: snli}, {task: tatoeba, languages: [de]}]
seeds: [1, 2, 3]
limit: {train: 12, evaluate: 6}
"""
IDS = ("a", "b", "c", "d")
# Rightly answered items by (arm, language), in seeds 1, 2, 3.
RIGHT = {
    ("none", "en"): ("ab", "ab", "ab"), ("hellaswag", "en"): ("abc", "abc", "ab"),  # c is gained in two of three seeds
    ("none", "de"): ("bd", "bd", "d"), ("hellaswag", "de"): ("abc", "ac", "cd"),  # a and c gained; b and d lost: b 1 of 3, d 1 of 3
    ("none", "sw"): ("", "c", "d"), ("hellaswag", "sw"): ("ad", "ad", "bc"),  # a and d gained; c is right once in either
}  # fmt: skip


def keep_items(store: Store, plan: Plan, ids: tuple[str, ...] = IDS) -> None:
    for run in plan.runs:
        for job in run.evaluations:
            if run.target == "xnli" and run.seed is not None and store.has("evaluations", job.id):
                right = RIGHT[run.intermediate, job.language][run.seed - 1]
                counts = np.array([[float(name in right), 1.0] for name in ids])
                write_item_counts(
                    store.path("evaluations", job.id) / FILE, ids, ids, {"accuracy": counts}, {"accuracy": ("correct", "examples")}
                )


@pytest.fixture
def plan(tmp_path: Path, tiny_data: Path) -> Plan:
    return planned(tmp_path, tiny_data, STUDY)


def row(language: str, items: int, gained: int, lost: int) -> FlipFacts:
    return FlipFacts("multilingual-e5-small", "plain", "hellaswag", "xnli", language, (1, 2, 3), items, gained, lost)


def test_by_majority_of_seeds(tmp_path: Path, plan: Plan) -> None:
    store = Store(tmp_path / "store")
    fill(store, plan)
    keep_items(store, plan)
    # In most of the three languages: c in English and German, a in German and Swahili; b and d are lost in German alone.
    assert gather(plan, store).setup.flips == (row("de", 4, 2, 2), row("en", 4, 1, 0), row("sw", 4, 2, 0), row(EVERYWHERE, 4, 2, 0))


def test_without_items_there_is_nothing(tmp_path: Path, plan: Plan) -> None:
    store = Store(tmp_path / "store")
    fill(store, plan)
    assert gather(plan, store).setup.flips == ()
    assert gather(plan, Store(tmp_path / "empty")).setup.flips == ()


def test_seeds_that_one_arm_lacks_are_left_out_of_both(tmp_path: Path, plan: Plan) -> None:
    store = Store(tmp_path / "store")
    lacking = {job.id for run in plan.runs if (run.intermediate, run.seed) == ("none", 3) for job in run.evaluations}
    fill(store, plan, lambda job: job.id not in lacking)
    keep_items(store, plan)
    german, english, swahili, _ = gather(plan, store).setup.flips
    assert (english.seeds, english.gained, english.lost) == ((1, 2), 1, 0)
    assert (german.gained, german.lost) == (2, 1)  # b is right in one of two seeds after HellaSwag: neither; d is lost, a and c gained
    assert (swahili.gained, swahili.lost) == (2, 0)  # c is even under the baseline: neither


def test_a_look_at_fewer_seeds_does_not_show_what_later_ones_turn(tmp_path: Path, tiny_data: Path) -> None:
    planned_looks = STUDY.replace("seeds: [1, 2, 3]", "seeds: {planned: 10, looks: [5, 10]}")
    plan = planned(tmp_path, tiny_data, planned_looks)
    early = {job.id for run in plan.runs if (run.seed or 0) <= 7 for job in run.evaluations}
    store = Store(tmp_path / "store")
    fill(store, plan, lambda job: job.id in early or job.id in plan.trainings)
    results = gather(plan, store)
    setup = replace(
        results.setup, flips=(replace(row("de", 4, 1, 0), seeds=(1, 2, 3, 4, 5, 6, 7)), replace(row("en", 4, 1, 0), seeds=(1, 5)))
    )
    study, shown = at_hand(plan.study, replace(results, setup=setup))
    assert study.seeds == (1, 2, 3, 4, 5)
    assert {one.seed for one in shown.setup.selection} == {1, 2, 3, 4, 5}
    assert [one.language for one in shown.setup.flips] == ["en"]
