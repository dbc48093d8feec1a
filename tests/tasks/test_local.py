"""Which files belong to which split and language, and what pins them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from stiltsreport.errors import DataError
from stiltsreport.tasks import MLM, TASKS
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.local import LAYOUTS, accepted, found_files, local_sources, missing_parts
from stiltsreport.tasks.task import Task
from tests.tasks.folder import fill, lines, load, sources, table

PAIR = "a\tb\tneutral\n"


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_example_of_every_layout_is_accepted_by_it(tmp_path, name):
    """What `list tasks NAME` prints is what is read."""
    for layout in LAYOUTS[name]:
        assert re.fullmatch(layout.pattern, layout.example), layout.example
        if not layout.example.startswith(".."):
            fill(tmp_path / layout.example.replace("/", "_"), {f"{name}/{layout.example}.gz": "x"})
            (found,) = found_files({**TASKS, "mlm": MLM}[name], tmp_path / layout.example.replace("/", "_"))
            assert found.layout.role == layout.role


def test_the_task_says_what_its_folder_may_hold():
    assert accepted(TASKS["panx"])[0] == ("panx/dev-de.tsv[.gz]", "Berlin<TAB>B-LOC, a blank line after each sentence")
    assert [name for name, _ in accepted(TASKS["anli-plus"])] == ["snli/", "mnli/", "anli/"]


def test_no_folder_is_no_source(tmp_path):
    for task in TASKS.values():
        assert local_sources(task, tmp_path, Memo()) == {}
        assert local_sources(task, None, Memo()) == {}


def test_files_of_other_names_are_left_alone(tmp_path):
    fill(
        tmp_path,
        {
            f"xnli/{name}": "?"
            for name in ("test-xx-yy.tsv", "test-de.tsv~", ".test-de.tsv.swp", "README.md", "tests-de.tsv", "old/test-de.tsv")
        },
    )
    assert sources(tmp_path, "xnli") == {}


def test_a_split_in_two_forms_is_refused(tmp_path):
    """Read together they would double every example."""
    fill(tmp_path, {"snli/train.tsv": PAIR, "snli/train.jsonl": lines({})})
    with pytest.raises(DataError, match=r"one split in 2 forms: train\.jsonl, train\.tsv; keep one of them"):
        sources(tmp_path, "snli")
    fill(tmp_path, {"mnli/train.tsv": PAIR, "mnli/train-en.tsv": PAIR})
    with pytest.raises(DataError, match=r"one split in 2 forms: train-en\.tsv, train\.tsv"):
        sources(tmp_path, "mnli")
    fill(tmp_path, {"xnli/test-de.tsv": PAIR, "xnli/test-de.tsv.gz": PAIR})
    with pytest.raises(DataError, match=r"test-de\.tsv: lies there compressed and not compressed"):
        sources(tmp_path, "xnli")


def test_the_fingerprint_is_of_the_content(tmp_path):
    """The same text gives the same fingerprint wherever it lies and however it is packed; one other byte gives another."""
    one = fill(tmp_path / "one", {"snli/train.part1.tsv": PAIR, "snli/train.part2.tsv": PAIR})
    two = fill(tmp_path / "two", {"snli/train.part1.tsv.gz": PAIR, "snli/train.part2.tsv": PAIR})
    three = fill(tmp_path / "three", {"snli/train.part1.tsv": PAIR, "snli/train.part2.tsv": PAIR.replace("a", "A")})
    first, second, third = (sources(folder, "snli")["train", "en"] for folder in (one, two, three))
    assert first.fingerprint == second.fingerprint != third.fingerprint
    assert [Path(file.path).name for file in first.files] == ["train.part1.tsv", "train.part2.tsv"]


def test_the_memo_sees_an_edit_and_remembers_the_rest(tmp_path, monkeypatch):
    file = tmp_path / "memo" / "files.json"
    fill(tmp_path, {"snli/train.tsv": PAIR})
    memo = Memo(file)
    source = local_sources(TASKS["snli"], tmp_path, memo)["train", "en"]
    assert memo.counted(TASKS["snli"], source) == 1
    memo.save()
    memo.save()
    again = Memo(file)
    monkeypatch.setattr("stiltsreport.tasks.fingerprints.blocks", lambda path: pytest.fail("read again"))
    monkeypatch.setattr("stiltsreport.tasks.read.read", lambda source, task: pytest.fail("counted again"))
    assert local_sources(TASKS["snli"], tmp_path, again)["train", "en"] == source
    assert again.counted(TASKS["snli"], source) == 1
    monkeypatch.undo()
    path = tmp_path / "snli" / "train.tsv"
    fill(tmp_path, {"snli/train.tsv": PAIR.replace("a", "A")})  # of the same size
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1))
    assert local_sources(TASKS["snli"], tmp_path, again)["train", "en"].fingerprint != source.fingerprint


@pytest.mark.parametrize("torn", ["", "[]", '{"version": 2, "files": ', '{"version": 1}', "\0"])
def test_a_torn_memo_is_forgotten(tmp_path, torn):
    file = tmp_path / "memo.json"
    file.write_text(torn)
    fill(tmp_path, {"snli/train.tsv": PAIR})
    assert local_sources(TASKS["snli"], tmp_path, Memo(file))


def test_counting_reads_every_line(tmp_path):
    fill(tmp_path, {"snli/train.tsv": PAIR * 100 + "a\tb\n"})
    memo = Memo()
    with pytest.raises(DataError, match=r"train\.tsv:101"):
        memo.counted(TASKS["snli"], local_sources(TASKS["snli"], tmp_path, memo)["train", "en"])


def test_absent_parts_are_named(tmp_path):
    fill(tmp_path, {"snli/train.tsv": PAIR, "anli/dev_r1.jsonl": lines({"uid": "1", "context": "a", "hypothesis": "b", "label": "n"})})
    assert missing_parts(TASKS["anli-plus"], tmp_path, Memo()) == ["mnli", "anli"]
    assert missing_parts(TASKS["snli"], tmp_path, Memo()) == []


def own(**fields: object) -> Task:
    """A task that a study defines."""
    record: dict[str, object] = {
        "name": "reviews", "title": "Reviews", "type": "sequence_classification", "group": "classification", "languages": ("de", "fr"),
        "metrics": ("accuracy",), "reader": "columns", "citation": "", "labels": ("good", "bad"),
        "files": (("train", "own/train.csv"), ("test", "own/{language}.tsv")),
        "columns": (("first", "text"), ("label", "stars"), ("id", "nr")),
    }  # fmt: skip
    return Task(**{**record, **fields})


def test_a_studys_own_task(tmp_path):
    fill(tmp_path, {"own/train.csv": 'nr,text,stars\n7,"Good, really",0\n8,Bad,bad\n', "own/de.tsv": table("stars|text|nr", "good|Gut.|1")})
    task = own()
    memo = Memo()
    found = local_sources(task, tmp_path, memo)
    assert set(found) == {("train", "en"), ("test", "de")}
    (first, second) = load_own(task, tmp_path, "train", "en")
    assert (first.id, first.first, first.second, first.label, second.label) == ("7", "Good, really", None, "good", "bad")
    assert load_own(task, tmp_path, "test", "de")[0].first == "Gut."


def load_own(task, folder, split, language):
    from stiltsreport.tasks.read import read

    return read(local_sources(task, folder, Memo())[split, language], task)


def test_a_studys_own_task_with_a_column_that_is_not_there(tmp_path):
    fill(tmp_path, {"own/train.csv": "nr,text,points\n7,Good,0\n"})
    with pytest.raises(DataError, match=r"train\.csv:2: no column for the label \(stars\); columns here: nr, text, points"):
        load_own(own(), tmp_path, "train", "en")


def test_a_studys_own_task_of_one_language_needs_no_language_in_its_file(tmp_path):
    fill(tmp_path, {"own/test.jsonl": lines({"nr": 1, "text": "Bien.", "stars": "good"})})
    task = own(languages=("fr",), files=(("test", "own/test.jsonl"),))
    assert load_own(task, tmp_path, "test", "fr")[0].first == "Bien."


def test_a_studys_own_tagging_choice_and_retrieval(tmp_path):
    fill(tmp_path, {
        "tags.jsonl": lines({"words": ["Aarau", "liegt"], "tags": ["good", "bad"]}, {"words": ["x"], "tags": [1]}),
        "choice.jsonl": lines({"prompt": "It rains.", "choices": ["wet", "dry"], "label": "B"}),
        "columns.tsv": table("text|a|b|right", "It rains.|wet|dry|0"),
        "pairs.tsv": table("english|other", "Yes.|Ja.", "No.|Nein."),
    })  # fmt: skip
    tags = own(type="token_classification", metrics=("span_f1",), columns=(), languages=("de",), files=(("test", "tags.jsonl"),))
    assert [sentence.tags for sentence in load_own(tags, tmp_path, "test", "de")] == [("good", "bad"), ("bad",)]
    choice = own(type="multiple_choice", labels=(), columns=(), languages=("de",), files=(("test", "choice.jsonl"),))
    assert load_own(choice, tmp_path, "test", "de")[0].label == 1
    several = (("choices", "a,b"), ("label", "right"), ("prompt", "text"))
    columns = own(type="multiple_choice", labels=(), columns=several, languages=("de",), files=(("test", "columns.tsv"),))
    assert load_own(columns, tmp_path, "test", "de")[0].choices == ("wet", "dry")
    pairs = own(type="sentence_retrieval", labels=(), columns=(), languages=("de",), files=(("test", "pairs.tsv"),))
    found = load_own(pairs, tmp_path, "test", "de")
    assert [(query.text, query.language) for query in found.queries] == [("Yes.", "en"), ("No.", "en")]
    assert found.relevant == {"1": ("1",), "2": ("2",)}


@pytest.mark.parametrize(
    ("labels", "written", "meant"),
    [
        (("not_entailment", "entailment"), ("0", "1"), ("not_entailment", "entailment")),
        (("contradiction", "neutral", "entailment"), ("0", "2"), ("contradiction", "entailment")),
        (("entailment", "neutral", "contradiction"), ("0", "2"), ("entailment", "contradiction")),
        (("contradiction", "neutral", "entailment"), ("e", "c"), ("entailment", "contradiction")),  # ANLI's letters
    ],
)
def test_numbers_count_the_labels_in_their_order(tmp_path, labels, written, meant):
    fill(tmp_path, {"x.csv": "first,second,label\n" + "".join(f"a,b,{one}\n" for one in written)})
    task = own(labels=labels, columns=(), languages=("de",), files=(("test", "x.csv"),))
    found = load_own(task, tmp_path, "test", "de")
    assert tuple(example.label for example in found) == meant


def test_lists_stand_in_cells_of_csv_as_json(tmp_path):
    def cells(*values: object) -> str:
        return ",".join('"' + json.dumps(value).replace('"', '""') + '"' for value in values) + "\n"

    fill(tmp_path, {
        "tags.csv": "words,tags\n" + cells(["Aarau", "liegt"], ["good", "bad"]),
        "choice.csv": "prompt,choices,label\nIt rains.," + cells(["wet", "dry"]).strip() + ",0\n",
        "asked.csv": "question,context,answers\nWho?,Anna sang.," + cells([{"text": "Anna", "start": 0}]),
        "torn.csv": "question,context,answers\nWho?,Anna sang.,Anna\n",
    })  # fmt: skip
    tags = own(type="token_classification", columns=(), languages=("de",), files=(("test", "tags.csv"),))
    assert [(one.words, one.tags) for one in load_own(tags, tmp_path, "test", "de")] == [(("Aarau", "liegt"), ("good", "bad"))]
    choice = own(type="multiple_choice", labels=(), columns=(), languages=("de",), files=(("test", "choice.csv"),))
    assert load_own(choice, tmp_path, "test", "de")[0].choices == ("wet", "dry")
    asked = own(type="question_answering", labels=(), columns=(), languages=("de",), files=(("test", "asked.csv"),))
    assert load_own(asked, tmp_path, "test", "de")[0].answers == (("Anna", 0),)
    torn = own(type="question_answering", labels=(), columns=(), languages=("de",), files=(("test", "torn.csv"),))
    with pytest.raises(DataError, match=r"torn\.csv:2: the answers are no list but 'Anna'"):
        load_own(torn, tmp_path, "test", "de")


def test_files_that_come_later_are_seen(tmp_path):
    assert sources(tmp_path, "snli") == {}
    fill(tmp_path, {"snli/train.tsv": PAIR})
    assert load(tmp_path, "snli", "train")
