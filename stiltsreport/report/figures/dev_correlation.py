"""English dev against zero-shot: the gains of every training over the baseline of its seed, a panel a target, a colour a model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.drawing import Theme, drawn, quiet, series, short
from stiltsreport.report.numbers import shown
from stiltsreport.report.panels import MOST_PANELS
from stiltsreport.report.tables.dev_correlation import correlations
from stiltsreport.stats.aggregate import Floats
from stiltsreport.stats.dev_correlation import DevCorrelation
from stiltsreport.study.study import BASELINE, PLAIN

_COLUMNS = 3
_WIDTH = 7.0  # inches
_HEIGHT = 2.2
_LEAST = 1.0  # points on either side of 0 that an axis has


def dev_correlation(evidence: Evidence) -> list[Figure]:
    """The figure `dev-correlation`; none without the table of that name."""
    found = correlations(evidence)
    targets = list(dict.fromkeys(row.target for rows in found.values() for row in rows))[:MOST_PANELS]
    points = {(model, row.target): _gains(row) for model, rows in found.items() for row in rows}
    if not any(len(x) for x, _ in points.values()):
        return []
    columns = min(_COLUMNS, len(targets))
    rows = math.ceil(len(targets) / columns)

    def draw(figure: Any, theme: Theme) -> None:
        grid = figure.subplots(rows, columns, squeeze=False)
        handles: dict[str, Any] = {}
        for number, (axes, target) in enumerate(zip(grid.flat, targets, strict=False)):
            _frame(axes, theme, short(evidence.entries[target].task.title, 30))
            if number + columns >= len(targets):
                axes.set_xlabel("English dev, gain")
            for place, model in enumerate(found):
                x, y = points.get((model, target), (np.empty(0), np.empty(0)))
                colour, marker = series(place)
                style = {"color": colour, "marker": marker, "markersize": 3.4, "linestyle": "none", "alpha": 0.8}
                handles.setdefault(model, axes.plot(x, y, **style)[0])
            _widen(axes)
        for axes in list(grid.flat)[len(targets) :]:
            axes.set_visible(False)
        for axes in grid[:, 0]:
            axes.set_ylabel("other languages, gain")
        if len(found) > 1:
            names = [short(evidence.model_title(model), 30) for model in handles]
            figure.legend(list(handles.values()), names, loc="outside lower center", ncols=3, frameon=False)

    width = _WIDTH * columns / _COLUMNS if columns < _COLUMNS else _WIDTH
    svg, pdf = drawn(draw, max(width, 3.2), rows * _HEIGHT + 0.3)
    return [
        Figure(
            "dev-correlation",
            "English dev against the other languages",
            (
                f"Each point is one target training: its gain in points over {BASELINE} of the same seed, on English dev data (across) and "
                f"in the mean of the other languages (up), over {evidence.seeds}. {evidence.limits}"
            ).strip(),
            _in_words(evidence, found),
            svg,
            pdf,
        )
    ]


def _gains(row: DevCorrelation) -> tuple[Floats, Floats]:
    """Differences to the baseline of the same seed, of every other row, where both sides are there."""
    base = row.arms.index((PLAIN, BASELINE))
    others = [place for place in range(len(row.arms)) if place != base]
    x, y = ((side[others] - side[base]).ravel() for side in (row.dev, row.zero_shot))
    there = ~(np.isnan(x) | np.isnan(y))
    return x[there], y[there]


def _frame(axes: Any, theme: Theme, title: str) -> None:
    axes.set_title(title, loc="left", fontweight="bold")
    axes.axhline(0, color=theme.soft, linewidth=0.8, zorder=1)
    axes.axvline(0, color=theme.soft, linewidth=0.8, zorder=1)
    quiet(axes, theme)


def _widen(axes: Any) -> None:
    """No axis is narrower than a point on either side of 0: gains that are all 0 would else be spread over hundredths of a point."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    axes.set_xlim(min(left, -_LEAST), max(right, _LEAST))
    axes.set_ylim(min(low, -_LEAST), max(high, _LEAST))


def _in_words(evidence: Evidence, found: dict[str, list[DevCorrelation]]) -> str:
    parts = [
        f"{evidence.model_title(model)}, {evidence.entries[row.target].task.title}: rho over rows {shown(row.arms_alone.rho, 2)}"
        for model, rows in found.items()
        for row in rows
        if row.arms_alone.rho is not None
    ]
    return f"Scatter plots of gains. {'. '.join(parts)}. The same numbers stand in the table of correlations."
