"""Score against cost: every row's average against hours of training and parameters, with the front that no row beats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.drawing import Theme, drawn, quiet, series, short
from stiltsreport.report.numbers import shown
from stiltsreport.report.tables.pareto import CostPoint, cost_points, fronts, name_of
from stiltsreport.stats.aggregate import average_title

_WIDTH, _HEIGHT = 7.0, 2.6  # inches
_DECADE = 10
_NAMED = 12  # rows that are named beside their points


def pareto(evidence: Evidence) -> list[Figure]:
    """The figure `pareto`; none without the table of that name."""
    points = [point for point in cost_points(evidence) if point.hours > 0]
    if len(points) < 2:  # noqa: PLR2004 - a front needs rivals
        return []
    by_hours, by_parameters = fronts(points)
    panels: list[tuple[str, Callable[[CostPoint], float], Sequence[bool]]] = [
        ("hours of training, one seed", lambda one: one.hours, by_hours)
    ]
    if len({point.parameters for point in points}) > 1 and all(point.parameters for point in points):
        panels.append(("parameters", lambda one: float(one.parameters), by_parameters))
    models = list(dict.fromkeys(point.arm.model for point in points))

    def draw(figure: Any, theme: Theme) -> None:
        grid = figure.subplots(1, len(panels), squeeze=False)[0]
        handles: dict[str, Any] = {}
        for axes, (title, cost, front) in zip(grid, panels, strict=True):
            _frame(axes, theme, title, [cost(point) for point in points])
            line = sorted((cost(point), point.score) for point, on in zip(points, front, strict=True) if on)
            axes.plot(*zip(*line, strict=True), drawstyle="steps-post", color=theme.soft, linewidth=1.0, zorder=2)
            for place, model in enumerate(models):
                colour, marker = series(place)
                own = [(cost(point), point.score) for point in points if point.arm.model == model]
                style = {"color": colour, "marker": marker, "markersize": 4, "linestyle": "none", "zorder": 3}
                handles.setdefault(model, axes.plot(*zip(*own, strict=True), **style)[0])
            if len(points) <= _NAMED:
                for point in points:
                    where = {"xytext": (4, 3), "textcoords": "offset points", "fontsize": 6, "color": theme.soft}
                    axes.annotate(short(evidence.arm_title(point.arm), 24), (cost(point), point.score), **where)
        grid[0].set_ylabel("average")
        if len(models) > 1:
            names = [short(evidence.model_title(model), 30) for model in handles]
            figure.legend(list(handles.values()), names, loc="outside lower center", ncols=3, frameon=False)

    svg, pdf = drawn(draw, _WIDTH, _HEIGHT)
    return [
        Figure(
            "pareto",
            "Score against cost",
            (
                f"The {average_title(evidence.study)} of every row, mean over {evidence.seeds}, against what it costs on a logarithmic "
                f"scale; the line joins the rows that no other beats. {evidence.limits}"
            ).strip(),
            _in_words(evidence, points, by_hours),
            svg,
            pdf,
        )
    ]


def _frame(axes: Any, theme: Theme, title: str, costs: Sequence[float]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

    near = max(costs) < _DECADE * min(costs)  # within a decade a logarithmic scale would have one tick or two
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(5) if near else LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_plain))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.12)
    axes.set_xlabel(title)
    quiet(axes, theme)


def _plain(cost: float, _place: object = None) -> str:
    """Hours as they are, parameters in millions and billions.

    >>> [_plain(cost) for cost in (0.05, 20, 5e8, 1e10)]
    ['0.05', '20', '500M', '10B']
    """
    for unit, sign in ((1e9, "B"), (1e6, "M")):
        if cost >= unit:
            return f"{cost / unit:g}{sign}"
    return f"{cost:g}"


def _in_words(evidence: Evidence, points: Sequence[CostPoint], front: Sequence[bool]) -> str:
    best = sorted((point for point, on in zip(points, front, strict=True) if on), key=lambda point: point.hours)
    parts = [f"{name_of(evidence, point.arm)}: {shown(point.score)} in {shown(point.hours, 2)} hours" for point in best]
    return f"Scatter plots of averages against cost. On the front in hours: {'; '.join(parts)}. The numbers stand in the table."
