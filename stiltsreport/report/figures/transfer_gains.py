"""Gains by target with their intervals: one panel an intermediate task, one marker a model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.drawing import Theme, drawn, panel, series, short
from stiltsreport.report.numbers import shown
from stiltsreport.report.panels import drawn_arms, figure_note, figure_title
from stiltsreport.report.tables.cells import evaluated
from stiltsreport.stats.aggregate import GROUPS
from stiltsreport.stats.comparison import Comparison
from stiltsreport.study.study import BASELINE

_COLUMNS = 3
_WIDTH = 7.0  # inches
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
    columns = min(_COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)

    def draw(figure: Any, theme: Theme) -> None:
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for place, axes in enumerate(grid.flat):
            if place >= len(panels):
                axes.set_visible(False)
                continue
            variant, name = panels[place]
            panel(axes, theme, short(figure_title(evidence, Arm(models[0], variant, name)), 30))
            for number, model in enumerate(models):
                _series(axes, evidence, Arm(model, variant, name), lines, number, len(models))
            axes.axhline(0.5, color=theme.line, linewidth=0.6)
            if place + columns >= len(panels):
                axes.set_xlabel(f"gain over {BASELINE}, points")
                axes.tick_params(labelbottom=True)
        grid[0][0].set_yticks(range(len(lines)), [short(title, 18) for _, _, title in lines])
        grid[0][0].set_ylim(len(lines) - 0.5, -0.5)
        if cut:
            grid[0][0].set_xlim(*bounds)
        if len(models) > 1:
            handles, labels = grid[0][0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside upper right", ncols=min(len(models), 4), frameon=False)

    svg, pdf = drawn(draw, _WIDTH, rows * (0.55 + 0.2 * len(lines) * max(1.0, len(models) / 3)) + 0.4)
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
        )
    ]


def _bounds(rows: Sequence[Comparison]) -> tuple[tuple[float, float], bool]:
    """The ends of the axis, and whether they cut intervals: those of few seeds would leave the gains themselves a dot in the middle."""
    most = _FURTHEST * max((abs(row.difference) for row in rows), default=0.0)
    ends = [end for row in rows for end in (row.low, row.high) if end is not None]
    ends += [row.difference for row in rows]
    low, high = max(min(ends, default=0.0), -max(most, 1.0)), min(max(ends, default=0.0), max(most, 1.0))
    margin = 0.05 * (high - low)
    return (low - margin, high + margin), bool(ends) and (min(ends) < low or max(ends) > high)


def _panels(evidence: Evidence) -> list[tuple[str, str]]:
    return [(arm.variant, arm.intermediate) for arm in drawn_arms(evidence, evidence.study.models[0].name)]


def _series(
    axes: Any,
    evidence: Evidence,
    arm: Arm,
    lines: list[tuple[str, str, str]],
    place: int,
    of: int,
) -> None:
    colour, marker = series(place)
    labelled = False
    for height, (target, scope, _) in enumerate(lines):
        row = evidence.comparison(arm, target, scope)
        if row is None:
            continue
        y = height + (place - (of - 1) / 2) * 0.7 / max(of, 2)
        if row.low is not None and row.high is not None:
            axes.plot([row.low, row.high], [y, y], color=colour, linewidth=1.1, solid_capstyle="butt", zorder=2)
        own = evidence.own(arm, target)
        axes.plot(
            [row.difference], [y], marker=marker, markersize=4.6, markeredgewidth=1.1, linestyle="none", zorder=3, markeredgecolor=colour,
            markerfacecolor="none" if own else colour, label="_" if labelled or own else evidence.model_title(arm.model),
        )  # fmt: skip
        labelled = labelled or not own


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
