"""What is missing: planned results that are not there, by row and target, with the reason."""

from __future__ import annotations

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted
from stiltsreport.report.tables.cells import text_column

_WORDS = {"missing": "not run yet", "failed": "failed", "left out": "left out by --only", "no data": "no data"}


def gaps(evidence: Evidence) -> list[Table]:
    """The table `gaps`; none where every planned result is there."""
    counts: dict[tuple[str, str, str, str, str, str], int] = {}
    for cell in evidence.results.setup.cells:
        if cell.state != "stored":
            key = (cell.model, cell.variant, cell.intermediate, cell.target, cell.state, cell.reason)
            counts[key] = counts.get(key, 0) + 1
    if not counts:
        return []
    groups: dict[str, list[Row]] = {}
    for (model, variant, intermediate, target, state, reason), count in counts.items():
        entry = evidence.entries.get(target)
        groups.setdefault(model, []).append(
            Row(
                evidence.arm_title(Arm(model, variant, intermediate)),
                (
                    Cell(text=entry.task.title if entry else target),
                    Cell(text=counted(count)),
                    Cell(text=_WORDS[state]),
                    Cell(text=reason if reason and reason != _WORDS[state] else " "),
                ),
            )
        )
    pairs = any(cell.second_language for cell in evidence.results.setup.cells)
    planned = len(evidence.results.setup.cells)
    return [
        Table(
            id="gaps",
            title="Results that are missing",
            caption=(
                f"{counted(sum(counts.values()))} of {counted(planned)} planned evaluations (one a language"
                f"{' or pair of languages' if pairs else ''} and seed) have no result. None enters an average as 0."
            ),
            stub="Intermediate",
            columns=(text_column("Target"), Column("Evaluations"), text_column("State"), text_column("Reason", wide=True)),
            groups=tuple(RowGroup(evidence.model_title(model), tuple(rows)) for model, rows in groups.items()),
        )
    ]
