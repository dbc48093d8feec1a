"""What training and evaluating took, as measured in the runs themselves."""

from __future__ import annotations

from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.cells import text_column
from stiltsreport.report.tables.prompting import asked_title, shots_in_words
from stiltsreport.results import EfficiencyRow
from stiltsreport.study.prompting import prompted_models

_KINDS = {"intermediate": "train, intermediate", "target": "train, target", "evaluate": "evaluate"}
_GIB = 2**30


def efficiency(evidence: Evidence) -> list[Table]:
    """The table `efficiency`; none where nothing was measured."""
    rows = evidence.results.efficiency
    energy = any(row.joules_per_example is not None for row in rows)
    groups = []
    titles = {model.name: evidence.model_title(model.name) for model in evidence.study.models}
    titles |= {model.unadapted: asked_title(model) for model in prompted_models(evidence.study.models) if model.unadapted not in titles}
    for name, title in titles.items():
        own = [row for row in rows if row.model == name]
        if own:
            groups.append(RowGroup(title, tuple(_row(evidence, row, energy) for row in own)))
    if not groups:
        return []
    return [
        Table(
            id="efficiency",
            title="Throughput, utilisation, memory and latency",
            caption="Means over jobs, weighted by what they worked on; memory is the highest peak of any: of the device, or of the "
            "whole process on a CPU. MFU: operations that the real tokens needed, without embeddings, by those of the device's own matrix "
            "products in the same time, measured there."
            + (" Energy as the device's driver counts it, of jobs that had it to themselves." if energy else ""),
            stub="Task",
            columns=(
                text_column("Job"), Column("Examples/s"), Column("Tokens/s"), Column("MFU", "%"), Column("Memory", "GiB"),
                Column("Latency", "ms"), *((Column("Energy", "J an example"),) if energy else ()), text_column("Device"), Column("Jobs"),
            ),
            groups=tuple(groups),
            signature=evidence.signature("efficiency"),
        )
    ]  # fmt: skip


def _row(evidence: Evidence, row: EfficiencyRow, energy: bool) -> Row:
    return Row(
        _title(evidence, row.task),
        (
            Cell(text=_KINDS.get(row.kind) or f"ask, {shots_in_words(row.kind)}"),
            Cell(Number(row.examples_per_second)),
            _measured(row.tokens_per_second, 0),
            _measured(row.utilisation * 100 if row.utilisation is not None else None, 1),
            _measured(row.peak_bytes / _GIB if row.peak_bytes is not None else None, 1),
            _measured(row.latency_seconds * 1000 if row.latency_seconds is not None else None, 1),
            *((_measured(row.joules_per_example, 3),) if energy else ()),
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
