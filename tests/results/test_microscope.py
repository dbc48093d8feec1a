"""The transfer microscope on answers that were decided by hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stiltsreport.metrics.item_counts import FILE
from stiltsreport.plan.jobs import Evaluate
from stiltsreport.plan.plan import Plan
from stiltsreport.recipes import Protocol
from stiltsreport.results import Setup
from stiltsreport.results.answers import AnswerReader, confusion
from stiltsreport.results.collect import gather
from stiltsreport.results.microscope import spread
from stiltsreport.results.microscope_facts import ConfusionFacts, HitFacts, ItemFacts, LookedAt, Microscope, SpanFacts
from stiltsreport.results.turned import Tally, turned_items
from stiltsreport.store import Store
from stiltsreport.tasks import TASKS
from tests.results.kept import Rows, keep, write
from tests.results.stored import fill, planned

MODEL = "multilingual-e5-small"
STUDY = """\
title: Microscope
models: [multilingual-e5-small]
intermediate: [hellaswag]
target:
  - {task: xnli, languages: [en, de, sw], train: snli}
  - {task: xquad, languages: [en, de]}
  - {task: tatoeba, languages: [de]}
seeds: [1, 2, 3]
limit: {train: 12, evaluate: 6}
"""
GOLD = {"a": "entailment", "b": "neutral", "c": "contradiction", "d": "entailment"}
# Rightly answered items by (arm, language), in seeds 1, 2, 3; what is wrong is called neutral, and b contradiction.
RIGHT = {
    ("none", "en"): ("ab", "ab", "ab"), ("hellaswag", "en"): ("abc", "abc", "ab"),
    ("none", "de"): ("bd", "bd", "d"), ("hellaswag", "de"): ("abc", "ac", "cd"),
    ("none", "sw"): ("", "c", "d"), ("hellaswag", "sw"): ("ad", "ad", "bc"),
}  # fmt: skip
CONTEXT = "on the red mat of the blue house"
SPANS = {("none", 1): ("the red mat", "blue"), ("none", 2): ("nothing", "the blue house"), ("none", 3): ("red mat", "house"),
         ("hellaswag", 1): ("red mat", "blue house"), ("hellaswag", 2): ("mat", "the blue house"), ("hellaswag", 3): ("of", "blue")}  # fmt: skip
SPAN_GOLD = ("red mat", "blue house")


def answered(arm: str, seed: int | None, job: Evaluate) -> Rows | None:
    task = job.data.task.name
    if task == "xnli":
        right = RIGHT[arm, job.language][(seed or 0) - 1]
        wrong = {name: "contradiction" if name == "b" else "neutral" for name in GOLD}
        return [(name, gold if name in right else wrong[name], gold) for name, gold in GOLD.items()]
    if task == "xquad":
        return [(f"q{place}", text, [SPAN_GOLD[place]]) for place, text in enumerate(SPANS[arm, seed or 0])]
    if arm == "none":  # nothing is trained: one evaluation, which every seed of the arm is paired with
        return [("1", ["x", "y"], ["x"]), ("2", ["y", "x"], ["x"]), ("3", [], ["z"])]
    return [("1", ["x"], ["x"]) if seed == 1 else ("1", ["y"], ["x"]), ("2", ["x"], ["x"]), ("3", ["z"], ["z"])]


@pytest.fixture
def plan(tmp_path: Path, tiny_data: Path) -> Plan:
    return planned(tmp_path, tiny_data, STUDY)


@pytest.fixture
def store(tmp_path: Path, plan: Plan) -> Store:
    made = Store(tmp_path / "store")
    fill(made, plan)
    keep(made, plan, answered)
    return made


def seen(plan: Plan, store: Store) -> Microscope:
    return gather(plan, store).setup.microscope


def item(target: str, way: Any, name: str, turned: int, right: str, languages: int = 3, seeds: tuple[int, ...] = (1, 2, 3)) -> ItemFacts:
    return ItemFacts(MODEL, "plain", "hellaswag", target, way, name, turned, languages, seeds, right)


def test_items_that_turn_in_most_languages(plan: Plan, store: Store) -> None:
    found = [one for one in seen(plan, store).items if one.target == "xnli"]
    # By hand, seeds that are right of three, baseline and arm. a: en 3 3, de 0 2, sw 0 2. b: en 3 3, de 2 1, sw 0 1. c: en 0 2, de 0 3, sw 1 1.
    # d: en 0 0, de 3 1, sw 1 2. So a and c turn right in two languages, and a gains four seeds where c gains five; d turns right in Swahili
    # and wrong in German, b wrong in German.
    assert found == [
        item("xnli", "gained", "c", 2, "de 0 3 3, en 0 2 3, sw 1 1 3"),
        item("xnli", "gained", "a", 2, "de 0 2 3, en 3 3 3, sw 0 2 3"),
        item("xnli", "gained", "d", 1, "de 3 1 3, en 0 0 3, sw 1 2 3"),
        item("xnli", "lost", "b", 1, "de 2 1 3, en 3 3 3, sw 0 1 3"),
        item("xnli", "lost", "d", 1, "de 3 1 3, en 0 0 3, sw 1 2 3"),
    ]
    assert found[0].by_language == {"de": (0, 3, 3), "en": (0, 2, 3), "sw": (1, 1, 3)}


def test_confusion_by_group_of_languages(plan: Plan, store: Store) -> None:
    english, others = seen(plan, store).confusion
    # English, three seeds: a is right in all (3 in entailment), b too; d is called neutral in all; c is right in no seed, then in two.
    assert english == ConfusionFacts(
        MODEL, "plain", "hellaswag", "xnli", "English", ("en",), (1, 2, 3),
        ((3, 3, 0), (0, 3, 0), (0, 3, 0)), ((3, 3, 0), (0, 3, 0), (0, 1, 2)),
    )  # fmt: skip
    # German and Swahili under the baseline: a 0 + 0, d 3 + 1 right of six each; b 2 + 0; c 0 + 1. In the arm: a 2 + 2, d 1 + 2; b 1 + 1; c 3 + 1.
    assert others.languages == ("de", "sw")
    assert others.baseline == ((4, 8, 0), (0, 2, 4), (0, 5, 1))
    assert others.own == ((7, 5, 0), (0, 2, 4), (0, 2, 4))


def test_overlaps_of_spans_by_brute_force(plan: Plan, store: Store) -> None:
    def overlap(text: str, gold: str) -> float:
        ours, theirs = ([word for word in words.split() if word != "the"] for words in (text, gold))
        shared = len(set(ours) & set(theirs))
        return 2 * shared / (len(ours) + len(theirs))

    def bins(arm: str) -> list[int]:
        values = [overlap(text, gold) for seed in (1, 2, 3) for text, gold in zip(SPANS[arm, seed], SPAN_GOLD, strict=True)]
        return [sum(value == 0 for value in values), sum(0 < value <= 0.5 for value in values),
                sum(0.5 < value < 1 for value in values), sum(value == 1 for value in values)]  # fmt: skip

    english, german = seen(plan, store).spans
    assert (english.group, german.group, german.languages) == ("English", "other languages", ("de",))
    for row in (english, german):
        assert (list(row.baseline), list(row.own)) == (bins("none"), bins("hellaswag"))
        # By seed: red mat 1 = 1, blue .67 < 1; nothing < mat, = ; red mat > of, house .67 = blue .67.
        assert (row.up, row.down) == (2, 1)
    assert spread(np.array([0.0, 0.5, 0.500001, 1.0])).tolist() == [1, 1, 1, 1]


def test_hits_beside_a_baseline_that_has_no_seeds(plan: Plan, store: Store) -> None:
    # Three seeds of three queries: the baseline has the first right each time; the arm has 3, 2 and 2 right and loses the first in two.
    assert seen(plan, store).hits == (
        HitFacts(MODEL, "plain", "hellaswag", "tatoeba", "other languages", ("de",), (1, 2, 3), 9, 3, 7, 6, 2),
    )


def test_a_language_that_was_not_evaluated_is_left_out(tmp_path: Path, plan: Plan) -> None:
    store = Store(tmp_path / "less")
    fill(store, plan)
    keep(store, plan, lambda arm, seed, job: None if (arm, job.language) == ("hellaswag", "de") else answered(arm, seed, job))
    found = seen(plan, store)
    assert {tuple(one.by_language) for one in found.items if one.target == "xnli"} == {("en", "sw")}
    assert [row.languages for row in found.confusion] == [("en",), ("sw",)]
    assert [row.group for row in found.spans] == ["English"]
    assert [one for one in found.items if one.target == "xquad"] == []  # one language has no other to stand beside


def test_other_items_in_a_seed_are_no_pair(tmp_path: Path, plan: Plan) -> None:
    def other(arm: str, seed: int | None, job: Evaluate) -> Rows | None:
        rows = answered(arm, seed, job)
        return rows[:-1] if rows and (arm, seed, job.language) == ("hellaswag", 2, "en") else rows

    store = Store(tmp_path / "other")
    fill(store, plan)
    keep(store, plan, other)
    found = seen(plan, store)
    assert {tuple(one.by_language) for one in found.items if one.target == "xnli"} == {("de", "sw")}
    assert [row.seeds for row in found.spans] == [(1, 3), (1, 2, 3)]
    assert [row.seeds for row in found.confusion] == [(1, 3), (1, 2, 3)]


def test_nothing_without_items_or_a_baseline(tmp_path: Path, tiny_data: Path, plan: Plan) -> None:
    store = Store(tmp_path / "bare")
    fill(store, plan)
    assert seen(plan, store) == Microscope()
    alone = planned(tmp_path, tiny_data, STUDY.replace("intermediate: [hellaswag]\n", ""))
    fill(store, alone)
    keep(store, alone, answered)
    assert seen(alone, store) == Microscope()
    lacking = Store(tmp_path / "no-baseline")
    base = {job.id for run in plan.runs if run.arm == "none" for job in run.evaluations}
    fill(lacking, plan, lambda job: job.id not in base)
    keep(lacking, plan, answered)
    assert seen(plan, lacking) == Microscope()


def test_damaged_files_are_no_answers(plan: Plan, store: Store) -> None:
    for run in plan.runs:
        for job in run.evaluations:
            folder = store.path("evaluations", job.id)
            if run.target == "xnli" and run.arm == "hellaswag" and job.language == "en":
                (folder / FILE).write_bytes(b"ARROW1")
                (folder / "predictions.jsonl").write_text('{"id": "a", "prediction": "neutral", "gold"')
    found = seen(plan, store)
    assert [row.group for row in found.confusion] == ["other languages"]
    assert {tuple(one.by_language) for one in found.items if one.target == "xnli"} == {("de", "sw")}


def test_of_many_arms_the_two_ends_of_the_gains(tmp_path: Path, tiny_data: Path) -> None:
    names = ["hellaswag", "snli", "squad", "siqa", "copa"]
    text = STUDY.replace("[hellaswag]", f"[{', '.join(names)}]").replace("seeds: [1, 2, 3]", "seeds: [1]")
    plan = planned(tmp_path, tiny_data, text)
    store = Store(tmp_path / "many")
    fill(store, plan)
    keep(store, plan, lambda arm, seed, job: answered("none" if arm == "none" else "hellaswag", seed, job))
    results = gather(plan, store)
    values = {
        arm: [row.value for row in results.scores if (row.intermediate, row.target, row.stage) == (arm, "xnli", "target")]
        for arm in ("none", *names)
    }
    gains = {arm: sum(values[arm]) - sum(values["none"]) for arm in names}
    ends = {max(names, key=gains.__getitem__), min(names, key=gains.__getitem__)}
    (looked,) = [one for one in results.setup.microscope.looked if one.target == "xnli"]
    assert looked == LookedAt(MODEL, "xnli", tuple(("plain", arm) for arm in names if arm in ends), 5)
    assert {row.intermediate for row in results.setup.microscope.confusion} == ends


def test_it_stands_in_the_folder(plan: Plan, store: Store) -> None:
    setup = gather(plan, store).setup
    assert Setup.from_json(json.loads(json.dumps(setup.to_json()))).microscope == setup.microscope
    assert setup.microscope.within(lambda seed: seed in (1, 2)).items == ()
    older = {name: value for name, value in json.loads(json.dumps(setup.to_json())).items() if name != "microscope"}
    assert Setup.from_json(older).microscope == Microscope()


def test_even_seeds_turn_nothing() -> None:
    one = Tally("en", (1, 2), ("a", "b"), np.array([1, 0]), np.array([2, 2]))
    other = Tally("de", (1, 2), ("b", "c"), np.array([2, 0]), np.array([1, 0]))
    assert one.turns.tolist() == [0, 1]  # a: even under the baseline
    assert other.turns.tolist() == [0, 0]  # b: even in the arm
    assert [(row.item, row.turned, row.languages) for row in turned_items([one, other], 1, 5)] == [("b", 1, 2)]
    assert turned_items([one, other], -1, 5) == []
    assert turned_items([], 1, 5) == []


def test_rankings_tags_and_mined_pairs(tmp_path: Path) -> None:
    rows: dict[str, Rows] = {
        "udpos": [("1", ["NOUN", "VERB"], ["NOUN", "VERB"]), ("2", ["NOUN", "NOUN"], ["NOUN", "DET"]), ("3", ["O", "O"], ["O", "O"])],
        "lareqa": [("1", ["x", "y"], ["x", "y"]), ("2", ["z", "x"], ["x", "y"]), ("3", [], ["x"]), ("4", ["x", "z"], ["x", "y"])],
        "bucc2018": [("1", "x", ["x"]), ("2", "x", []), ("3", None, ["z"])],
    }
    store = Store(tmp_path / "store")
    found = {}
    for name, answers in rows.items():
        folder = store.path("evaluations", name)
        folder.mkdir(parents=True)
        write(folder, TASKS[name], Protocol(), "en", answers)
        found[name] = AnswerReader(store, TASKS[name]).read(name)
    tags, ranked, mined = found.values()
    assert tags is not None
    assert ranked is not None
    assert mined is not None
    # One run of NOUN against NOUN and DET: no chunk agrees. A sentence without chunks on either side agrees whole.
    assert (tags.right.tolist(), None if tags.overlap is None else tags.overlap.tolist()) == ([True, False, True], [1.0, 0.0, 1.0])
    assert (ranked.right.tolist(), ranked.overlap) == ([True, False, False, True], None)  # average precisions 1, .25, 0, .5
    assert (mined.right.tolist(), mined.asked.tolist()) == ([True, False, False], [True, False, True])


def test_labels_with_quotation_marks(tmp_path: Path) -> None:
    labels = ('a "b"', 'c\\"', "ja, \u00e4")
    file = tmp_path / "predictions.jsonl"
    rows = [{"id": '"prediction": "x", "gold": "y", "counts"', "prediction": labels[0], "gold": labels[1], "counts": {}},
            {"id": "2", "prediction": labels[2], "gold": labels[2], "counts": {}}]  # fmt: skip
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    expected = [[0, 0, 0], [1, 0, 0], [0, 0, 1]]
    assert confusion(file, labels).tolist() == expected
    file.write_text("".join(json.dumps(dict(sorted(row.items()))) + "\n" for row in rows), encoding="utf-8")  # written otherwise
    assert confusion(file, labels).tolist() == expected
    with pytest.raises(KeyError):
        confusion(file, labels[:2])


def test_facts_are_plain(plan: Plan, store: Store) -> None:
    for row in seen(plan, store).spans:
        assert isinstance(row, SpanFacts)
        assert all(isinstance(count, int) for count in (*row.baseline, *row.own, row.up, row.down))
        json.dumps(asdict(row))
