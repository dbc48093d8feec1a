"""Gains against model size: a row of two panels an arm, in points and in log odds, with each model's interval and the fitted line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.drawing import Theme, drawn, intervals, quiet, series, short
from stiltsreport.report.numbers import shown
from stiltsreport.report.tables.effects import interval_name
from stiltsreport.report.tables.size import Sized, sized
from stiltsreport.stats.claims.size_design import in_words
from stiltsreport.stats.model_sizes import LEAST_DF, Scale, SizeTrend
from stiltsreport.study.claims import Trend
from stiltsreport.study.study import BASELINE, PLAIN

_MOST = 6  # arms that have a row
_WIDTH, _HEIGHT = 7.0, 2.1  # inches
_POINTS = 60  # of a line
_SCALES: tuple[tuple[int, Scale, str], ...] = ((0, "points", "points"), (2, "logit", "log odds"))


def size_figure(evidence: Evidence) -> list[Figure]:
    """The figure `size`; none where no family of models stands in two sizes."""
    rows = [one for one in sized(evidence) if any(point.gain.difference is not None for point in one.points)]
    plain = [one for one in rows if one.arm.variant == PLAIN] or rows
    shown_rows = plain[:_MOST]
    if not shown_rows:
        return []
    beyond = _asked(evidence)

    def draw(figure: Any, theme: Theme) -> None:
        grid = figure.subplots(len(shown_rows), len(_SCALES), squeeze=False, sharex=True)
        handles: dict[str, Any] = {}
        for line, one in zip(grid, shown_rows, strict=True):
            for axes, (place, scale, unit) in zip(line, _SCALES, strict=True):
                _frame(axes, theme, f"{short(evidence.arm_title(one.arm), 24)}, {unit}", f"gain, {unit}")
                handles |= _panel(axes, one, one.trends[place], scale, 1 - evidence.study.statistics.alpha)
                for size in beyond:
                    axes.axvline(size, color=theme.soft, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
        for axes in grid[-1]:
            axes.set_xlabel("parameters")
        figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=4, frameon=False)

    svg, pdf = drawn(draw, _WIDTH, len(shown_rows) * _HEIGHT + 0.4)
    return [Figure("size", "Gain by model size", _caption(evidence, shown_rows, rows, beyond), _in_words(evidence, shown_rows), svg, pdf)]


def _asked(evidence: Evidence) -> list[float]:
    """The sizes that claims speak of."""
    said = [claim.statement for claim in evidence.study.claims]
    return sorted({one.beyond for one in said if isinstance(one, Trend) and one.axis == "parameters" and one.beyond is not None})


def _frame(axes: Any, theme: Theme, title: str, label: str) -> None:
    axes.set_title(title, loc="left", fontweight="bold")
    axes.set_xscale("log")
    axes.axhline(0, color=theme.soft, linewidth=0.8, zorder=1)
    quiet(axes, theme)
    axes.xaxis.set_major_formatter(lambda value, _: in_words(value))
    axes.locator_params(axis="y", nbins=5)  # fixed, so that labels do not grow once the figure is laid out
    axes.set_ylabel(label)


def _panel(axes: Any, one: Sized, trend: SizeTrend, scale: Scale, level: float) -> dict[str, Any]:
    handles: dict[str, Any] = {}
    families = list(dict.fromkeys(point.model.family for point in one.points))
    for place, family in enumerate(families):
        colour, marker = series(place)
        there = [
            point for point in one.points if point.model.family == family and point.size() and point.gains[scale].difference is not None
        ]
        bounds = [(point.size(), (point.gains[scale].low, point.gains[scale].high)) for point in there]
        known = [(size, (low, high)) for size, (low, high) in bounds if low is not None and high is not None]
        intervals(axes, [size for size, _ in known], [ends for _, ends in known], upright=True, color=colour, zorder=3)
        sizes, gains = [point.size() for point in there], [point.gains[scale].difference for point in there]
        if there:
            handles[family] = axes.plot(sizes, gains, color=colour, marker=marker, markersize=4.6, linestyle="none", zorder=4)[0]
        if trend.fit is not None and family in trend.families and len(set(sizes)) > 1:
            _line(axes, trend, family, (min(sizes), max(sizes)), colour, level)
    return handles


def _line(axes: Any, trend: SizeTrend, family: str, ends: tuple[int, int], colour: str, level: float) -> None:
    """The family's line, with the band of its mean where the fit speaks of more than these checkpoints."""
    assert trend.fit is not None
    sizes = np.geomspace(*ends, _POINTS)
    own = np.array([float(name == family) for name in trend.families])
    rows = [np.append(own, np.log10(size)) for size in sizes]
    axes.plot(sizes, [trend.fit.estimate(row)[0] for row in rows], color=colour, linewidth=1.0, zorder=2)
    if trend.df >= LEAST_DF:
        bounds = np.array([trend.fit.interval(row, level) for row in rows])
        axes.fill_between(sizes, bounds[:, 0], bounds[:, 1], color=colour, alpha=0.15, linewidth=0, zorder=1)


def _caption(evidence: Evidence, drawn_rows: Sequence[Sized], rows: Sequence[Sized], beyond: Sequence[float]) -> str:
    parts = [
        f"Mean difference to {BASELINE} over {evidence.seeds}, by model, with the {interval_name(evidence)}.",
        f"Lines: meta-regression with an intercept for each family, with the band of its mean where {LEAST_DF} degrees of freedom stay.",
    ]
    if beyond:
        parts.append(f"Dashed: {', '.join(in_words(size) for size in beyond)} parameters, which a claim names.")
    if any(one.trends[0].df < LEAST_DF for one in drawn_rows):
        parts.append("Lines without a band hold for these checkpoints.")
    if len(rows) > len(drawn_rows):
        parts.append("The other rows stand in the table.")
    return " ".join([*parts, evidence.limits]).strip()


def _in_words(evidence: Evidence, rows: Sequence[Sized]) -> str:
    told = []
    for one in rows:
        gains = [
            f"{point.model.title} {shown(point.gain.difference, signed=True)}" for point in one.points if point.gain.difference is not None
        ]
        told.append(f"{evidence.arm_title(one.arm)}: {', '.join(gains)}")
    return f"Scatter of gains in points by model size. {'. '.join(told)}."
