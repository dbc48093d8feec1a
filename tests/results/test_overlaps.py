"""Overlap found, remembered, and never guessed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.stilts import Plan
from stiltsreport.results import overlaps as module
from stiltsreport.results.overlaps import Compared, evaluation_sets, overlaps, training_sets, used
from stiltsreport.results.setup import OverlapFacts
from tests.results.stored import planned

TEXT = """\
title: T
models: [multilingual-e5-small]
intermediate: [squad]
target: [{task: xnli, languages: [en, de], train: snli}, {task: xquad, languages: [en]}]
seeds: [1, 2]
"""


def pairs(rows: list[tuple[str, str, str]]) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)


def squad(rows: list[tuple[str, str, str]]) -> str:
    """(question, context, answer)."""
    paragraphs = [
        {
            "context": context,
            "qas": [{"id": str(n), "question": question, "answers": [{"text": answer, "answer_start": context.index(answer)}]}],
        }
        for n, (question, context, answer) in enumerate(rows)
    ]
    return json.dumps({"data": [{"title": "T", "paragraphs": paragraphs}]})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    files = {
        "snli/train.tsv": pairs(
            [
                ("A man sleeps in the house.", "He is at home now.", "entailment"),
                ("A dog runs in the park.", "It sits there.", "contradiction"),
            ]
        ),
        "xnli/dev-en.tsv": pairs([("The old woman reads a book.", "She is reading it aloud.", "neutral")]),
        # one premise of SNLI under another spelling, one hypothesis of three words that is equal by chance, one sentence of the dev set
        "xnli/test-en.tsv": pairs(
            [
                ("a man sleeps, in the HOUSE", "It sits there", "neutral"),
                ("Something new stands here today.", "She is reading it aloud!", "entailment"),
            ]
        ),
        "xnli/test-de.tsv": pairs([("Ein Mann schläft im Haus.", "Er ist jetzt zu Hause.", "entailment")]),
        "squad/train-v1.1.json": squad([("Where does the river begin?", "The river begins in the far mountains.", "mountains")]),
        "squad/dev-v1.1.json": squad([("Who wrote the long letter?", "The letter was written by Anna in May.", "Anna")]),
        "xquad/xquad.en.json": squad(
            [
                ("When was the letter written?", "The letter was written by Anna in May.", "May"),
                ("Where does the river begin?", "Nobody knows it any more today.", "Nobody"),
            ]
        ),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def counts(rows: tuple[OverlapFacts, ...]) -> dict[tuple[str, str, str, str], tuple[int | None, int | None]]:
    return {(row.training, row.training_role, row.evaluated, row.language): (row.shared, row.of) for row in rows}


def test_equal_texts_are_counted(tmp_path: Path, data: Path) -> None:
    plan = planned(tmp_path, data, TEXT)
    rows = overlaps(plan, tmp_path / "cache", lambda use: True)
    assert counts(rows) == {
        ("snli", "training", "xnli", "en"): (1, 3),  # the premise; three words are too few
        ("snli", "training", "xnli", "de"): (0, 2),
        ("snli", "training", "xquad", "en"): (0, 4),
        ("xnli", "selection", "xnli", "en"): (1, 3),
        ("xnli", "selection", "xnli", "de"): (0, 2),
        ("xnli", "selection", "xquad", "en"): (0, 4),
        ("squad", "training", "xnli", ""): (0, 5),
        ("squad", "training", "xquad", "en"): (1, 4),  # the question
        ("squad", "selection", "xnli", ""): (0, 5),
        ("squad", "selection", "xquad", "en"): (1, 4),  # the paragraph
    }


def test_what_is_known_is_said_once(tmp_path: Path, data: Path) -> None:
    rows = overlaps(planned(tmp_path, data, TEXT), tmp_path / "cache", lambda use: True)
    told = {(row.training, row.training_role, row.evaluated) for row in rows if row.known}
    assert ("squad", "training", "xquad") in told
    assert ("squad", "selection", "xquad") not in told


def test_a_second_look_reads_nothing(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(tmp_path, data, TEXT)
    first = overlaps(plan, tmp_path / "cache", lambda use: True)

    def refuse(one: Compared) -> None:
        raise AssertionError(one)

    monkeypatch.setattr(module, "used", refuse)
    assert overlaps(plan, tmp_path / "cache", lambda use: True) == first
    (tmp_path / "cache" / "pairs.json").write_text('{"version": 1, "pai', encoding="utf-8")  # torn: the texts are still remembered
    assert overlaps(plan, tmp_path / "cache", lambda use: True) == first


def test_an_edited_file_is_read_again(tmp_path: Path, data: Path) -> None:
    overlaps(planned(tmp_path, data, TEXT), tmp_path / "cache", lambda use: True)
    file = data / "xnli" / "test-de.tsv"
    file.write_text(pairs([("A dog runs in the park.", "Er ist jetzt zu Hause.", "entailment")]), encoding="utf-8")
    rows = counts(overlaps(planned(tmp_path, data, TEXT), tmp_path / "cache", lambda use: True))
    assert rows["snli", "training", "xnli", "de"] == (1, 2)


def test_only_what_is_used_counts(tmp_path: Path, data: Path) -> None:
    plan = planned(tmp_path, data, TEXT + "limit: {train: 1, evaluate: 1}\n")
    rows = counts(overlaps(plan, tmp_path / "cache", lambda use: True))
    assert rows["snli", "training", "xnli", "de"] == (0, 2)
    assert max(of or 0 for _, of in rows.values()) <= 4
    one = next(one for one in training_sets(plan) if one.use.task.name == "snli")
    assert len(used(one)) == 1  # type: ignore[arg-type]


def test_hub_data_that_were_never_loaded_are_unknown(tmp_path: Path, data: Path) -> None:
    from dataclasses import replace

    from stiltsreport.tasks.sources import HubData

    plan = planned(tmp_path, data, TEXT)

    def on_hub(use: DataUse) -> DataUse:
        source = replace(use.source, fingerprint="hub:x", files=(), hub=(HubData("facebook/xnli", "de", "test", "0" * 40),))
        return replace(use, source=source)

    def changed(plan: Plan) -> Plan:
        runs = tuple(
            replace(run, evaluations=tuple(replace(job, data=on_hub(job.data)) if job.language == "de" else job for job in run.evaluations))
            for run in plan.runs
        )
        return replace(plan, runs=runs)

    rows = counts(overlaps(changed(plan), tmp_path / "cache", lambda use: False))
    assert rows["snli", "training", "xnli", "de"] == (None, None)
    assert rows["snli", "training", "xnli", "en"] == (1, 3)


def test_data_that_cannot_be_read_are_unknown(tmp_path: Path, data: Path) -> None:
    plan = planned(tmp_path, data, TEXT)
    (data / "xnli" / "test-de.tsv").unlink()
    rows = counts(overlaps(plan, tmp_path / "cache", lambda use: True))
    assert rows["snli", "training", "xnli", "de"] == (None, None)


def test_every_set_once(tmp_path: Path, data: Path) -> None:
    plan = planned(tmp_path, data, TEXT)
    assert [(one.role, one.use.task.name) for one in training_sets(plan)] == [
        ("training", "squad"), ("selection", "squad"), ("training", "snli"), ("selection", "xnli"),
    ]  # fmt: skip
    assert [(one.use.task.name, one.use.source.language) for one in evaluation_sets(plan)] == [
        ("xnli", "de"),
        ("xnli", "en"),
        ("xquad", "en"),
    ]
