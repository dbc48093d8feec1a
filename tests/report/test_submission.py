"""A whole submission to XTREME passes its checker; one that a byte, a line or a file is missing from does not.

The layout is that of the mock predictions of google-research/xtreme, the numbers of examples those of its data: XNLI 5,010, PAWS-X 2,000,
XQuAD 1,190, Tatoeba 1,000 for German (Conneau et al. 2018; Yang et al. 2019; Artetxe et al. 2020; Artetxe & Schwenk 2019).
"""

from __future__ import annotations

import json

import pytest

from stiltsreport.report.export.submission import benchmark_of, expected, faults, missing
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.benchmarks import BENCHMARKS

COUNTS = {"xnli": 5010, "pawsx": 2000, "xquad": 1190, "tatoeba": 1000, "xcopa": 500}


def good() -> dict[str, str]:
    """A file of each form."""
    sizes = dict(TASKS["panx"].sizes) | {f"pos.{name}": size for name, size in TASKS["udpos"].sizes}
    return {
        "xnli/test-de.tsv": "neutral\n" * 5010,
        "pawsx/test-ko.tsv": "1\n" * 2000,
        "panx/test-de.tsv": "B-LOC\nO\n\n" * sizes["test.de"],
        "udpos/test-tl.tsv": "NOUN\n\n" * sizes["pos.test.tl"],
        "xquad/test-el.json": json.dumps({str(number): "Rhein" for number in range(1190)}),
        "tydiqa/test-sw.json": json.dumps({"swahili-1": ""}),
        "bucc2018/test-de.tsv": "de-000000001\ten-000000007\nde-000000002\ten-000000007\n",
        "tatoeba/test-de.tsv": "".join(f"{number}\n" for number in range(1000)),
        "xcopa/test-et.jsonl": '{"label": 1}\n' * 500,
        "mewslix/test-de.json": json.dumps({str(number): ["Q1"] for number in range(dict(TASKS["mewslix"].sizes)["test.de"])}),
    }


def test_files_of_every_form_are_right() -> None:
    assert list(faults(good())) == []


@pytest.mark.parametrize("name", sorted(good()))
def test_an_example_too_few_is_told(name: str) -> None:
    text = good()[name]
    form = name.rpartition(".")[2]
    if form == "json":
        shorter = json.dumps(dict(list(json.loads(text).items())[1:]))
    else:
        unit = "\n\n" if name.startswith(("panx", "udpos")) else "\n"
        shorter = text[: text.rstrip("\n").rindex(unit)] + unit
    told = list(faults({name: shorter}))
    if name.startswith(("tydiqa", "bucc2018")):
        assert told == [], "any number of pairs may be mined; the tool has no record of TyDiQA's numbers by language"
    else:
        (one,) = told
        assert "are asked for" in one


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        ("xnli/test-de.tsv", "neutral", "entails", "label 1 is 'entails'; must be one of"),
        ("xnli/test-de.tsv", "neutral\n", "neutral\n\n", "label 2 is ''"),
        ("pawsx/test-ko.tsv", "1\n", "true\n", "must be one of 0, 1"),
        ("panx/test-de.tsv", "B-LOC", "LOC", "label 1 is 'LOC'"),
        ("udpos/test-tl.tsv", "NOUN", "noun", "label 1 is 'noun'"),
        ("xquad/test-el.json", '"Rhein"', "null", "the answer to 0 is no text"),
        ("xquad/test-el.json", '"1":', '"0":', "an id stands there twice"),
        ("xquad/test-el.json", "}", "", "is no JSON"),
        ("bucc2018/test-de.tsv", "en-000000007", "en-7 ", "line 1 must be de-NUMBER, a tab, en-NUMBER"),
        ("bucc2018/test-de.tsv", "de-000000001", "fr-000000001", "line 1 must be de-NUMBER"),
        ("bucc2018/test-de.tsv", "de-000000002", "de-000000001", "a pair stands there twice"),
        ("tatoeba/test-de.tsv", "999", "1000", "line 1000 must be a row number from 0 to 999"),
        ("tatoeba/test-de.tsv", "999\n", "999", "the last line does not end"),
        ("xcopa/test-et.jsonl", '"label": 1', '"label": true', "line 1 must be"),
        ("xcopa/test-et.jsonl", '"label": 1', '"answer": 1', "line 1 must be"),
        ("mewslix/test-de.json", '["Q1"]', json.dumps([f"Q{n}" for n in range(21)]), "at most 20 entities"),
    ],
)
def test_another_form_is_told(name: str, old: str, new: str, what: str) -> None:
    (told,) = faults({name: good()[name].replace(old, new, 1)})
    assert told.startswith(f"{name}: ")
    assert what in told


@pytest.mark.parametrize("name", ["xnli/test-de.json", "lareqa/test-de.tsv", "xnli/de.tsv", "xnli/test-DE.tsv", "test-de.tsv"])
def test_a_file_of_another_name_is_told(name: str) -> None:
    (told,) = faults({name: "neutral\n"})
    assert "no file of a submission" in told


def test_what_is_missing_is_every_task_and_language_that_is_not_there() -> None:
    xtreme = BENCHMARKS["xtreme"]
    whole = {(task, language) for task, languages in expected(xtreme).items() for language in languages}
    assert len({task for task, _ in whole}) == 9
    assert missing(xtreme, whole) == {}
    assert missing(xtreme, whole - {("xnli", "sw"), ("bucc2018", "de")}) == {"xnli": ("sw",), "bucc2018": ("de",)}
    assert missing(xtreme, ())["tatoeba"] == expected(xtreme)["tatoeba"]
    assert "lareqa" not in expected(BENCHMARKS["xtreme-r"])


@pytest.mark.parametrize(
    ("tasks", "name"), [(["xnli", "panx"], "xtreme"), (["xnli", "xcopa"], "xtreme-r"), (["bucc2018", "tatoeba"], "xtreme")]
)
def test_the_benchmark_is_the_one_that_most_targets_are_of(tasks: list[str], name: str) -> None:
    assert benchmark_of(tasks).name == name
