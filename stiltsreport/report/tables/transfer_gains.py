"""Gains over the baseline with their intervals, and what each intermediate training took."""

from __future__ import annotations

import math

from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Spanner, Table
from stiltsreport.report.evidence import Arm, Evidence
from stiltsreport.report.numbers import counted, shown
from stiltsreport.report.tables.cells import comparison_details, footnotes, gain_number
from stiltsreport.report.tables.xtreme import columns_of, row_key
from stiltsreport.study.study import BASELINE

_UNKNOWN = Cell(details=(("missing", "not measured, or its data were not at hand"),))


def transfer_gains(evidence: Evidence) -> list[Table]:
    """The table `gains`: the mean paired difference, half of its interval beneath it."""
    columns, spanners = columns_of(evidence)
    shown_columns = [(column, place) for place, column in enumerate(columns) if not column.average.startswith("group:")]
    places = {place: number for number, (_, place) in enumerate(shown_columns)}
    moved = []
    for spanner in spanners:
        inside = [places[place] for place in range(spanner.first, spanner.last + 1) if place in places]
        moved.append(Spanner(spanner.title, inside[0], inside[-1]))
    moved.append(Spanner("Intermediate training", len(shown_columns), len(shown_columns) + 2))
    groups = []
    for model in evidence.study.models:
        rows = []
        for arm in evidence.arms(model.name):
            if arm.baseline:
                continue
            cells = []
            for column, _ in shown_columns:
                target, scope = (column.entry.task.name, "task") if column.entry else (column.average, "average")
                cells.append(_cell(evidence, arm, target, scope))
            rows.append(Row(evidence.arm_title(arm), (*cells, *_cost(evidence, arm)), key=row_key(arm)))
        groups.append(RowGroup(evidence.model_title(model.name), tuple(rows)))
    if not any(group.rows for group in groups):
        return []
    alpha = evidence.study.statistics.alpha
    return [
        Table(
            id="gains",
            title=f"Gains over {BASELINE}",
            caption=(
                f"Mean difference in points, paired by seed, over {evidence.seeds}; the second line is half of the "
                f"{100 * (1 - alpha):g} % t interval. "
                f"{evidence.test} over the averages; Benjamini-Hochberg over the tasks. {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=(
                *(Column(column.column.title, key=f"{column.column.key}:gain") for column, _ in shown_columns),
                Column("Examples"), Column("Steps"), Column("Hours"),
            ),
            groups=tuple(groups),
            spanners=tuple(moved),
            footnotes=footnotes(evidence, groups),
            source_notes=("Examples, steps and hours are those of one intermediate training; hours follow from its measured speed.",),
            signature=evidence.signature("gains", evidence.study.benchmark or "own-tasks"),
            second_title="±",
        )
    ]  # fmt: skip


def _cell(evidence: Evidence, arm: Arm, target: str, scope: str) -> Cell:
    row = evidence.comparison(arm, target, scope)
    if row is None:
        if scope == "task":
            marks, reason = evidence.gaps(arm, target)
            if evidence.aggregates.task(arm.model, arm.variant, arm.intermediate, target) is not None:
                marks, reason = evidence.gaps(Arm(arm.model, "plain", BASELINE), target)
            return Cell(marks=marks, details=(("missing", reason),))
        return Cell(details=(("missing", "no average without every task"),))
    number = gain_number(evidence, row)
    if evidence.own(arm, target):
        number = Number(number.value, number.decimals, number.signed, (*number.marks, "own-data"), number.grey)
    half = None
    if row.low is not None and row.high is not None:
        half = Number((row.high - row.low) / 2, half_width=True, grey=True)
    interval = (row.low, row.high) if row.low is not None and row.high is not None else None
    return Cell(number, half, interval=interval, details=comparison_details(row, evidence.study.statistics.alpha))


def _cost(evidence: Evidence, arm: Arm) -> tuple[Cell, Cell, Cell]:
    """Examples of the set, optimizer steps and hours of one intermediate training; empty where they are not known."""
    used = next((row.used for row in evidence.facts("training", arm.intermediate) if row.used), None)
    recipe = evidence.study.intermediate_recipe.training(arm.intermediate)
    if used is None:
        return (_UNKNOWN,) * 3
    steps = recipe.steps or math.ceil(used / recipe.batch_size * recipe.epochs)
    speed = next(
        (
            row.examples_per_second
            for row in evidence.results.efficiency
            if (row.model, row.kind, row.task) == (arm.model, "intermediate", arm.intermediate)
        ),
        0.0,
    )
    seen = steps * recipe.batch_size
    hours = Cell(text=shown(seen / speed / 3600, 2)) if speed else _UNKNOWN
    return Cell(text=counted(used)), Cell(text=counted(steps)), hours
