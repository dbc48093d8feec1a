"""A unit of work as data: what reaches a worker on another machine is its record, never code and never a plan to make again.

The document is JSON: a table of records, each {"is": type, field: value}, in which a record that occurs again is named by its place
({"at": 3}), so that a unit whose fifty evaluations share one checkpoint writes it once. Only the types named here are made from it.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from stiltsreport.adaptation import Adaptation
from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import Perturbation, Sampled, Sampling, ShuffledLabels, SynonymCopies, Texts, Translation
from stiltsreport.models import Model
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.jobs import Evaluate, Part, Pretrained, Train, Translate
from stiltsreport.plan.prompts import Prompt
from stiltsreport.plan.units import Unit
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.prompts import PromptTemplate
from stiltsreport.tasks.sources import HubAccess, HubData, Source, SourceFile
from stiltsreport.tasks.task import HubSplit, Task

FORMAT = 1
_RECORDS = (
    Unit, Train, Evaluate, Translate, Prompt, PromptTemplate, Pretrained, Part, DataUse, Source, SourceFile, HubData, HubAccess, HubSplit,
    Task, Model, Adaptation, Recipe, Protocol, Sampling, Perturbation, Sampled, ShuffledLabels, SynonymCopies, Texts, Translation,
)  # fmt: skip
_TYPES: dict[str, Any] = {kind.__name__: kind for kind in _RECORDS}
_PLAIN = (str, int, float, bool, type(None))


def frozen(unit: Unit) -> str:
    """The unit as one line of JSON."""
    writer = _Writer()
    writer.write(unit)
    return json.dumps({"format": FORMAT, "records": writer.records}, ensure_ascii=False, separators=(",", ":"))


def thawed(text: str, where: str = "a frozen unit") -> Unit:
    """The unit that `frozen` wrote. Raises StiltsReportError for anything else: another version's, a torn file, an unknown record."""
    try:
        unit = _last(json.loads(text))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        hint = "the same version of stiltsreport on both sides"
        raise StiltsReportError(f"is not a unit of work: {error}", where=where, hint=hint) from error
    return unit


def _last(document: dict[str, Any]) -> Unit:
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']!r}")
    made: list[Any] = []
    for record in document["records"]:
        made.append(_record(record, made))
    if not isinstance(made[-1], Unit):
        raise TypeError(f"it ends with a {type(made[-1]).__name__}")
    return made[-1]


class _Writer:
    """The table of records, each written after those that it holds, and where each stands."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self._places: dict[Any, int] = {}

    def write(self, value: Any) -> Any:
        """The value as JSON; a record becomes a pointer to its place."""
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, tuple):
            return [self.write(item) for item in value]
        if type(value).__name__ not in _TYPES:
            raise TypeError(f"a {type(value).__name__} is no part of a unit")
        # Fields that do not count as the record's identity (a note) travel with it: two records that differ in them alone are two.
        key = (type(value), *(getattr(value, field.name) for field in fields(value)))
        if key not in self._places:
            record = {"is": type(value).__name__} | {field.name: self.write(getattr(value, field.name)) for field in fields(value)}
            self._places[key] = len(self.records)
            self.records.append(record)
        return {"at": self._places[key]}


def _record(record: dict[str, Any], made: list[Any]) -> Any:
    """One record of those made before it."""
    kind = _TYPES[record.pop("is")]
    if unknown := set(record) - {field.name for field in fields(kind)}:
        raise ValueError(f"a {kind.__name__} has no {', '.join(sorted(unknown))}")
    return kind(**{name: _value(value, made) for name, value in record.items()})


def _value(value: Any, made: list[Any]) -> Any:
    if isinstance(value, list):
        return tuple(_value(item, made) for item in value)
    if isinstance(value, dict):
        return made[value["at"]]
    return value
