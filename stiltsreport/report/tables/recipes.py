"""Recipes and protocols as resolved: what every training of a stage has in common, and what differs by task."""

from __future__ import annotations

from typing import Any

from stiltsreport.report.document import Cell, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.cells import text_column

_ABOUT = {"stage", "task", "book", "citation", "training", "selection", "models", "variant"}  # of a record, beside its entries


def recipes(evidence: Evidence) -> list[Table]:
    """The table `recipes`; none where no recipe was resolved."""
    records = evidence.results.setup.recipes
    groups = []
    for stage in dict.fromkeys(str(record.get("stage", "")) for record in records):
        own = [record for record in records if str(record.get("stage", "")) == stage]
        entries = [_flat({name: value for name, value in record.items() if name not in _ABOUT}) for record in own]
        trained = [found for found in entries if "learning_rate" in found] or entries
        common = {name: value for name, value in trained[0].items() if all(found.get(name) == value for found in entries if name in found)}
        rows = [Row("all tasks", (Cell(text=_in_words(common)),))]
        for record, found in zip(own, entries, strict=True):
            differing = {name: value for name, value in found.items() if name not in common}
            if differing:
                rows.append(Row(_title(evidence, record), (Cell(text=_in_words(differing)),)))
        names = list(dict.fromkeys(str(record["book"]) for record in own if record.get("book")))
        groups.append(RowGroup(f"{stage.capitalize()} stage" + (f" ({', '.join(names)})" if names else ""), tuple(rows)))
    if not groups:
        return []
    return [
        Table(
            id="recipes",
            title="Recipes and protocols as resolved",
            caption="Hyperparameters and choices of evaluation by stage. An entry that applies to a task and is the same wherever it "
            "applies stands first.",
            stub="Task",
            columns=(text_column("Entries", wide=True),),
            groups=tuple(groups),
        )
    ]


def _title(evidence: Evidence, record: dict[str, Any]) -> str:
    name = str(record.get("task", ""))
    task = evidence.study.tasks.get(name)
    models = [evidence.model_title(str(model)) for model in record.get("models", ())]
    some = f" ({', '.join(models)})" if models and len(models) < len(evidence.study.models) else ""
    entry = evidence.study.entry(name)
    title = task.title if task else entry.title if entry else name
    variant = f" + {record['variant']}" if record.get("variant") else ""
    return title + variant + some


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """Nested entries lifted to one level; entries that are None say nothing."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= _flat(value)
        elif value is not None:
            found[name] = value
    return found


def _in_words(found: dict[str, Any]) -> str:
    """As "learning rate 1e-05; epochs 3"."""
    return "; ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in found.items()) or " "


def _value(value: Any) -> str:
    """A number in few digits; a text whose ends are blank in quotation marks."""
    if isinstance(value, str):
        return value if value == value.strip() and value else f"“{value}”"
    return f"{value:g}" if isinstance(value, float) else str(value)
