"""What was run: models, tasks, data, overlaps and recipes."""

from __future__ import annotations

from typing import Any

from stiltsreport.models import Model
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted
from stiltsreport.report.tables.cells import text_column
from stiltsreport.report.titles import metric_title
from stiltsreport.results import DataFacts
from stiltsreport.study.study import TargetEntry
from stiltsreport.tasks.task import Task

_SHORT = 12  # digits of a fingerprint or revision


def models(evidence: Evidence) -> list[Table]:
    """The table `models`."""
    records = {str(record.get("name")): record for record in evidence.results.setup.models}
    adapted = any(model.adaptation.suffix for model in evidence.study.models)
    rows = tuple(_model(evidence, model, records.get(model.name, {}), adapted) for model in evidence.study.models)
    trained = " Trained: the encoder's weights that train on a target, by arithmetic, without the head." if adapted else ""
    return [
        Table(
            id="models", title="Models", caption="Pretrained encoders of the study, and what they were trained on before, as far as "
            f"their records know.{trained}",
            stub="Model",
            columns=(
                Column("Parameters"), *([Column("Trained"), Column("Share", "%")] if adapted else []), Column("Layers"),
                text_column("Objective", wide=True), text_column("Has seen", wide=True), text_column("Revision"),
            ),
            groups=(RowGroup("", rows),),
        )
    ]  # fmt: skip


def _model(evidence: Evidence, model: Model, record: dict[str, Any], adapted: bool) -> Row:
    seen = "; ".join(f"{_data_title(evidence, name)}: {state}" for name, state, _ in model.seen) or "unknown"
    revision = str(record.get("revision") or "unknown")
    sources = "; ".join(dict.fromkeys(source for _, _, source in model.seen))
    return Row(
        model.title,
        (
            Cell(text=f"{model.parameters / 1e6:,.0f}M" if model.parameters else "unknown"),
            *(_trained(model, record) if adapted else ()), Cell(text=str(model.layers or "unknown")),
            Cell(text=model.objective), Cell(text=seen, details=(("source", sources),) if sources else ()),
            Cell(text=revision[:_SHORT], details=(("revision", revision),)),
        ),
    )  # fmt: skip


def _trained(model: Model, record: dict[str, Any]) -> tuple[Cell, Cell]:
    """How many weights train, and their share of all."""
    number = record.get("trained_parameters") if model.adaptation.suffix else model.parameters or None
    if number is None:
        return (Cell(details=(("missing", "the model's sizes are not known"),)),) * 2
    share = Cell(Number(100 * number / model.parameters, 2)) if model.parameters else Cell(details=(("missing", "its size is not known"),))
    return Cell(text=counted(number)), share


def _data_title(evidence: Evidence, name: str) -> str:
    return evidence.study.tasks[name].title if name in evidence.study.tasks else name


def tasks(evidence: Evidence) -> list[Table]:
    """The table `tasks`: intermediate tasks and targets with their data as used."""
    intermediate = RowGroup(
        "Intermediate tasks (English)",
        tuple(
            _intermediate(evidence, task) for task in dict.fromkeys(task for entry in evidence.study.intermediate for task in entry.tasks)
        ),
    )
    targets = RowGroup(
        "Target tasks (trained in English, evaluated in every language)", tuple(_target(evidence, entry) for entry in evidence.study.target)
    )
    return [
        Table(
            id="tasks",
            title="Tasks and their data as used",
            caption=(
                f"Examples: numbers used of those available, and of all languages together for evaluation. {evidence.limits} "
                "Selection: the English set that chooses checkpoints."
            ),
            stub="Task",
            columns=(
                text_column("Metric"), text_column("Training", wide=True), text_column("Selection", wide=True), text_column("Split"),
                Column("Languages"), Column("Evaluated"),
            ),
            groups=tuple(group for group in (intermediate, targets) if group.rows),
            source_notes=tuple(note for entry in evidence.study.target for note in evidence.data.notes(entry)),
        )
    ]  # fmt: skip


def _intermediate(evidence: Evidence, task: Task) -> Row:
    return Row(
        task.title,
        (
            Cell(text=metric_title(task)), Cell(text=_used(evidence.data.facts("training", task.name))),
            Cell(text=_selection(evidence, task.selection)), Cell(text="dev"), Cell(text="1"), Cell(text=" "),
        ),
    )  # fmt: skip


def _target(evidence: Evidence, entry: TargetEntry) -> Row:
    task = entry.task
    trained = ", then ".join(f"{part.title} {_used(evidence.data.facts('training', part.name))}".strip() for part in entry.train)
    counts = [row.used for row in evidence.data.facts("evaluation", task.name)]
    evaluated = counted(sum(count or 0 for count in counts)) if counts and all(count is not None for count in counts) else "unknown"
    return Row(
        task.title,
        (
            Cell(text=metric_title(task)), Cell(text=trained or "none: the encoder as it stands"),
            Cell(text=_selection(evidence, task.selection) if entry.train else "none"),
            Cell(text=" and ".join(evidence.data.splits(entry)) or "not run"), Cell(text=str(len(entry.languages))), Cell(text=evaluated),
        ),
    )  # fmt: skip


def _selection(evidence: Evidence, selection: str) -> str:
    name, _, part = selection.partition("/")
    task = evidence.study.tasks.get(name)
    if task is None:
        return "none"
    return (
        f"a tenth of {task.title}'s training set" if part else f"{task.title} dev {_used(evidence.data.facts('selection', name))}".strip()
    )


def _used(rows: list[DataFacts]) -> str:
    """Of the set as it stands, which has no note, where it is read so at all; else of the first way in which it is read."""
    row = next((row for row in rows if not row.note), next(iter(rows), None))
    return of_available(row.used, row.available) if row else ""


def of_available(used: int | None, available: int | None) -> str:
    """Examples used of those there are.

    >>> of_available(800, 1000), of_available(800, 800), of_available(None, None)
    ('800 of 1,000', '800', '')
    """
    if used is None:
        return "" if available is None else f"({counted(available)} there)"
    return counted(used) if available in (None, used) else f"{counted(used)} of {counted(available)}"
