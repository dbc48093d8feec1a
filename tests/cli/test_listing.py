"""`list`, `schema` and `init`: what there is, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stiltsreport.tasks import INTERMEDIATE_NAMES, TARGET_NAMES
from tests.cli.studies import ran

Capture = pytest.CaptureFixture[str]


def test_every_task_of_the_contract_is_listed(capsys: Capture) -> None:
    rows = {row["name"]: row for row in json.loads(ran(capsys, ["list", "tasks", "--json"]).out)}
    targets = ["xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba", "xcopa", "lareqa", "mewslix"]
    intermediate = ["anli-plus", "mnli", "qqp", "squad2", "squad", "hellaswag", "ccg", "cosmosqa", "csqa", "siqa", "snli", "qamr", "copa"]
    assert [name for name, row in rows.items() if row["role"] == "target"] == targets == list(TARGET_NAMES)
    assert [name for name, row in rows.items() if row["role"] == "intermediate"] == intermediate == list(INTERMEDIATE_NAMES)
    assert len(ran(capsys, ["list", "tasks"]).out.splitlines()) == 25


@pytest.mark.parametrize("name", [*TARGET_NAMES, *INTERMEDIATE_NAMES])
def test_a_task_says_which_files_it_reads_with_an_example(name: str, capsys: Capture) -> None:
    result = ran(capsys, ["list", "tasks", name])
    assert result.code == 0
    lines = result.out.splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("files that are read"))
    assert lines[at + 1].strip()
    assert lines[at + 2].strip()


def test_other_spellings_are_refused_with_the_name(capsys: Capture) -> None:
    for spelling, name in (("commonsenseqa", "csqa"), ("squad_v1", "squad"), ("bucc", "bucc2018")):
        result = ran(capsys, ["list", "tasks", spelling])
        assert result.code == 2
        assert f"did you mean '{name}'?" in result.err


def test_models_say_how_their_sentence_vectors_are_taken(capsys: Capture) -> None:
    rows = {line.split()[0]: line for line in ran(capsys, ["list", "models"]).out.splitlines()}
    assert "mean of all tokens, layer 7/12" in rows["xlmr-large"]
    assert "mean of all tokens, last layer" in rows["multilingual-e5-small"]


@pytest.mark.parametrize(
    ("kind", "some"),
    [
        ("models", {"xlmr-base", "xlmr-large", "xlmr-xl", "xlmr-xxl", "multilingual-e5-small"}),
        ("recipes", {"xstilts-intermediate", "xstilts-target", "xtreme-baseline"}),
        ("tests", {"paired-t", "sign-flip", "holm", "benjamini-hochberg"}),
        ("languages", {"en", "sw", "zh", "qu"}),
    ],
)
def test_the_other_lists(kind: str, some: set[str], capsys: Capture) -> None:
    rows = json.loads(ran(capsys, ["list", kind, "--json"]).out)
    assert some <= {row["name"] for row in rows}
    assert len(ran(capsys, ["list", kind]).out.splitlines()) == len(rows)
    one = ran(capsys, ["list", kind, min(some)])
    assert one.code == 0
    assert one.out.startswith(f"name: {min(some)}\n")


def test_the_schema_knows_the_keys_of_a_study(capsys: Capture) -> None:
    schema = json.loads(ran(capsys, ["schema"]).out)
    assert {"title", "models", "intermediate", "target", "seeds", "recipes", "statistics", "claims", "variants"} <= set(
        schema["properties"]
    )
    assert schema["additionalProperties"] is False
    assert set(_references(schema)) <= {f"#/$defs/{name}" for name in schema["$defs"]}


def test_the_study_that_init_writes_passes_check(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.yaml"
    assert ran(capsys, ["init", str(path)]).code == 0
    assert ran(capsys, ["check", str(path), "--store", str(tmp_path / "store"), "--device", "cpu"]).code == 0
    assert path.read_text(encoding="utf-8").partition("\n")[2] == ran(capsys, ["init", "-"]).out


def test_init_writes_over_nothing(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine\n", encoding="utf-8")
    result = ran(capsys, ["init", str(path)])
    assert result.code == 2
    assert "is there already" in result.err
    assert path.read_text(encoding="utf-8") == "mine\n"
    assert ran(capsys, ["init", str(tmp_path / "no" / "folder.yaml")]).code == 2


def _references(part: object) -> Iterator[str]:
    """Every "$ref" in a schema."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _references(inner)
