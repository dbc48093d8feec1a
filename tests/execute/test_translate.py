"""Translation jobs: what they store, that they store it whole or not at all, and that it is read back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.execute import inputs
from stiltsreport.execute.inputs import Reading, examples_of
from stiltsreport.execute.progress import Evaluated
from stiltsreport.execute.translate import translate
from stiltsreport.execute.translations import translated_examples
from stiltsreport.methods import Sampled, Translation
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.jobs import Translate
from stiltsreport.plan.pretrained import content_of
from stiltsreport.tasks import MLM, TASKS
from stiltsreport.tasks.examples import Question, SentencePair
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.local import local_sources
from tests.execute.conftest import prepared, settings
from tests.execute.test_translators import ECHO
from tests.modeling.tiny_translators import madlad
from tests.tasks.folder import fill, squad


@pytest.fixture(autouse=True)
def _forget():
    inputs.remembered.clear()


@pytest.fixture
def store(tmp_path):
    return prepared(tmp_path / "store")


def use(data, task, **changes):
    return DataUse(TASKS[task], local_sources(TASKS[task], data, Memo())["train", "en"], **changes)


def job(data, task="snli", command=f"{ECHO} ''", **changes):
    return Translate(use(data, task, **changes), "es", "command", command)


def done(work, store):
    told = []
    translate(work, settings(store), store, told.append)
    return told


def test_pairs_are_translated_with_their_labels(tiny_data, store):
    work = job(tiny_data)
    told = done(work, store)
    _, originals = examples_of(work.data, None, Reading(True, store))
    found = translated_examples(store, work.id)
    assert found == tuple(SentencePair(one.id, one.first.upper(), one.second.upper(), one.label) for one in originals)
    record = store.record("translations", work.id)
    lines = {text for one in originals for text in (one.first, one.second)}
    assert {name: record[name] for name in ("task", "from", "to", "kept", "dropped", "outcomes", "lines", "kind")} == {
        "task": "snli", "from": "en", "to": "es", "kept": 24, "dropped": 0, "outcomes": {"whole": 24}, "lines": len(lines), "kind": "command",
    }  # fmt: skip
    assert record["seconds"] > 0
    assert record["machine"]["device"] == "cpu"
    ingredients = json.loads((store.path("translations", work.id) / "ingredients.json").read_text(encoding="utf-8"))
    assert ingredients == json.loads(json.dumps(work.ingredients))
    assert told == [Evaluated(work.id, len(lines), len(lines))]


def test_a_training_reads_them_as_its_set(tiny_data, store):
    work = job(tiny_data, "squad")
    done(work, store)
    _, found = examples_of(replace(work.data, change=Translation(work.id, "es")), None, Reading(True, store))
    assert found == translated_examples(store, work.id)
    assert all(isinstance(one, Question) and one.question.isupper() for one in found)
    assert all(one.context[start : start + len(text)] == text for one in found for text, start in one.answers)


@pytest.mark.parametrize("task", ["hellaswag", "squad", "siqa", "copa"])
def test_every_form_is_read_back_as_it_was_written(tiny_data, store, task):
    work = job(tiny_data, task, limit=7)
    done(work, store)
    found = translated_examples(store, work.id)
    assert len(found) == 7
    assert found == eval(repr(found), {type(one).__name__: type(one) for one in found}), "tuples, not lists"
    assert all(hash(one) for one in found)


def test_a_part_or_a_sample_of_a_set_is_translated_alone(tiny_data, store):
    work = job(tiny_data, change=Sampled(5, 1))
    done(work, store)
    assert len(translated_examples(store, work.id)) == 5
    assert work.id != job(tiny_data).id != job(tiny_data, command="other").id


def test_lost_answers_are_dropped_and_counted(tmp_path, store):
    context = "He won. She lost it all."
    fill(tmp_path, {"squad/train-v1.1.json": squad((context, [("a", "Who?", [("She", 8)]), ("b", "What?", [("won", 3)])]))})
    script = tmp_path / "translator.py"
    script.write_text(
        "import sys\nfor line in sys.stdin:\n    print(line.strip().replace('[She]', 'Sie').replace('[won]', '[ gewann ]'))\n",
        encoding="utf-8",
    )
    work = job(tmp_path, "squad", f"{ECHO.split()[0]} {script}")
    done(work, store)
    (kept,) = translated_examples(store, work.id)
    assert (kept.id, kept.context, kept.answers) == ("b", "He gewann. She lost it all.", (("gewann", 3),))
    record = store.record("translations", work.id)
    assert (record["kept"], record["dropped"], record["outcomes"]) == (1, 1, {"lost answer": 1, "marked": 1})


@pytest.mark.parametrize(
    ("task", "command", "message"),
    [
        ("snli", f"{ECHO} status", "no such mode"),
        ("snli", f"{ECHO} joined", "lines 1-.*: gave 1 lines for"),
        ("snli", f"{ECHO} empty", "none of 24 examples survived the translation to es"),
    ],
)
def test_what_fails_leaves_nothing(tiny_data, store, task, command, message):
    work = job(tiny_data, task, command)
    with pytest.raises(StiltsReportError, match=message):
        done(work, store)
    assert not store.has("translations", work.id)
    assert list((store.folder / "scratch").iterdir()) == []
    with pytest.raises(StiltsReportError, match=f"translation {work.id}: has not been made yet"):
        translated_examples(store, work.id)


def test_a_pool_that_is_searched_is_refused(tmp_path, store):
    fill(tmp_path, {"tatoeba/tatoeba.deu-eng.deu": "Ja.\nNein.\n", "tatoeba/tatoeba.deu-eng.eng": "Yes.\nNo.\n"})
    source = local_sources(TASKS["tatoeba"], tmp_path, Memo())["test", "de"]
    work = Translate(DataUse(TASKS["tatoeba"], source), "es", "command", f"{ECHO} ''")
    with pytest.raises(StiltsReportError, match="Tatoeba: a pool that is searched cannot be translated; a set of examples"):
        done(work, store)


def test_an_interrupt_leaves_nothing(tiny_data, store):
    work = job(tiny_data)

    def interrupted(_event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        translate(work, settings(store), store, interrupted)
    assert not store.has("translations", work.id)
    done(work, store)
    assert len(translated_examples(store, work.id)) == 24


def test_lines_of_plain_text(tmp_path, store):
    fill(tmp_path, {"mlm/en.txt": "One line. Two.\nOne line.\n"})
    source = local_sources(MLM, tmp_path, Memo())["train", "en"]
    work = Translate(DataUse(MLM, source), "es", "command", f"{ECHO} ''")
    done(work, store)
    assert [one.text for one in translated_examples(store, work.id)] == ["ONE LINE. TWO.", "ONE LINE."]
    assert store.record("translations", work.id)["lines"] == 2


def test_a_model_of_a_folder(tiny_data, tmp_path, store):
    folder = madlad(tmp_path / "madlad400-tiny")
    revision = content_of(folder, Memo())
    work = Translate(use(tiny_data, "snli", limit=4), "es", "model", str(folder), revision)
    done(work, store)
    found = translated_examples(store, work.id)
    assert 0 < len(found) <= 4
    assert store.record("translations", work.id)["translator"] == str(folder)
    other = replace(work, revision="0" * 20)
    assert other.id != work.id
    with pytest.raises(StiltsReportError, match="has changed since the study was planned"):
        done(other, store)
