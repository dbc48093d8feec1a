"""A unit as data: read again it is the same, and nothing but a unit is made from a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.frozen import _TYPES, frozen, thawed
from stiltsreport.plan.jobs import Train
from stiltsreport.plan.units import Unit, missing_units
from tests.plan.conftest import Planner, Stored

METHODS = (
    "variants=[{mlm: {ratio: 0.25, vocabulary: met}}, {translated: {to: [de], command: tac}}, rs-rp, rs-da, {few_shot: {examples: 2}}]",
    "intermediate=[snli, {control: mlm-en, of: squad}, squad, {name: two, tasks: [squad, hellaswag], sampling: {cap: 16}}, {name: shuffled, of: squad}, "
    "{name: few, task: squad, examples: 8}]",
)


@pytest.fixture
def units(plan: Planner, with_text: Path) -> list[Unit]:
    return missing_units(plan(*METHODS, data=with_text), Stored())


def test_every_unit_is_itself_again(units: list[Unit]) -> None:
    kinds = {name for unit in units for name in (record["is"] for record in json.loads(frozen(unit))["records"])}
    prompted = {"Prompt", "PromptTemplate"}  # of decoders: tests/execute/test_prompt.py
    assert kinds >= set(_TYPES) - {"HubAccess"} - prompted  # of a mirror or a cache of its own
    for unit in units:
        again = thawed(frozen(unit))
        assert again == unit
        assert again.id == unit.id
        assert [job.id for job in again.evaluations] == [job.id for job in unit.evaluations]
        assert again.title == unit.title
        assert frozen(again) == frozen(unit)


def test_what_is_shared_is_written_once(units: list[Unit]) -> None:
    unit = max(units, key=lambda one: len(one.evaluations))
    records = json.loads(frozen(unit))["records"]
    assert len(unit.evaluations) > 1
    chain = {train.id for train in unit.chain} | ({unit.start.id} if isinstance(unit.start, Train) else set())
    assert sum(record["is"] == "Train" for record in records) <= len(chain) + 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not a unit of work"),
        ('{"format": 1, "records": []}', "is not a unit of work"),
        ('{"format": 9, "records": []}', "format 9"),
        ('{"format": 1, "records": [{"is": "Popen", "args": "ls"}]}', "Popen"),
        ('{"format": 1, "records": [{"is": "Sampled", "examples": 1, "seed": 1, "more": 2}]}', "a Sampled has no more"),
        ('{"format": 1, "records": [{"is": "Sampled", "examples": 1, "seed": 1}]}', "it ends with a Sampled"),
        ('{"format": 1, "records": [{"is": "Sampled"}]}', "is not a unit of work"),
    ],
)
def test_anything_else_is_refused(text: str, told: str) -> None:
    with pytest.raises(StiltsReportError, match=told):
        thawed(text, "units/x.json")


def test_a_cut_file_is_refused(units: list[Unit]) -> None:
    whole = frozen(units[0])
    with pytest.raises(StiltsReportError, match="is not a unit of work"):
        thawed(whole[: len(whole) // 2])


def test_a_record_that_units_hold_is_known(units: list[Unit]) -> None:
    """What a new field of a job is made of has to be named in the module."""
    assert all(record["is"] in _TYPES for unit in units for record in json.loads(frozen(unit))["records"])
