"""Gains by target with their intervals: one panel an intermediate task, one marker a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.areas import Part, areas, arm_key, line_areas, panel_area
from stiltsreport.report.figures.drawing import Theme, drawn, series, short
from stiltsreport.report.figures.grid import Grid, above, text_width
from stiltsreport.report.figures.panel import Panel
from stiltsreport.report.numbers import shown
from stiltsreport.report.panels import drawn_arms, figure_note, figure_title
from stiltsreport.report.tables.cells import evaluated
from stiltsreport.stats.aggregate import GROUPS
from stiltsreport.stats.comparison import Comparison
from stiltsreport.study.study import BASELINE

_COLUMNS = 3
_WIDTH = 7.0  # inches
_MOST_NAMES = 5  # side by side in the legend
_FURTHEST = 3  # times the largest gain: how far an interval is drawn


def transfer_gains(evidence: Evidence) -> list[Figure]:
    """The figure `gains`; none without a comparison."""
    lines = [
        ("average", "average", "Average"),
        *((entry.task.name, "task", entry.task.title) for group in GROUPS for entry in evidence.study.target if entry.task.group == group),
    ]
    panels = _panels(evidence)
    models = [model.name for model in evidence.study.models]
    shown_rows = [
        row
        for model in models
        for variant, name in panels
        for target, scope, _ in lines
        if (row := evidence.comparison(Arm(model, variant, name), target, scope))
    ]
    if not shown_rows:
        return []
    bounds, cut = _bounds(shown_rows)
    titles = [short(title, 18) for _, _, title in lines]
    columns, head = above([evidence.model_title(model) for model in models], _MOST_NAMES, _WIDTH)
    grid = Grid(
        len(panels), _COLUMNS, _WIDTH, panel=0.2 * len(lines) * max(1.0, len(models) / 3), left=1.1 * text_width(titles, 8) + 0.14,
        head=head if len(models) > 1 else 0.0,
    )  # fmt: skip

    def draw(figure: Any, theme: Theme) -> None:
        handles: dict[str, Any] = {}
        for place, (empty, (variant, name)) in enumerate(zip(grid.panels(figure), panels, strict=True)):
            panel = grid.lines(empty, theme, place, bounds, titles, size=8)
            grid.title(panel, figure_title(evidence, Arm(models[0], variant, name)))
            for number, model in enumerate(models):
                handles[evidence.model_title(model)] = _series(panel, evidence, Arm(model, variant, name), lines, number, len(models))
            panel.rules([0.5], color=theme.line, linewidth=0.6, zorder=2)
        grid.name(figure, f"gain over {BASELINE}, points")
        if len(models) > 1:
            figure.legend(list(handles.values()), list(handles), loc="upper right", ncols=columns, frameon=False, borderaxespad=0.1)

    svg, pdf = drawn(draw, grid.width, grid.height)
    alpha = evidence.study.statistics.alpha
    return [
        Figure(
            id="gains",
            title="Gains by target",
            caption=(
                f"Mean {'paired ' if evidence.study.statistics.paired else ''}difference to {BASELINE} over {evidence.seeds}, with the "
                f"{100 * (1 - alpha):g} % t interval. "
                f"Hollow: the intermediate task is, or contains, the target's own training data. "
                f"{'Intervals wider than the frame are cut by it. ' if cut else ''}"
                f"{evaluated(evidence)} {figure_note(evidence, [Arm(models[0], *one) for one in panels])} {evidence.limits}"
            ).strip(),
            alternative=_in_words(evidence, models, panels),
            svg=svg,
            pdf=pdf,
            areas=areas(_parts(grid, [Arm(models[0], *one) for one in panels], lines, models)),
        )
    ]


def _parts(grid: Grid, arms: Sequence[Arm], rows: Sequence[tuple[str, str, str]], models: Sequence[str]) -> Iterator[Part]:
    for place, arm in enumerate(arms):
        yield "arm", arm_key(arm), panel_area(grid, place)
    for place, (name, scope, _) in enumerate(rows):
        if scope == "task":
            for box in line_areas(grid, place, place + 1, len(rows)):
                yield "target", name, box
        for number, model in enumerate(models if len(models) > 1 else ()):
            middle, half = place + 0.5 + _beside(number, len(models)), 0.35 / len(models)
            for box in line_areas(grid, middle - half, middle + half, len(rows), names=False):
                yield "model", model, box


def _beside(place: int, of: int) -> float:
    """How far a model's marks stand below the middle of a row."""
    return (place - (of - 1) / 2) * 0.7 / max(of, 2)


def _bounds(rows: Sequence[Comparison]) -> tuple[tuple[float, float], bool]:
    """The ends of the axis, and whether they cut intervals: those of few seeds would leave the gains themselves a dot in the middle."""
    most = _FURTHEST * max((abs(row.difference) for row in rows), default=0.0)
    ends = [end for row in rows for end in (row.low, row.high) if end is not None]
    ends += [row.difference for row in rows]
    low, high = max(min(ends, default=0.0), -max(most, 1.0)), min(max(ends, default=0.0), max(most, 1.0))
    cut = bool(ends) and (min(ends) < low or max(ends) > high)
    low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.05 * ((high - low) or 1.0)
    return (low - margin, high + margin), cut


def _panels(evidence: Evidence) -> list[tuple[str, str]]:
    return [(arm.variant, arm.intermediate) for arm in drawn_arms(evidence, evidence.study.models[0].name)]


def _series(
    panel: Panel,
    evidence: Evidence,
    arm: Arm,
    lines: list[tuple[str, str, str]],
    place: int,
    of: int,
) -> Any:
    """A model's intervals and marks; those that are filled, for the legend."""
    colour, marker = series(place)
    beside = _beside(place, of)
    rows = [
        (height + beside, row, evidence.own(arm, target))
        for height, (target, scope, _) in enumerate(lines)
        if (row := evidence.comparison(arm, target, scope))
    ]
    bounds = [(y, (row.low, row.high)) for y, row, _ in rows if row.low is not None and row.high is not None]
    panel.intervals([y for y, _ in bounds], [ends for _, ends in bounds], color=colour, zorder=2)
    handle = None
    for own in (True, False):
        there = [(row.difference, y) for y, row, hollow in rows if hollow == own]
        handle = panel.plot(
            [gain for gain, _ in there], [y for _, y in there], marker=marker, markersize=4.6, markeredgewidth=1.1, linestyle="none",
            zorder=3, markeredgecolor=colour, markerfacecolor="none" if own else colour,
        )  # fmt: skip
    return handle


def _in_words(evidence: Evidence, models: list[str], panels: list[tuple[str, str]]) -> str:
    parts = []
    for model in models:
        gains = [
            f"{evidence.arm_title(arm)} {shown(row.difference, signed=True)}"
            for variant, name in panels
            if (row := evidence.comparison(arm := Arm(model, variant, name), "average", "average"))
        ]
        if gains:
            parts.append(f"{evidence.model_title(model)}, average: {', '.join(gains)}")
    return "Dot plot of gains by target. " + ". ".join(parts) + ". The same numbers stand in the table of gains."
