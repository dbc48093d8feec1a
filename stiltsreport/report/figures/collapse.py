"""How often trainings collapsed, by row, with exact intervals: a panel a stage, a marker a model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.drawing import Theme, drawn, intervals, series, short
from stiltsreport.report.figures.grid import Grid, above, text_width
from stiltsreport.report.numbers import shown
from stiltsreport.report.panels import NOT_ZERO_SHOT_NOTE, figure_title
from stiltsreport.stats.collapse import Rate, rates

_WIDTH = 7.0  # inches
_ROW = 0.2  # inches: the height of a row
_MODEL = 0.09  # inches that every model beyond the first adds to it
_HEIGHT = 7.5  # of a panel that a page of the paper holds: beyond it rows without a collapse are left out
_FONT = 7  # points
_MOST_NAMES = 4  # side by side in the legend
_SPARE = 1.1  # times what a text takes in matplotlib's font: readers have others
_TITLES = {"intermediate": "Intermediate trainings", "target": "Target trainings"}


def collapse(evidence: Evidence) -> list[Figure]:
    """The figure `collapse`; none where no training of the study's own seeds has collapsed."""
    found = rates(evidence.study, evidence.results.setup.health)
    stages = [stage for stage in _TITLES if any(rate.collapsed for rate in found if rate.stage == stage)]
    if not stages:
        return []
    there = {(rate.variant, rate.intermediate) for rate in found if rate.stage in stages}
    arms = [arm for arm in evidence.arms(evidence.study.models[0].name) if (arm.variant, arm.intermediate) in there]
    models = [model.name for model in evidence.study.models if any(rate.model == model.name for rate in found)]
    if len(arms) * (_ROW + _MODEL * (len(models) - 1)) > _HEIGHT:
        hit = {(rate.variant, rate.intermediate) for rate in found if rate.collapsed and rate.stage in stages}
        arms = [arm for arm in arms if arm.baseline or (arm.variant, arm.intermediate) in hit]
    titles = [short(figure_title(evidence, arm), 30) for arm in arms]
    many = len(models) > 1
    end = 25 * math.ceil(4 * max(rate.high for rate in found if rate.stage in stages))
    width = _WIDTH if len(stages) > 1 else 0.65 * _WIDTH
    names = [short(evidence.model_title(model), 30) for model in models]
    columns, head = above(names, _MOST_NAMES, width, _FONT)
    grid = Grid(
        len(stages), 2, width, panel=len(arms) * (_ROW + _MODEL * (len(models) - 1)),
        left=text_width(titles, _FONT) * _SPARE + 0.1, head=head if many else 0.0,
    )  # fmt: skip

    def draw(figure: Any, theme: Theme) -> None:
        handles: dict[str, Any] = {}
        for place, (axes, stage) in enumerate(zip(grid.axes(figure), stages, strict=True)):
            _frame(axes, theme, _TITLES[stage], len(arms), end)
            for number, model in enumerate(models):
                own = [rate for rate in found if (rate.model, rate.stage) == (model, stage)]
                handles[model] = _model(axes, own, arms, (number - (len(models) - 1) / 2) * 0.7 / max(len(models), 2), number)
            if place == 0:
                axes.set_yticks(range(len(titles)), titles, fontsize=_FONT)
        grid.name(figure, "collapsed, % of the trainings")
        if many:
            figure.legend(list(handles.values()), names, loc="upper right", ncols=columns, frameon=False, fontsize=_FONT)

    svg, pdf = drawn(draw, grid.width, grid.height)
    flagged = NOT_ZERO_SHOT_NOTE if any("‡" in title for title in titles) else ""
    caption = (
        "Trainings that collapsed, of those that have run, by row, with the exact 95 % interval of the rate (Clopper and Pearson). "
        "A training that serves two targets counts once; those of one seed share an intermediate checkpoint, so that intervals are hints."
    )
    caption += " Rows without a collapsed training are left out, but the baseline." if len(arms) < len(there) else ""
    return [
        Figure(
            id="collapse",
            title="Rate of collapsed trainings",
            caption=" ".join(part for part in (caption, flagged, evidence.limits) if part),
            alternative=_in_words(evidence, [rate for rate in found if rate.stage in stages]),
            svg=svg,
            pdf=pdf,
        )
    ]


def _frame(axes: Any, theme: Theme, title: str, rows: int, end: int) -> None:
    axes.set_title(title, loc="left", fontweight="bold", y=1.0)
    axes.set_xlim(-0.02 * end, 1.02 * end)
    axes.set_xticks(range(0, end + 1, 5 if end <= 25 else 25))  # noqa: PLR2004 - a quarter
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(axis="x", color=theme.line, linewidth=0.5, zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=3, labelsize=_FONT)
    axes.set_facecolor("none")
    for side in axes.spines.values():
        side.set_visible(False)


def _model(axes: Any, own: Sequence[Rate], arms: Sequence[Arm], shift: float, number: int) -> Any:
    """A model's rates: intervals in one stroke, then the markers, which are its handle in the legend."""
    by_arm = {(rate.variant, rate.intermediate): rate for rate in own}
    there = [(place, by_arm[arm.variant, arm.intermediate]) for place, arm in enumerate(arms) if (arm.variant, arm.intermediate) in by_arm]
    colour, marker = series(number)
    heights = [place + shift for place, _ in there]
    intervals(axes, heights, [(100 * rate.low, 100 * rate.high) for _, rate in there], color=colour, zorder=2)
    points = [100 * rate.collapsed / rate.trainings for _, rate in there]
    return axes.plot(points, heights, color=colour, marker=marker, markersize=4.4, linestyle="none", zorder=3)[0]


def _in_words(evidence: Evidence, found: Sequence[Rate]) -> str:
    told = [
        f"{evidence.arm_title(Arm(rate.model, rate.variant, rate.intermediate))} of {evidence.model_title(rate.model)}, {rate.stage}: "
        f"{rate.collapsed} of {rate.trainings} ({shown(100 * rate.low)} to {shown(100 * rate.high)} %)"
        for rate in found
        if rate.collapsed
    ]
    return f"Dot plot of the rates at which trainings collapsed. {'. '.join(told)}. No other row has a collapsed training."
