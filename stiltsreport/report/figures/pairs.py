"""The generalized setting as heatmaps: the languages of the first sentence by those of the second, one figure a target and model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Arm, Evidence, language_title
from stiltsreport.report.figures.drawing import Theme, drawn, short
from stiltsreport.report.formats.latex_text import label
from stiltsreport.report.numbers import shown
from stiltsreport.report.tables.cells import difference
from stiltsreport.report.tables.pairs import reference
from stiltsreport.stats.aggregate import Floats
from stiltsreport.stats.pairs import PairScores
from stiltsreport.study.study import TargetEntry

_COLUMNS = 2
_WIDTH = 7.0  # inches
_WRITTEN = 8  # languages up to which a cell holds its number
_PALE = "#f7f7f5"
# Colour-blind safe, and dark enough at both ends to part on paper: white to blue for scores, orange to blue through pale for differences.
_SCORES = (_PALE, "#9ecae1", "#3182bd", "#08306b")
_DIFFERENCES = ("#b35806", "#fdb863", _PALE, "#92c5de", "#2166ac")
_DARK_TEXT, _LIGHT_TEXT = "#101010", "#fefefe"  # on cells, which keep their colours on dark pages
_BRIGHT = 0.5  # luminance from which text is dark


def pairs(evidence: Evidence) -> list[Figure]:
    """The figures `pairs-TARGET-MODEL`; none where no pair of two languages has a score."""
    found = []
    for entry in evidence.pairs.entries:
        for model in evidence.study.models:
            arms = [arm for arm in evidence.arms(model.name) if _of(evidence, arm, entry).any]
            if arms:
                found.append(_figure(evidence, entry, model.name, arms))
    return found


def _of(evidence: Evidence, arm: Arm, entry: TargetEntry) -> PairScores:
    return evidence.pairs.of((arm.model, arm.variant, arm.intermediate), entry)


def _figure(evidence: Evidence, entry: TargetEntry, model: str, arms: list[Arm]) -> Figure:
    panels = [_panel(evidence, arm, entry) for arm in arms]
    codes = _of(evidence, arms[0], entry).languages
    columns = min(_COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    plain = [values for values, base in panels if base is None]
    moved = [values for values, base in panels if base is not None]
    low, high = (float(np.nanmin(plain)), float(np.nanmax(plain))) if plain else (0.0, 1.0)
    most = max((float(np.nanmax(np.abs(values))) for values in moved), default=1.0) or 1.0

    def draw(figure: Any, theme: Theme) -> None:
        from matplotlib.colors import LinearSegmentedColormap

        scores = LinearSegmentedColormap.from_list("scores", _SCORES)
        differences = LinearSegmentedColormap.from_list("differences", _DIFFERENCES)
        grid = figure.subplots(rows, columns, squeeze=False)
        first: dict[bool, Any] = {}
        for place, axes in enumerate(grid.flat):
            if place >= len(panels):
                axes.set_visible(False)
                continue
            values, base = panels[place]
            colours, bounds = (scores, (low, high)) if base is None else (differences, (-most, most))
            mesh = axes.pcolormesh(values, cmap=colours, vmin=bounds[0], vmax=bounds[1], edgecolors=_LIGHT_TEXT, linewidth=0.3)
            first.setdefault(base is None, mesh)
            named = evidence.arm_title(arms[place])
            axes.set_title(short(named if base is None else f"{named} − {evidence.arm_title(base)}", 44), loc="left", fontweight="bold")
            _frame(axes, codes, theme)
            if len(codes) <= _WRITTEN:
                _write(axes, values, mesh, signed=base is not None)
        for absolute, mesh in first.items():
            where = figure.colorbar(mesh, ax=grid, location="right" if absolute else "bottom", shrink=0.6, aspect=30, pad=0.02)
            where.set_label("score" if absolute else "difference, points", fontsize=7)
            where.ax.tick_params(labelsize=6.5, length=2)
            where.outline.set_visible(False)

    light, dark, pdf = drawn(draw, _WIDTH, rows * (_WIDTH / 2 - 0.1) + 0.7)
    named = f"{entry.task.title}, {evidence.model_title(model)}"
    return Figure(
        id=f"pairs-{label(entry.task.name)}-{label(model)}",
        title=f"Sentence pairs in two languages: {named}",
        caption=(
            f"Rows: language of the first sentence, columns: of the second; the diagonal is one language. Mean over {evidence.seeds}. "
            "Panels without an intermediate task and method show scores, the others differences to the row that is named. "
            f"Blank: not asked for, or not run. The numbers stand in the tables of pairs. {evidence.limits}"
        ).strip(),
        alternative=_in_words(evidence, arms, entry),
        svg=light,
        svg_dark=dark,
        pdf=pdf,
    )


def _panel(evidence: Evidence, arm: Arm, entry: TargetEntry) -> tuple[Floats, Arm | None]:
    """What a panel shows: scores, or differences to an arm that has pairs."""
    own, base = _of(evidence, arm, entry), reference(arm)
    other = _of(evidence, base, entry) if base else None
    if other is None or not other.any:
        return own.means, None
    return own.means - other.means, base


def _frame(axes: Any, codes: tuple[str, ...], theme: Theme) -> None:
    places = [place + 0.5 for place in range(len(codes))]
    axes.set_xticks(places, codes)
    axes.set_yticks(places, codes)
    axes.set_ylim(len(codes), 0)
    axes.set_aspect("equal")
    axes.tick_params(length=0, pad=2, labelsize=6.5 if len(codes) > _WRITTEN else 7.5)
    axes.tick_params(axis="x", labelrotation=90 if len(codes) > _WRITTEN else 0)
    axes.set_facecolor("none")
    axes.set_ylabel("sentence 1", fontsize=7, color=theme.soft)
    axes.set_xlabel("sentence 2", fontsize=7, color=theme.soft)
    for side in axes.spines.values():
        side.set_visible(False)


def _write(axes: Any, values: Floats, mesh: Any, *, signed: bool) -> None:
    """The number of each cell, dark on pale and pale on dark."""
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            if not math.isnan(value):
                red, green, blue, _ = mesh.cmap(mesh.norm(value))
                pale = 0.299 * red + 0.587 * green + 0.114 * blue > _BRIGHT
                axes.text(
                    column + 0.5, row + 0.5, shown(float(value), signed=signed), ha="center", va="center", fontsize=7,
                    color=_DARK_TEXT if pale else _LIGHT_TEXT,
                )  # fmt: skip


def _in_words(evidence: Evidence, arms: list[Arm], entry: TargetEntry) -> str:
    parts = []
    for arm in arms:
        own, base = _of(evidence, arm, entry), reference(arm)
        series = own.off_diagonal()
        gain = difference(series, _of(evidence, base, entry).off_diagonal() if base else None)
        if series is not None:
            against = f", {shown(gain, signed=True)} against {evidence.arm_title(base)}" if gain is not None and base else ""
            parts.append(f"{evidence.arm_title(arm)}: {shown(series.mean())} over pairs of two languages{against}")
    codes = _of(evidence, arms[0], entry).languages
    return f"Heatmaps of {', '.join(language_title(code) for code in codes)} against each other. " + ". ".join(parts) + "."
