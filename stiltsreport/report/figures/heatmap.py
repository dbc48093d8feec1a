"""Gains of every intermediate task on every target as a heatmap, a panel a model: what helps what, at a glance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stiltsreport.report.arms import Arm
from stiltsreport.report.design_words import declared_correction, explored_correction
from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.areas import Part, areas, arm_key, column_areas, line_areas, panel_area
from stiltsreport.report.figures.diverging import STEPS, shades, text_on
from stiltsreport.report.figures.drawing import Theme, drawn, short
from stiltsreport.report.figures.grid import Grid, text_width
from stiltsreport.report.numbers import shown
from stiltsreport.report.panels import drawn_arms, figure_note, figure_title
from stiltsreport.report.tables.cells import evaluated
from stiltsreport.stats.aggregate import GROUPS, Floats
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.verdicts import significant
from stiltsreport.study.study import BASELINE

_WIDTH = 7.0  # inches
_GAP = 0.008  # of a cell's width beside it
_FONT = 7  # points
_CELL = 0.2  # inches: the height of a row
_HEADS = 0.72  # inches of title and column heads of a panel, at most
_SLOPE = 0.5  # of the column heads: the sine of 30 degrees
_SPARE = 1.1  # times what a text takes in matplotlib's font: readers have others
_HEIGHT = 8.4  # of the panels of one figure: what a page of the paper holds
_QUANTILE = 0.95  # of the sizes of gains: where the darkest colour is reached, so that one collapse does not pale the rest
_FEWEST = 2  # rows or columns of a heatmap
OWN = "t"  # the sign of the target's own training data, as in tables


@dataclass(frozen=True)
class _Panel:
    """A model's rows by columns: gains (NaN where there is none), whether each is significant, whether on the target's own data."""

    model: str
    arms: tuple[Arm, ...]
    gains: Floats
    sure: tuple[tuple[bool, ...], ...]
    own: tuple[tuple[bool, ...], ...]


def heatmap(evidence: Evidence) -> list[Figure]:
    """The figure `heatmap`, and `heatmap-2` and on where models have no room on a page; none for fewer than two rows and targets."""
    entries = [entry for group in GROUPS for entry in evidence.study.target if entry.task.group == group]
    columns = [("average", "average", "Average"), *((entry.task.name, "task", entry.task.title) for entry in entries)]
    panels = [_panel(evidence, model.name, columns) for model in evidence.study.models]
    panels = [panel for panel in panels if not np.isnan(panel.gains).all()]
    if not panels or len(panels[0].arms) < _FEWEST or len(entries) < _FEWEST:
        return []
    most = _most(panels)
    room = max(1, int(_HEIGHT / (len(panels[0].arms) * _CELL + _HEADS + 0.12)))
    parts = [panels[first : first + room] for first in range(0, len(panels), room)]
    return [_figure(evidence, part, place, columns, most) for place, part in enumerate(parts)]


def _panel(evidence: Evidence, model: str, columns: Sequence[tuple[str, str, str]]) -> _Panel:
    arms = tuple(drawn_arms(evidence, model))
    rows = [[evidence.comparison(arm, target, scope) for target, scope, _ in columns] for arm in arms]
    return _Panel(
        model,
        arms,
        np.array([[row.difference if row else math.nan for row in line] for line in rows]).reshape(len(arms), len(columns)),
        tuple(tuple(row is not None and significant(row) for row in line) for line in rows),
        tuple(tuple(_own(evidence, arm, row) for row in line) for arm, line in zip(arms, rows, strict=True)),
    )


def _own(evidence: Evidence, arm: Arm, row: Comparison | None) -> bool:
    return row is not None and row.scope == "task" and evidence.own(arm, row.target)


def _most(panels: Sequence[_Panel]) -> float:
    """The gain of the darkest colour, the same in all panels."""
    sizes = np.abs(np.concatenate([panel.gains.ravel() for panel in panels]))
    return float(max(1.0, np.ceil(np.nanquantile(sizes, _QUANTILE))))


def _figure(evidence: Evidence, panels: Sequence[_Panel], part: int, columns: Sequence[tuple[str, str, str]], most: float) -> Figure:
    titles = [short(figure_title(evidence, arm), 24) for arm in panels[0].arms]
    heads = [short(title, 14) for _, _, title in columns]
    above = min(_HEADS, _SLOPE * text_width(heads, _FONT) * _SPARE + 0.12 + (0.18 if len(evidence.study.models) > 1 else 0.0))
    grid = Grid(
        len(panels), 1, _WIDTH, panel=len(titles) * _CELL, left=text_width(titles, _FONT) * _SPARE + 0.1, right=0.4, above=above,
        below=0.06, between=0.12,
    )  # fmt: skip

    def draw(figure: Any, theme: Theme) -> None:
        for axes, one in zip(grid.axes(figure), panels, strict=True):
            _fill(axes, one, most, theme)
            axes.set_yticks(np.arange(len(titles)) + 0.5, titles)
            axes.set_xticks(np.arange(len(columns)) + 0.5, heads, rotation=30, ha="left", rotation_mode="anchor")
            axes.xaxis.tick_top()
            axes.set_ylim(len(titles), 0)
            axes.tick_params(length=0, pad=2, labelsize=_FONT)
            axes.axvline(1, color=theme.ink, linewidth=0.8)
            axes.set_facecolor("none")
            for side in axes.spines.values():
                side.set_visible(False)
            if len(evidence.study.models) > 1:
                place = (0, 1 + (above - 0.12) / grid.panel)
                axes.text(*place, short(evidence.model_title(one.model), 60), transform=axes.transAxes, fontweight="bold", va="baseline")

    svg, pdf = drawn(draw, grid.width, grid.height)
    return Figure(
        id="heatmap" + (f"-{part + 1}" if part else ""),
        title="Gains by intermediate and target task" + (f" (continued, {part + 1})" if part else ""),
        caption=_caption(evidence, panels, most),
        alternative=_in_words(evidence, panels, columns),
        svg=svg,
        pdf=pdf,
        areas=areas(_parts(grid, panels, columns)),
    )


def _parts(grid: Grid, panels: Sequence[_Panel], columns: Sequence[tuple[str, str, str]]) -> Iterator[Part]:
    for place, one in enumerate(panels):
        yield "model", one.model, panel_area(grid, place)
    for place, arm in enumerate(panels[0].arms):
        for box in line_areas(grid, place, place + 1, len(panels[0].arms)):
            yield "arm", arm_key(arm), box
    for place, (name, scope, _) in enumerate(columns):
        if scope == "task":
            for box in column_areas(grid, place, len(columns)):
                yield "target", name, box


def _caption(evidence: Evidence, panels: Sequence[_Panel], most: float) -> str:
    own = any(any(line) for panel in panels for line in panel.own)
    gaps = any(np.isnan(panel.gains).any() for panel in panels)
    parts = (
        f"Mean difference to {BASELINE} in points, over {evidence.seeds}.",
        f"Blue: higher, orange: lower, the darkest at {most:g} points or more.",
        f"Bold: significant {declared_correction(evidence.study)}, of single tasks exploratory, {explored_correction(evidence.study)}.",
        f"{OWN}: the target's own training data." if own else "",
        "Hatched: no result." if gaps else "",
        evaluated(evidence),
        figure_note(evidence, panels[0].arms),
        evidence.limits,
    )
    return " ".join(part for part in parts if part)


def _fill(axes: Any, panel: _Panel, most: float, theme: Theme) -> None:
    """Colours of cells, one shape a shade; their numbers, dark on pale and pale on dark; hatches where there is no result."""
    from stiltsreport.report.figures.cell_texts import CellText, CellTexts

    colours = shades()
    steps = np.clip(np.round(panel.gains / most * STEPS), -STEPS, STEPS)
    texts = []
    for step in np.unique(steps[~np.isnan(steps)]):
        colour = colours[int(step) + STEPS]
        cells = np.argwhere(steps == step)
        axes.add_patch(_shape(cells, facecolor=colour, linewidth=0))
        for row, column in cells:
            text = shown(float(panel.gains[row, column]), signed=True) + (f" {OWN}" if panel.own[row][column] else "")
            texts.append(CellText(column + 0.5, row + 0.5, text, text_on(colour), panel.sure[row][column]))
    axes.add_artist(CellTexts(texts, _FONT))
    gaps = np.argwhere(np.isnan(panel.gains))
    if len(gaps):
        axes.add_patch(_shape(gaps, facecolor="none", edgecolor=theme.line, linewidth=0.4, hatch="////"))
    axes.set_xlim(0, panel.gains.shape[1])


def _shape(cells: Any, **style: Any) -> Any:
    """Cells by (row, column) as one shape, with a little room between them."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    corners = ((_GAP, 3 * _GAP), (1 - _GAP, 3 * _GAP), (1 - _GAP, 1 - 3 * _GAP), (_GAP, 1 - 3 * _GAP), (_GAP, 3 * _GAP))
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    return PathPatch(Path([(column + x, row + y) for row, column in cells for x, y in corners], codes * len(cells)), **style)


def _in_words(evidence: Evidence, panels: Sequence[_Panel], columns: Sequence[tuple[str, str, str]]) -> str:
    told = []
    for panel in panels:
        places = [divmod(int(find(panel.gains)), len(columns)) for find in (np.nanargmax, np.nanargmin)]
        ends = [
            f"{evidence.arm_title(panel.arms[row])} on {columns[column][2]} ({shown(float(panel.gains[row, column]), signed=True)})"
            for row, column in places
        ]
        told.append(f"{evidence.model_title(panel.model)}: most {ends[0]}, least {ends[1]}")
    return f"Heatmap of gains of intermediate tasks by target. {'. '.join(told)}. The same numbers stand in the table of gains."
