"""The generalized setting as heatmaps: the languages of the first sentence by those of the second, one figure a target and model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.diverging import LIGHT_TEXT, PALE, colour_map, text_on
from stiltsreport.report.figures.drawing import Theme, drawn, short
from stiltsreport.report.formats.latex_text import label
from stiltsreport.report.numbers import shown
from stiltsreport.report.panels import figure_note, figure_title, paired_arms
from stiltsreport.report.tables.cells import difference
from stiltsreport.report.tables.pairs import reference
from stiltsreport.report.titles import language_title
from stiltsreport.stats.aggregate import Floats
from stiltsreport.stats.pairs import PairScores, languages_of
from stiltsreport.study.study import TargetEntry

_WIDTH = 7.0  # inches
_HEIGHT = 7.6  # of the panels of one figure: what a page of the paper holds at full width
_CELL = 0.19  # inches: the smallest side whose label can be read on paper
_ROOMY = 0.36  # of a cell that holds its number
_AROUND = 0.55  # inches of labels and title beside a panel
_WRITTEN = 8  # languages up to which a cell holds its number
_SCORES = (PALE, "#9ecae1", "#3182bd", "#08306b")
Panel = tuple[Floats, Arm | None]  # what is shown, and the arm that it is a difference to


def pairs(evidence: Evidence) -> list[Figure]:
    """The figures `pairs-TARGET-MODEL`; none where no pair of two languages has a score."""
    found = []
    for entry in evidence.pairs.entries:
        for model in evidence.study.models:
            arms = [arm for arm in paired_arms(evidence, model.name) if _of(evidence, arm, entry).any]
            columns, rows = _grid(len(languages_of(entry)))
            most = columns * rows
            for part, first in enumerate(range(0, len(arms), most)):
                found.append(_figure(evidence, entry, model.name, arms, arms[first : first + most], part))
    return found


def _grid(languages: int) -> tuple[int, int]:
    """How many panels of so many languages stand beside and above each other on a page.

    >>> _grid(15), _grid(3)
    ((2, 2), (4, 4))
    """
    side = languages * (_ROOMY if languages <= _WRITTEN else _CELL) + _AROUND
    return max(1, int(_WIDTH / side)), max(1, int(_HEIGHT / (side + 0.1)))


def _of(evidence: Evidence, arm: Arm, entry: TargetEntry) -> PairScores:
    return evidence.pairs.of((arm.model, arm.variant, arm.intermediate), entry)


def _figure(evidence: Evidence, entry: TargetEntry, model: str, every: list[Arm], arms: list[Arm], part: int) -> Figure:
    """The part of the arms of `every` that a page holds; all parts have the same scale of colours."""
    panels = [_panel(evidence, arm, entry) for arm in arms]
    bounds = _bounds([_panel(evidence, arm, entry) for arm in every])
    codes = _of(evidence, arms[0], entry).languages
    columns = _grid(len(codes))[0]
    rows = math.ceil(len(panels) / columns)
    side = _WIDTH / columns

    def draw(figure: Any, theme: Theme) -> None:
        colours = {True: colour_map(_SCORES), False: colour_map()}
        grid = figure.subplots(rows, columns, squeeze=False)
        first: dict[bool, Any] = {}
        for place, axes in enumerate(grid.flat):
            if place >= len(panels):
                axes.set_visible(False)
                continue
            values, base = panels[place]
            low, high = bounds[base is None]
            mesh = axes.pcolormesh(values, cmap=colours[base is None], vmin=low, vmax=high, edgecolors=LIGHT_TEXT, linewidth=0.3)
            first.setdefault(base is None, mesh)
            room = int(side * 12)
            against = f"\n− {short(figure_title(evidence, base), room)}" if base else "\n"
            axes.set_title(short(figure_title(evidence, arms[place]), room) + against, loc="left", fontsize=7.5)
            _frame(axes, codes, theme)
            if len(codes) <= _WRITTEN:
                _write(axes, values, mesh, signed=base is not None)
        for absolute, mesh in first.items():
            bar = figure.colorbar(mesh, ax=list(grid.flat), location="bottom", shrink=0.45, aspect=40, pad=0.01)
            bar.set_label("score" if absolute else "difference, points", fontsize=7)
            bar.ax.tick_params(labelsize=6.5, length=2)
            bar.outline.set_visible(False)

    svg, pdf = drawn(draw, _WIDTH, rows * (side + 0.1) + 0.45 * len({base is None for _, base in panels}))
    named = f"{entry.task.title}, {evidence.model_title(model)}" + (f" (continued, {part + 1})" if part else "")
    return Figure(
        id=f"pairs-{label(entry.task.name)}-{label(model)}" + (f"-{part + 1}" if part else ""),
        title=f"Sentence pairs in two languages: {named}",
        caption=(
            f"Rows: language of the first sentence, columns: of the second; the diagonal is one language. Mean over {evidence.seeds}. "
            "The baseline's panel shows scores, the others differences to the row behind the minus sign. "
            f"Blank: not asked for, or not run. The numbers stand in the tables of pairs. {figure_note(evidence, arms)} {evidence.limits}"
        ).strip(),
        alternative=_in_words(evidence, arms, entry),
        svg=svg,
        pdf=pdf,
    )


def _bounds(panels: list[Panel]) -> dict[bool, tuple[float, float]]:
    """The range of colours of scores (True) and of differences, which is symmetric about zero."""
    scores = [values for values, base in panels if base is None]
    most = max((float(np.nanmax(np.abs(values))) for values, base in panels if base is not None), default=1.0) or 1.0
    low, high = (min(float(np.nanmin(one)) for one in scores), max(float(np.nanmax(one)) for one in scores)) if scores else (0.0, 1.0)
    return {True: (low, high), False: (-most, most)}


def _panel(evidence: Evidence, arm: Arm, entry: TargetEntry) -> Panel:
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
                axes.text(
                    column + 0.5, row + 0.5, shown(float(value), signed=signed), ha="center", va="center", fontsize=7,
                    color=text_on(mesh.cmap(mesh.norm(value))),
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
