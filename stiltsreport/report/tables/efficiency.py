"""What training and evaluating took, as measured in the runs themselves."""

from __future__ import annotations

from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.cells import text_column
from stiltsreport.results import EfficiencyRow

_KINDS = {"intermediate": "train, intermediate", "target": "train, target", "evaluate": "evaluate"}
_GIB = 2**30


def efficiency(evidence: Evidence) -> list[Table]:
    """The table `efficiency`; none where nothing was measured."""
    rows = evidence.results.efficiency
    groups = []
    for model in evidence.study.models:
        own = [row for row in rows if row.model == model.name]
        if own:
            groups.append(RowGroup(evidence.model_title(model.name), tuple(_row(evidence, row) for row in own)))
    if not groups:
        return []
    return [
        Table(
            id="efficiency",
            title="Throughput, memory and latency",
            caption="Means over jobs, weighted by what they worked on; memory is the highest peak of any: of the device, or of the "
            "whole process on a CPU.",
            stub="Task",
            columns=(
                text_column("Job"), Column("Examples/s"), Column("Tokens/s"), Column("Memory", "GiB"), Column("Latency", "ms"),
                text_column("Device"), Column("Jobs"),
            ),
            groups=tuple(groups),
            signature=evidence.signature("efficiency"),
        )
    ]  # fmt: skip


def _row(evidence: Evidence, row: EfficiencyRow) -> Row:
    return Row(
        _title(evidence, row.task),
        (
            Cell(text=_KINDS.get(row.kind, row.kind)),
            Cell(Number(row.examples_per_second)),
            _measured(row.tokens_per_second, 0),
            _measured(row.peak_bytes / _GIB if row.peak_bytes is not None else None, 1),
            _measured(row.latency_seconds * 1000 if row.latency_seconds is not None else None, 1),
            Cell(text=row.device),
            Cell(text=str(row.jobs)),
        ),
        key=f"{row.model}/{row.kind}/{row.task}",
    )


def _measured(value: float | None, decimals: int) -> Cell:
    return Cell(details=(("missing", "not measured"),)) if value is None else Cell(Number(value, decimals))


def _title(evidence: Evidence, name: str) -> str:
    """A task's title, a mixture's, or either with the variant that the training is of."""
    entry = evidence.study.entry(name)
    if name in evidence.study.tasks or entry is not None:
        return evidence.study.tasks[name].title if name in evidence.study.tasks else (entry.title if entry else name)
    for variant in evidence.study.variants:
        if name.endswith(f"+{variant.name}"):
            return f"{_title(evidence, name.removesuffix(f'+{variant.name}'))} + {variant.name}"
    return name
