"""A unit's evaluations in passes: which go together, what is left out, how cost is shared; retrieval's texts encoded once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.execute import evaluate
from stiltsreport.execute.evaluate import portions, together
from stiltsreport.execute.progress import Evaluated
from stiltsreport.modeling import retrieval
from stiltsreport.plan.units import missing_units
from stiltsreport.tasks.examples import Passage
from tests.execute.conftest import Built, Watcher, planned, predictions, prepared, serially

XNLI = ("intermediate=[]", "target=[{task: xnli, languages: [en, de, sw], train: snli}, {task: xcopa, languages: [id]}]")


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The languages of every pass since."""
    found: list[tuple[str, ...]] = []
    real = evaluate.evaluate_sets

    def recorded(model: Any, sets: Any, padding: Any, protocol: Any, languages: Any, peers: Any) -> Any:
        found.append(tuple(languages))
        return real(model, sets, padding, protocol, languages, peers)

    monkeypatch.setattr(evaluate, "evaluate_sets", recorded)
    return found


def test_portions():
    assert list(portions([3, 3, 4, 9, 1, 8, 1], int, 8)) == [[3, 3], [4], [9], [1], [8], [1]]
    assert list(portions([3, 5, 1], int, 8)) == [[3, 5], [1]]
    assert list(portions([], int, 8)) == []


def test_one_task_and_protocol_together(built: Built):
    jobs = list(built.replan(*XNLI).evaluations.values())
    mixed = [jobs[0], jobs[3], jobs[2], jobs[1]]
    assert together(mixed) == [[jobs[0], jobs[2], jobs[1]], [jobs[3]]]


def test_all_languages_in_one_pass(built: Built, tmp_path: Path, passes: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch):
    plan = built.replan(*XNLI)
    store, watcher = prepared(tmp_path / "together"), Watcher()
    serially(missing_units(plan, store), store, watcher)
    assert sorted(passes) == [("de", "en", "sw"), ("id",)]  # as the plan lists them
    events = [event for event in watcher.events if isinstance(event, Evaluated)]
    assert [(event.done, event.total) for event in events] == [(1, 3), (2, 3), (3, 3), (1, 1)]
    passes.clear()
    monkeypatch.setitem(evaluate.PASS_TOKENS, "cpu", 1)
    alone = prepared(tmp_path / "alone")
    serially(missing_units(plan, alone), alone)
    assert sorted(passes) == [("de",), ("en",), ("id",), ("sw",)]
    assert predictions(plan, store) == predictions(plan, alone)
    for job in plan.evaluations:
        one, other = store.record("evaluations", job), alone.record("evaluations", job)
        for key in ("n", "values", "sums", "examples", "tokens", "language"):
            assert one[key] == other[key]


def test_seconds_are_shared_by_tokens(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ticks = iter(range(10**6))
    monkeypatch.setattr(evaluate.time, "perf_counter", lambda: float(next(ticks)))
    plan, store = built.replan(*XNLI), prepared(tmp_path / "store")
    serially(missing_units(plan, store), store)
    records = [store.record("evaluations", job.id) for job in plan.evaluations.values() if job.data.task.name == "xnli"]
    tokens = [record["tokens"] for record in records]
    assert len(set(tokens)) > 1
    # A tick to open each set, and one for the pass
    assert [record["seconds"] for record in records] == pytest.approx([1 + count / sum(tokens) for count in tokens])
    assert all(record["peak_bytes"] > 10**7 for record in records)


def test_what_is_stored_is_left_out(built: Built, tmp_path: Path, passes: list[tuple[str, ...]]):
    plan, store, watcher = built.replan(*XNLI), prepared(tmp_path / "store"), Watcher()
    units = missing_units(plan, store)
    serially(units, store)
    passes.clear()
    before = predictions(plan, store)
    (german,) = (job for job in plan.evaluations.values() if job.language == "de")
    shutil.rmtree(store.path("evaluations", german.id))
    serially([unit for unit in units if len(unit.evaluations) == 3], store, watcher)
    assert passes == [("de",)]
    assert [(event.done, event.total) for event in watcher.events if isinstance(event, Evaluated)] == [(3, 3)]
    assert predictions(plan, store) == before


@pytest.fixture
def two_tatoebas(tmp_path: Path, tiny_data: Path) -> Path:
    """Tatoeba in German and French with the same English sides but for one sentence."""
    folder = tmp_path / "data" / "tatoeba"
    folder.mkdir(parents=True)
    for name in ("deu", "eng"):
        shutil.copy(tiny_data / "tatoeba" / f"tatoeba.deu-eng.{name}", folder)
    english = (folder / "tatoeba.deu-eng.eng").read_text(encoding="utf-8").splitlines()
    (folder / "tatoeba.fra-eng.eng").write_text("\n".join([*english[:-1], "One man runs on blue."]) + "\n", encoding="utf-8")
    (folder / "tatoeba.fra-eng.fra").write_text("\n".join(f"{line} é" for line in english) + "\n", encoding="utf-8")
    return folder.parent


def test_texts_of_retrieval_are_encoded_once(
    built: Built, tmp_path: Path, tiny_model: Path, two_tatoebas: Path, monkeypatch: pytest.MonkeyPatch
):
    encoded: list[list[str]] = []
    real = retrieval.sentence_encoder

    def recorded(encoder: Any, passages: list[Passage], *rest: Any) -> Any:
        encoded.append([passage.text for passage in passages])
        return real(encoder, passages, *rest)

    monkeypatch.setattr(retrieval, "sentence_encoder", recorded)
    plan = planned(tmp_path, tiny_model, two_tatoebas, "intermediate=[]", "target=[{task: tatoeba, languages: [de, fr]}]")
    assert len(plan.evaluations) == 2
    store = prepared(tmp_path / "together")
    assert {outcome.state for outcome in serially(missing_units(plan, store), store)} == {"done"}
    (texts,) = encoded  # one run for both languages
    assert len(texts) == len(set(texts))
    assert len(texts) <= 31  # 10 German, 10 French, 11 English sentences
    encoded.clear()
    monkeypatch.setitem(evaluate.PASS_TOKENS, "cpu", 1)
    alone = prepared(tmp_path / "alone")
    serially(missing_units(plan, alone), alone)
    assert len(encoded) == 2
    assert not set(encoded[0]) & set(encoded[1])
    assert predictions(plan, store) == predictions(plan, alone)
    for job in plan.evaluations:
        record = store.record("evaluations", job)
        assert (record["n"], record["pool"], record["examples"], record["tokens"]) == (10, 10, 20, 0)
        assert record["seconds"] > 0


def test_rows_are_in_the_order_of_the_set(built: Built):
    for job in built.plan.evaluations.values():
        rows = (built.store.path("evaluations", job.id) / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
        assert len({json.loads(row)["id"] for row in rows}) == 10
