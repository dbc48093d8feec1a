"""The JSON Schema: it takes every study that is read, refuses what is not known, and says of each key what it means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stiltsreport.study import yaml12
from stiltsreport.study.editors import json_schema
from tests.cli.studies import ran

ROOT = Path(__file__).resolve().parents[2]
jsonschema = pytest.importorskip("jsonschema")
SCHEMA = json_schema()


def faults(content: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(content)]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("study", sorted(path.name for path in (ROOT / "studies").glob("*.yaml")))
def test_every_study_that_comes_with_the_package_is_right(study: str) -> None:
    assert faults(yaml12.load((ROOT / "studies" / study).read_text(encoding="utf-8"))) == []


def test_the_schema_beside_the_studies_is_the_one_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Renewed by `stiltsreport schema > studies/stiltsreport.schema.json`."""
    assert ran(capsys, ["schema"]).out == (ROOT / "studies" / "stiltsreport.schema.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("study", sorted(path.name for path in (ROOT / "studies").glob("*.yaml")))
def test_editors_find_it_from_every_study(study: str) -> None:
    first = (ROOT / "studies" / study).read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (ROOT / "studies" / first.partition("=")[2]).is_file()


def test_what_is_not_known_is_refused() -> None:
    least = {"title": "T", "models": ["xlmr-base"], "target": ["xnli"]}
    assert faults(least) == []
    assert faults(least | {"sedes": [1]})
    assert faults(least | {"statistics": {"test": "t-test"}})
    assert faults({"title": "T", "target": ["xnli"]})
    assert faults(least | {"models": ["OWNER/NAME"], "target": ["mine"]}) == [], "names of one's own are no fault"


def test_every_key_says_what_it_means() -> None:
    entries = {"": SCHEMA} | SCHEMA["$defs"]
    silent = [
        f"{name}.{key}"
        for name, entry in entries.items()
        for key, value in entry.get("properties", {}).items()
        if not value.get("description")
    ]
    assert silent == []


def test_names_are_offered() -> None:
    models = SCHEMA["properties"]["models"]["items"]["anyOf"][0]["anyOf"][0]["enum"]
    assert "xlmr-large" in models
    assert "xnli" in str(SCHEMA["$defs"]["Target"]["properties"]["task"])
