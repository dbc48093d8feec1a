"""The grid of learning rates: the dev value of each in every arm, the choice, and a warning where it is at the edge."""

from __future__ import annotations

import statistics

from stiltsreport.plan.choices import TuningPoint
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed, plural
from stiltsreport.report.tables.cells import text_column
from stiltsreport.study.study import BASELINE

_ALL = "all"  # stands for every model or arm that shares a choice
_FEWEST = 3  # rates of a grid that has an inside


def tuning(evidence: Evidence) -> list[Table]:
    """The table `tuning`; none where nothing was tuned."""
    points = evidence.results.setup.tuning
    if not points:
        return []
    rates = sorted({point.learning_rate for point in points})
    groups: dict[tuple[str, str], list[Row]] = {}
    edges = []
    for model, stage, arm in dict.fromkeys((point.model, point.stage, point.arm) for point in points):
        own = [point for point in points if (point.model, point.stage, point.arm) == (model, stage, arm)]
        cells = tuple(_cell([point for point in own if point.learning_rate == rate]) for rate in rates)
        chosen = next((point.learning_rate for point in own if point.chosen), None)
        at_edge = chosen is not None and len(rates) >= _FEWEST and chosen in (rates[0], rates[-1])
        warning = "the lowest of the grid" if at_edge and chosen == rates[0] else "the highest of the grid" if at_edge else " "
        if at_edge:
            edges.append(f"{arm_words(evidence, arm)}, {stage}")
        pick = Cell(text=f"{chosen:g}" if chosen is not None else "not yet")
        groups.setdefault((model, stage), []).append(Row(arm_words(evidence, arm), (*cells, pick, Cell(text=warning))))
    seeds = sorted({point.seed for point in points})
    factors = dict.fromkeys(model.adaptation for model in evidence.study.models if model.adaptation.rate_factor != 1)
    times = listed([f"{one.title}, by {one.rate_factor:g}" for one in factors])
    adapted = [f"Rates are those of the recipe, also for models whose adaptation multiplies them: {times}."] if factors else []
    notes = ["A rate at the edge of the grid may not be the best one: " + listed(edges) + "."] if edges else []
    return [
        Table(
            id="tuning",
            title="Learning rates tried and chosen",
            caption=(
                f"Mean value on English dev data over {plural(len(seeds), 'seed')} ({', '.join(map(str, seeds))}), which no other table "
                f"reports, and over the tasks that share a choice. Bold: chosen. The budget is the same in every arm. {evidence.limits}"
            ).strip(),
            stub="Arm",
            columns=(*(Column(f"{rate:g}") for rate in rates), Column("Chosen"), text_column("Warning")),
            groups=tuple(
                RowGroup(f"{evidence.model_title(model) if model != _ALL else 'All models'}, {stage} training", tuple(rows))
                for (model, stage), rows in groups.items()
            ),
            source_notes=(*notes, *adapted),
            signature=evidence.signature("tuning"),
        )
    ]


def arm_words(evidence: Evidence, arm: str) -> str:
    """An arm of a choice by its name, INTERMEDIATE or INTERMEDIATE+VARIANT, in a report's words."""
    if arm == _ALL:
        return "all arms"
    for found in evidence.arms(evidence.study.models[0].name):
        if arm == (found.intermediate if found.variant == "plain" else f"{found.intermediate}+{found.variant}"):
            return evidence.arm_title(found)
    return arm if arm != BASELINE else BASELINE


def _cell(points: list[TuningPoint]) -> Cell:
    values = [point.value for point in points if point.value is not None]
    if not values:
        return Cell(marks=("not run",), details=(("missing", "not run yet"),))
    details = (("seeds", ", ".join(f"{point.seed}: {point.value:.2f}" for point in points if point.value is not None)),)
    chosen = any(point.chosen for point in points)
    return Cell(Number(statistics.fmean(values), marks=("best",) if chosen else ()), details=details)
