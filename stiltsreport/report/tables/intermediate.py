"""The intermediate tasks' own English dev scores: whether the first training has learnt anything."""

from __future__ import annotations

from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence, metric_title
from stiltsreport.report.tables.cells import footnotes, score_cell


def intermediate(evidence: Evidence) -> list[Table]:
    """The table `intermediate`; none where a study has the baseline alone."""
    tasks = [task for entry in evidence.study.intermediate for task in entry.tasks]
    if not tasks:
        return []
    rows = []
    for model in evidence.study.models:
        cells = []
        for task in tasks:
            series = evidence.aggregates.intermediate_dev(model.name, "plain", task.name)
            cell = score_cell(evidence, series, None, (("not run",), "not trained yet, or without a dev score"))
            spread = series.sd() if series else None
            cells.append(
                Cell(
                    cell.number,
                    Number(spread, half_width=True) if spread is not None else None,
                    cell.text,
                    cell.marks,
                    details=cell.details,
                )
            )
        rows.append(Row(evidence.model_title(model.name), tuple(cells), key=f"{model.name}/intermediate"))
    groups = (RowGroup("", tuple(rows)),)
    return [
        Table(
            id="intermediate",
            title="The intermediate tasks themselves",
            caption=(
                f"English dev scores after intermediate training: mean over {evidence.seeds}, and the SD over seeds (±) beneath it. "
                f"The checkpoint is the one that selection kept. {evidence.limits}"
            ).strip(),
            stub="Model",
            columns=tuple(Column(task.title, metric_title(task), key=f"{task.name}/en") for task in tasks),
            groups=groups,
            footnotes=footnotes(evidence, groups),
            source_notes=tuple(f"Guessing gives {task.chance:.1f} on {task.title}." for task in tasks if task.chance is not None),
            signature=evidence.signature("intermediate", "+".join(task.name for task in tasks)),
            second_title="± SD",
        )
    ]
