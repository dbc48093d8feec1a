"""Gains over the baseline with their intervals, and what each arm's trainings took."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stiltsreport.report.arms import Arm
from stiltsreport.report.design_words import over_the_tasks, pairing_in_words, test_of_averages
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Spanner, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.cells import comparison_details, evaluated, footnotes, gain_number, half_width_title
from stiltsreport.report.tables.costs import cost_cells, cost_columns, cost_note, cost_title
from stiltsreport.report.tables.own_dev import DEV_COLUMN, DEV_NOTE, dev_cell
from stiltsreport.report.tables.xtreme import ScoreColumn, columns_of, row_key
from stiltsreport.results.methods import CONTROLS
from stiltsreport.stats.comparison import Comparison
from stiltsreport.study.study import BASELINE

Compare = Callable[[Arm, str, str], Comparison | None]


def transfer_gains(evidence: Evidence) -> list[Table]:
    """The table `gains`: the mean paired difference, half of its interval beneath it."""
    columns, spanners = gain_columns(evidence)
    groups = []
    for model in evidence.study.models:
        rows = [
            gain_row(evidence, arm, columns, evidence.comparison, Arm(arm.model, "plain", BASELINE))
            for arm in evidence.arms(model.name)
            if not arm.baseline
        ]
        groups.append(RowGroup(evidence.model_title(model.name), tuple(rows)))
    if not any(group.rows for group in groups):
        return []
    alpha = evidence.study.statistics.alpha
    return [
        Table(
            id="gains",
            title=f"Gains over {BASELINE}",
            caption=(
                f"Mean difference in points{pairing_in_words(evidence.study)}, over {evidence.seeds}; the second line is half of the "
                f"{100 * (1 - alpha):g} % t interval. {evaluated(evidence)} "
                f"{test_of_averages(evidence.study)} over the averages; {over_the_tasks(evidence.study)}. {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=table_columns(columns, "gain"),
            groups=tuple(groups),
            spanners=spanners,
            footnotes=footnotes(evidence, groups),
            source_notes=(DEV_NOTE, cost_note(evidence), *_control_notes(evidence)),
            signature=evidence.signature("gains", evidence.study.benchmark or "own-tasks"),
            second_title=half_width_title(evidence),
        )
    ]


def gain_columns(evidence: Evidence) -> tuple[list[ScoreColumn], tuple[Spanner, ...]]:
    """The columns of the main table without the groups' averages, and their spanners with one over the costs, which follow dev."""
    columns, spanners = columns_of(evidence)
    kept = [(column, place) for place, column in enumerate(columns) if not column.average.startswith("group:")]
    places = {place: number for number, (_, place) in enumerate(kept)}
    moved = []
    for spanner in spanners:
        inside = [places[place] for place in range(spanner.first, spanner.last + 1) if place in places]
        moved.append(Spanner(spanner.title, inside[0], inside[-1]))
    moved.append(Spanner(cost_title(evidence), len(kept) + 1, len(kept) + len(cost_columns())))
    return [column for column, _ in kept], tuple(moved)


def table_columns(columns: Sequence[ScoreColumn], kind: str) -> tuple[Column, ...]:
    """Those columns as differences, then how the intermediate training itself has done, and what the trainings took."""
    return (*(Column(column.column.title, key=f"{column.column.key}:{kind}") for column in columns), DEV_COLUMN, *cost_columns())


def gain_row(evidence: Evidence, arm: Arm, columns: Sequence[ScoreColumn], compare: Compare, base: Arm) -> Row:
    """The gains of an arm over `base`, as `compare` finds them, with half of their intervals beneath."""
    cells = []
    for column in columns:
        target, scope = (column.entry.task.name, "task") if column.entry else (column.average, "average")
        cells.append(_cell(evidence, arm, base, compare(arm, target, scope), target, scope))
    return Row(evidence.arm_title(arm), (*cells, dev_cell(evidence, arm), *cost_cells(evidence, arm)), key=row_key(arm))


def _cell(evidence: Evidence, arm: Arm, base: Arm, row: Comparison | None, target: str, scope: str) -> Cell:
    if row is None:
        if scope == "task":
            marks, reason = evidence.gaps(arm, target)
            if evidence.aggregates.task(arm.model, arm.variant, arm.intermediate, target) is not None:
                marks, reason = evidence.gaps(base, target)
            return Cell(marks=marks, details=(("missing", reason),))
        return Cell(details=(("missing", "no average without every task"),))
    number = gain_number(row)
    if row.own_data and scope == "task":
        number = Number(number.value, number.decimals, number.signed, (*number.marks, "own-data"), number.grey)
    half = None
    if row.low is not None and row.high is not None:
        half = Number((row.high - row.low) / 2, half_width=True, grey=True)
    interval = (row.low, row.high) if row.low is not None and row.high is not None else None
    return Cell(
        number, half, interval=interval, details=comparison_details(row, evidence.study.statistics.alpha, evidence.compared.over_items(row))
    )


def _control_notes(evidence: Evidence) -> list[str]:
    """What each control controls for."""
    return [
        f"Control, {entry.title}: {CONTROLS[entry.control]}." if entry.control else f"Equal data, {entry.title}: controls for set size."
        for entry in evidence.study.intermediate
        if entry.control or entry.examples
    ]
