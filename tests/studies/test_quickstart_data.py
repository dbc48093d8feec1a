"""The quickstart's data: made again bit for bit, parallel over languages, balanced, and nothing of the tests in the training sets."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.shipped import shipped
from stiltsreport.tasks.overlap import normalised

FOLDER = shipped("studies") / "quickstart"
DATA = FOLDER / "data"
LANGUAGES = ("en", "de", "es", "fr", "ru", "tr", "ar", "hi", "zh")
SCRIPTS = {"ru": "CYRILLIC", "ar": "ARABIC", "hi": "DEVANAGARI", "zh": "CJK"}
TASKS = ("opinions", "names", "translations")
TURNS = {"who", "where", "when", "what"}


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def sets_of(task: str) -> dict[str, list[dict[str, Any]]]:
    return {path.stem.rpartition(".")[2]: rows(path.stem) for path in sorted(DATA.glob(f"{task}.test.*.jsonl"))}


def texts(row: dict[str, Any]) -> list[str]:
    if "words" in row:
        return [" ".join(row["words"])]
    if "begin" in row:
        return [row["begin"], *(f"{row['begin']} {ending}" for ending in row["endings"])]
    return [value for key, value in row.items() if key in ("sentence", "english", "other", "question", "context")]


def all_texts(pattern: str) -> set[str]:
    return {normalised(text) for path in DATA.glob(f"{pattern}.jsonl") for row in rows(path.stem) for text in texts(row)}


def test_maker_gives_exactly_these_files(tmp_path: Path):
    subprocess.run([sys.executable, "-I", str(FOLDER / "make.py"), str(tmp_path)], check=True, timeout=60)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in DATA.iterdir()}


def test_data_are_small():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 600_000


def test_languages_of_each_task():
    assert set(sets_of("opinions")) == set(LANGUAGES)
    assert set(sets_of("names")) == set(LANGUAGES) - {"zh"}
    assert set(sets_of("translations")) == set(LANGUAGES) - {"en"}


@pytest.mark.parametrize("task", TASKS)
def test_test_sets_are_parallel(task: str):
    found = sets_of(task)
    first = next(iter(found.values()))
    for language, own in found.items():
        assert [row["id"] for row in own] == [row["id"] for row in first], language
        assert 30 <= len(own) <= 60
        for row, other in zip(own, first, strict=True):
            assert row.get("kind") == other.get("kind")
            assert row.get("english") == other.get("english")
            begins = [Counter(tag for tag in each.get("tags", ()) if tag.startswith("B-")) for each in (row, other)]
            assert begins[0] == begins[1], (language, row)


def test_tags_are_iob2_with_one_name_of_each_kind():
    sets = [*sets_of("names").values(), rows("names.train"), rows("names.dev")]
    for row in (row for own in sets for row in own):
        assert len(row["words"]) == len(row["tags"])
        assert Counter(tag for tag in row["tags"] if tag.startswith("B-")) == {"B-PER": 1, "B-LOC": 1, "B-TIME": 1}
        for before, tag in zip(["O", *row["tags"]], row["tags"], strict=False):
            assert not tag.startswith("I-") or before[2:] == tag[2:], row
        assert not any("[" in word or "{" in word or not word for word in row["words"])


@pytest.mark.parametrize("task", [*TASKS, "reading", "endings"])
def test_nothing_of_a_test_set_is_trained_on(task: str):
    tests = all_texts("*.test.*")
    assert tests
    for part in ("train", "dev"):
        if (DATA / f"{task}.{part}.jsonl").exists():
            assert not tests & all_texts(f"{task}.{part}")


@pytest.mark.parametrize("task", ["opinions", "names"])
def test_targets_share_no_sentence_with_the_intermediate_tasks(task: str):
    assert not (all_texts(f"{task}.train") | all_texts(f"{task}.dev")) & (all_texts("reading.*") | all_texts("endings.*"))


@pytest.mark.parametrize("task", ["opinions", "names", "reading", "endings"])
def test_dev_sets_are_apart_from_training(task: str):
    def whole(name: str) -> set[tuple[str, ...]]:
        return {tuple(map(normalised, texts(row))) for row in rows(name)}

    training, dev = whole(f"{task}.train"), whole(f"{task}.dev")
    assert len(training) == len(rows(f"{task}.train"))  # and nothing stands twice
    assert len(dev) == len(rows(f"{task}.dev"))
    assert not training & dev


def test_no_person_or_place_of_the_tests_is_trained_on():
    def named(name: str) -> set[str]:
        return {word for row in rows(name) for word, tag in zip(row["words"], row["tags"], strict=True) if tag[2:] in ("PER", "LOC")}

    assert not named("names.test.en") & (named("names.train") | named("names.dev"))


def test_labels_are_balanced():
    for name in ("opinions.train", "opinions.dev", "opinions.test.en"):
        assert len(set(Counter(row["kind"] for row in rows(name)).values())) == 1, name
    for name in ("endings.train", "endings.dev"):
        assert len(set(Counter(row["right"] for row in rows(name)).values())) == 1, name
    for name in ("reading.train", "reading.dev"):
        kinds = Counter(row["id"].rpartition("-")[2] for row in rows(name))
        assert set(kinds) == TURNS
        assert len(set(kinds.values())) == 1, name


def test_order_of_training_tells_nothing_of_the_label():
    """A training file sorted by label would be one that a reader could cut into a training set without some labels."""
    kinds = [row["kind"] for row in rows("opinions.train")]
    assert set(kinds[:24]) == set(kinds[-24:]) == {"praise", "complaint", "fact"}


def test_answers_stand_where_they_say():
    for row in [*rows("reading.train"), *rows("reading.dev")]:
        assert row["answers"]
        for answer in row["answers"]:
            assert row["context"][answer["start"] : answer["start"] + len(answer["text"])] == answer["text"]


def test_translations_of_a_pool_are_all_different():
    for language, own in sets_of("translations").items():
        assert len({normalised(row["other"]) for row in own}) == len(own), language
        assert len({normalised(row["english"]) for row in own}) == len(own), language


@pytest.mark.parametrize("language", SCRIPTS)
def test_each_language_is_in_its_script(language: str):
    for task in TASKS:
        for row in sets_of(task).get(language, ()):
            for text in texts({**row, "english": ""}):
                letters = [sign for sign in text if sign.isalpha()]
                assert all(unicodedata.name(sign).startswith(SCRIPTS[language]) for sign in letters), text


def test_written_files_translate_each_other():
    """The same events and opinions in the same order, and lists of the same length, so that a place in a list means the same everywhere."""
    found = {}
    for language in LANGUAGES:
        lines = (FOLDER / "written" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
        shape = [line if line.startswith("==") else line.count("|") for line in lines if line.startswith("==") or "|" in line]
        gaps = [sorted(word for word in ("{who}", "{where}", "{when}") if word in line) for line in lines if "{" in line]
        found[language] = (shape, gaps, [line[0] for line in lines if line[:2] in ("+ ", "- ", "= ")])
    assert all(own == found["en"] for own in found.values())
    assert len(found["en"][1]) == 10
