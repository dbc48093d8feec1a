"""What each model has seen before of the study's data sets: yes, no or unknown, with the source; and which are base checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.models import Model
from stiltsreport.report.document import Cell, Column, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed
from stiltsreport.study.claims import Trend
from stiltsreport.tasks.task import Task


def exposure(evidence: Evidence) -> list[Table]:
    """The table `exposure`; none where nothing is known of any model and no claim is over their sizes."""
    study = evidence.study
    models = list({model.unadapted: model for model in study.models}.values())
    first = list(dict.fromkeys(task for entry in study.intermediate for task in entry.tasks))
    targets = [entry.task for entry in study.target]
    groups = tuple(
        RowGroup(title, tuple(Row(task.title, tuple(_cell(model, task) for model in models), key=task.name) for task in tasks))
        for title, tasks in (("Intermediate tasks", first), ("Targets", targets))
        if tasks
    )
    known = any(cell.text != "unknown" for group in groups for row in group.rows for cell in row.cells)
    sized = any(isinstance(claim.statement, Trend) and claim.statement.axis == "parameters" for claim in study.claims)
    if not (known or sized):
        return []
    base = Row(
        "base checkpoint", tuple(Cell(text="no" if model.tuned else "yes", details=(("objective", model.objective),)) for model in models)
    )
    return [
        Table(
            id="exposure",
            title="What the models have seen before",
            caption=(
                "Whether a model was trained on a data set before the study, as far as the source of its record says; unknown where no "
                "source does. Training data: not the target itself, but what its own English training set is made of. A base checkpoint "
                "was not tuned on labelled data after pretraining."
            ),
            stub="Data set",
            columns=tuple(Column(_title(model), key=f"model:{model.unadapted}") for model in models),
            groups=(RowGroup("", (base,)), *groups),
            source_notes=_sources(models),
        )
    ]


def _title(model: Model) -> str:
    """Without how the study adapts it: what a checkpoint has seen is the same."""
    return model.title.removesuffix(f" ({model.adaptation.title})") if model.adaptation.suffix else model.title


def _cell(model: Model, task: Task) -> Cell:
    """By the task's own name first, then by the data sets that its training data come from."""
    said = {name: (answer, source) for name, answer, source in model.seen}
    if task.name in said:
        answer, source = said[task.name]
        return Cell(text=answer, details=(("source", source),))
    parts = [name for name in task.source_data if name in said]
    held = [name for name in parts if said[name][0] == "yes"]
    if held:
        sources = "; ".join(dict.fromkeys(said[name][1] for name in held))
        word = "yes" if set(held) == set(task.source_data) and task.train == (task.name,) else "training data"
        return Cell(text=word, details=(("of", ", ".join(held)), ("source", sources)))
    if parts and set(parts) == set(task.source_data) and all(said[name][0] == "no" for name in parts):
        return Cell(text="no", details=(("source", "; ".join(dict.fromkeys(said[name][1] for name in parts))),))
    return Cell(text="unknown")


def _sources(models: Sequence[Model]) -> tuple[str, ...]:
    """Where the answers are from, model by model; those of one source together."""
    by_source: dict[tuple[str, ...], list[str]] = {}
    for model in models:
        by_source.setdefault(tuple(dict.fromkeys(source for _, _, source in model.seen)), []).append(_title(model))
    return tuple(
        f"{listed(titles)}: {'; '.join(sources)}." if sources else f"Of {listed(titles)} no source says what was seen."
        for sources, titles in by_source.items()
    )
