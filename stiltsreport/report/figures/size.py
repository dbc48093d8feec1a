"""Gains against model size: a row of two panels an arm, in points and in log odds, with each model's interval and the fitted line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from stiltsreport.report.document import Area, Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.areas import areas, arm_key, chart_area
from stiltsreport.report.figures.charts import Chart, Charts
from stiltsreport.report.figures.drawing import Theme, drawn, series, short
from stiltsreport.report.figures.panel import Panel
from stiltsreport.report.figures.scales import Scale as Axis
from stiltsreport.report.figures.scales import linear, logarithmic
from stiltsreport.report.numbers import shown
from stiltsreport.report.tables.effects import interval_name
from stiltsreport.report.tables.size import Sized, sized
from stiltsreport.stats.claims.size_design import in_words
from stiltsreport.stats.model_sizes import LEAST_DF, Scale, SizeTrend
from stiltsreport.study.claims import Trend
from stiltsreport.study.study import BASELINE, PLAIN

_MOST = 6  # arms that have a row
_WIDTH, _HEIGHT = 7.0, 1.5  # inches: of the figure, and of a panel
_LEGEND = 4  # columns of the legend
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

    level = 1 - evidence.study.statistics.alpha
    sizes = logarithmic([point.size() for one in shown_rows for point in one.points if point.size()] + beyond, in_words)
    drawings = [(one, one.trends[place], scale) for one in shown_rows for place, scale, _ in _SCALES]
    made = [
        Chart(
            f"{short(one.title, 24)}, {unit}",
            sizes,
            _up(one, scale),
            ("parameters" if one is shown_rows[-1] else "", f"gain, {unit}"),
            zero=True,
        )
        for one in shown_rows
        for _, scale, unit in _SCALES
    ]
    families = {point.model.family for one in shown_rows for point in one.points}
    charts = Charts(made, _WIDTH, _HEIGHT, legend=(len(families), _LEGEND))

    def draw(figure: Any, theme: Theme) -> None:
        handles: dict[str, Any] = {}
        for panel, (one, trend, scale) in zip(charts.drawn(figure, theme), drawings, strict=True):
            handles |= _panel(panel, one, trend, scale, level)
            panel.rules(beyond, upright=True, color=theme.soft, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
        charts.grid.legend(figure, list(handles.values()), list(handles), _LEGEND)

    svg, pdf = drawn(draw, _WIDTH, charts.grid.height)
    return [
        Figure(
            "size",
            "Gain by model size",
            _caption(evidence, shown_rows, rows, beyond),
            _in_words(shown_rows),
            svg,
            pdf,
            areas=_areas(charts, shown_rows),
        )
    ]


def _areas(charts: Charts, rows: Sequence[Sized]) -> tuple[Area, ...]:
    return areas(
        ("arm", arm_key(one.arm), chart_area(charts.grid, line * len(_SCALES) + place))
        for line, one in enumerate(rows)
        for place in range(len(_SCALES))
    )


def _asked(evidence: Evidence) -> list[float]:
    """The sizes that claims speak of."""
    said = [claim.statement for claim in evidence.study.claims]
    return sorted({one.beyond for one in said if isinstance(one, Trend) and one.axis == "parameters" and one.beyond is not None})


def _up(one: Sized, scale: Scale) -> Axis:
    """The upright axis: 0, every gain, and the ends of its interval."""
    gains = [point.gains[scale] for point in one.points]
    return linear([0.0, *(value for gain in gains for value in (gain.difference, gain.low, gain.high) if value is not None)], 5)


def _panel(panel: Panel, one: Sized, trend: SizeTrend, scale: Scale, level: float) -> dict[str, Any]:
    handles: dict[str, Any] = {}
    families = list(dict.fromkeys(point.model.family for point in one.points))
    for place, family in enumerate(families):
        colour, marker = series(place)
        there = [
            point for point in one.points if point.model.family == family and point.size() and point.gains[scale].difference is not None
        ]
        bounds = [(point.size(), (point.gains[scale].low, point.gains[scale].high)) for point in there]
        known = [(size, (low, high)) for size, (low, high) in bounds if low is not None and high is not None]
        panel.intervals([size for size, _ in known], [ends for _, ends in known], upright=True, color=colour, zorder=3)
        sizes, gains = [point.size() for point in there], [point.gains[scale].difference for point in there]
        if there:
            handles[family] = panel.plot(sizes, gains, color=colour, marker=marker, markersize=4.6, linestyle="none", zorder=4)
        if trend.fit is not None and family in trend.families and len(set(sizes)) > 1:
            _line(panel, trend, family, (min(sizes), max(sizes)), colour, level)
    return handles


def _line(panel: Panel, trend: SizeTrend, family: str, ends: tuple[int, int], colour: str, level: float) -> None:
    """The family's line, with the band of its mean where the fit speaks of more than these checkpoints."""
    assert trend.fit is not None
    sizes = np.geomspace(*ends, _POINTS)
    own = np.array([float(name == family) for name in trend.families])
    rows = [np.append(own, np.log10(size)) for size in sizes]
    panel.plot(sizes, [trend.fit.estimate(row)[0] for row in rows], color=colour, linewidth=1.0, zorder=2)
    if trend.df >= LEAST_DF:
        bounds = np.array([trend.fit.interval(row, level) for row in rows])
        panel.band(sizes, bounds[:, 0], bounds[:, 1], color=colour, alpha=0.15, linewidth=0, zorder=1)


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


def _in_words(rows: Sequence[Sized]) -> str:
    told = []
    for one in rows:
        gains = [
            f"{point.model.title} {shown(point.gain.difference, signed=True)}" for point in one.points if point.gain.difference is not None
        ]
        told.append(f"{one.title}: {', '.join(gains)}")
    return f"Scatter of gains in points by model size. {'. '.join(told)}."
