"""What a score costs in training: every row's average against its hours and parameters, and the cheapest that reaches a score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted, decimals_of_hours
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.aggregate import average_title
from stiltsreport.stats.efficiency import cheapest, pareto_front

_HOUR = 3600
_LEVELS = 6  # scores that the table asks the price of


@dataclass(frozen=True)
class CostPoint:
    """An arm of a model: its mean average, the hours of its trainings in one seed, the model's parameters. `part`: some have not run."""

    arm: Arm
    score: float
    hours: float
    parameters: int
    part: bool


def cost_points(evidence: Evidence) -> list[CostPoint]:
    """Every arm of which both average and cost are known."""
    found = []
    for model in evidence.study.models:
        for arm in evidence.arms(model.name):
            series = evidence.aggregates.average(arm.model, arm.variant, arm.intermediate, "average")
            costs = evidence.costs(arm)
            if series is None or not costs:
                continue
            seeds = len(evidence.study.seeds_of(arm.variant, arm.intermediate))
            # What has not run yet is taken to cost as much as what has.
            hours = sum(row.seconds * row.planned / row.trainings for row in costs) / seeds / _HOUR
            part = any(row.trainings < row.planned for row in costs)
            found.append(CostPoint(arm, series.mean(), hours, model.parameters, part))
    return found


def fronts(points: list[CostPoint]) -> tuple[list[bool], list[bool]]:
    """Which points no other beats: in hours, and in parameters."""
    score = np.array([point.score for point in points])
    by_hours = pareto_front(np.array([point.hours for point in points]), score)
    sizes = np.array([point.parameters or np.nan for point in points], dtype=np.float64)  # 0: not known, which beats nothing
    by_parameters = pareto_front(sizes, score)
    return by_hours.tolist(), by_parameters.tolist()


def pareto(evidence: Evidence) -> list[Table]:
    """The tables `pareto` and `cost-to-reach`; none under two rows with average and cost."""
    points = cost_points(evidence)
    if len(points) < 2:  # noqa: PLR2004 - a front needs rivals
        return []
    return [_front(evidence, points), *_prices(evidence, points)]


def _front(evidence: Evidence, points: list[CostPoint]) -> Table:
    by_hours, by_parameters = fronts(points)
    decimals = decimals_of_hours(min(point.hours for point in points))
    order = sorted(range(len(points)), key=lambda place: (points[place].hours, -points[place].score))
    rows = [
        Row(
            name_of(evidence, points[place].arm),
            (
                Cell(Number(points[place].score)),
                Cell(Number(points[place].hours, decimals, marks=("partial",) if points[place].part else ())),
                Cell(text=counted(points[place].parameters) if points[place].parameters else "unknown"),
                Cell(text="yes" if by_hours[place] else "no"),
                Cell(text="yes" if by_parameters[place] else "no" if points[place].parameters else " "),
            ),
            key=row_key(points[place].arm),
        )
        for place in order
    ]
    return Table(
        id="pareto",
        title="Score against cost",
        caption=f"{_average(evidence)}, mean over {evidence.seeds}, with the hours of the trainings of one seed. {evidence.limits}".strip(),
        stub="Row",
        columns=(Column("Average"), Column("Hours"), Column("Parameters"), Column("Front", "hours"), Column("Front", "parameters")),
        groups=(RowGroup("", tuple(rows)),),
        footnotes=(("p", "some trainings have not run, and are taken to cost as much as those that have"),)
        if any(point.part for point in points)
        else (),
        source_notes=(
            f"Front: no other row has as high an average for less. {_devices(evidence)} Means alone: a gap within noise also parts rows.",
        ),
        signature=evidence.signature("pareto"),
    )


def _prices(evidence: Evidence, points: list[CostPoint]) -> list[Table]:
    """The cheapest row that reaches each of a few round scores between the lowest and the highest."""
    score, hours = np.array([point.score for point in points]), np.array([point.hours for point in points])
    levels = _round_levels(float(score.min()), float(score.max()))
    if not levels:
        return []
    rows, decimals = [], decimals_of_hours(float(hours.min()))
    for level in levels:
        place = cheapest(hours, score, level)
        assert place is not None  # the highest score reaches every level
        point = points[place]
        cells = (
            Cell(Number(point.hours, decimals)),
            Cell(text=name_of(evidence, point.arm)),
            Cell(Number(point.score)),
        )
        rows.append(Row(f"at least {level:g}", cells))
    return [
        Table(
            id="cost-to-reach",
            title="Hours of training to reach a score",
            caption=f"{_average(evidence)}, mean over {evidence.seeds}: the row that reaches it in the fewest hours of one seed.",
            stub="Average",
            columns=(Column("Hours"), Column("Row", align="left"), Column("Average")),
            groups=(RowGroup("", tuple(rows)),),
            source_notes=(_devices(evidence),),
            signature=evidence.signature("cost-to-reach"),
        )
    ]


def _round_levels(low: float, high: float) -> list[float]:
    """Round scores above the lowest up to the highest: in steps of 10, 5, 2, 1, 0.5 ..., the first that gives three or more.

    >>> _round_levels(58.2, 62.4)
    [59.0, 60.0, 61.0, 62.0]
    """
    for step in (10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1):
        first, last = int(np.floor(low / step)) + 1, int(np.floor(high / step))
        levels = [round(place * step, 1) for place in range(first, last + 1)]
        if len(levels) >= 3 or (levels and step == 0.1):  # noqa: PLR2004 - as few as show how the price rises
            return levels[-_LEVELS:]
    return []


def name_of(evidence: Evidence, arm: Arm) -> str:
    """The arm, with its model where there are several."""
    several = len(evidence.study.models) > 1
    return f"{evidence.model_title(arm.model)}: {evidence.arm_title(arm)}" if several else evidence.arm_title(arm)


def _average(evidence: Evidence) -> str:
    title = average_title(evidence.study)
    return f"{title[0].upper()}{title[1:]}"


def _devices(evidence: Evidence) -> str:
    """What the hours are of."""
    trained = {row.device for row in evidence.results.efficiency if row.kind in ("intermediate", "target")}
    if len(trained) > 1:
        return f"Hours are of unlike devices ({', '.join(sorted(trained))}), and compare only on one."
    return f"Hours are of {next(iter(trained))}." if trained else "Hours are of the device that each training ran on."
