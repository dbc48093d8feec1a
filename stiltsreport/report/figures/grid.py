"""Panels of one size in rows and columns, placed by arithmetic.

matplotlib's own layout measures every text of every panel four times, which takes most of the time of a figure with a dozen of them.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from stiltsreport.report.figures.drawing import Theme
from stiltsreport.report.figures.panel import APART, Panel
from stiltsreport.report.figures.scales import UNIT, Scale, at, spanning

_POINTS = 72  # of an inch
_LINE = 0.17  # inches: a legend's line
_HANDLE = 4.8  # letters wide: matplotlib's mark of a name with the gaps beside it
_TICK = 0.25  # inches that a tick of the axis needs at least
_SIZES = (8.0, 7.0)  # points of a title
_SPARE = 1.1  # times what a text takes in matplotlib's font


@dataclass(frozen=True)
class Grid:
    """`count` panels in a figure `width` wide, each `panel` high, in inches, with so much room around and between them.

    `left` is what the first column's labels take, `above` a title, `below` the lowest row's labels, `between` those of other rows.
    """

    count: int
    most: int  # columns
    width: float
    panel: float
    left: float
    right: float = 0.08
    above: float = 0.28
    below: float = 0.46
    across: float = 0.14
    between: float = 0.1
    head: float = 0.0  # over all, for a legend
    foot: float = 0.0  # under all, for one

    @property
    def columns(self) -> int:
        """Panels beside each other."""
        return max(1, min(self.most, self.count))

    @property
    def rows(self) -> int:
        """Panels above each other."""
        return math.ceil(self.count / self.columns)

    @property
    def wide(self) -> float:
        """The width of a panel."""
        return (self.width - self.left - self.right - (self.columns - 1) * self.across) / self.columns

    @property
    def height(self) -> float:
        """Of the figure, in inches."""
        return self.head + self.rows * (self.above + self.panel + self.between) - self.between + self.below + self.foot

    def lowest(self, place: int) -> bool:
        """Whether no panel stands below this one."""
        return place + self.columns >= self.count

    def corner(self, place: int) -> tuple[float, float]:
        """The upper left corner of a panel, in inches from the figure's."""
        row, column = divmod(place, self.columns)
        top = self.head + row * (self.above + self.panel + self.between) + self.above
        return self.left + column * (self.wide + self.across), top

    def axes(self, figure: Any) -> list[Any]:
        """The panels as matplotlib's axes, row by row. The figure is not laid out again."""
        return [
            figure.add_axes((one.left / self.width, one.bottom / self.height, one.wide / self.width, one.high / self.height))
            for one in self.panels(figure)
        ]

    def panels(self, figure: Any) -> list[Panel]:
        """The panels, row by row. The figure is not laid out again."""
        figure.set_layout_engine("none")
        found = []
        for place in range(self.count):
            left, top = self.corner(place)
            found.append(Panel(figure, left, self.height - top - self.panel, self.wide, self.panel))
        return found

    def lines(self, panel: Panel, theme: Theme, place: int, across: tuple[float, float], names: Sequence[str], size: float = 6.5) -> Panel:
        """The panel with a line for each name, from above, over an axis from end to end, and with its zero line, grid and labels.

        Names stand beside the first column, the axis's numbers where no panel stands below.
        """
        scale = spanning(*across, max(2, int(self.wide / _TICK)))
        made = replace(panel, across=scale, up=Scale(len(names) - 0.5, -0.5))
        ticks = [tick for tick, _ in scale.ticks]
        made.rules(ticks, upright=True, color=theme.line, zorder=0)
        made.rules([0.0], upright=True, color=theme.soft, linewidth=0.8, zorder=1)
        made.rules([len(names) - 0.5], color=theme.soft, linewidth=0.6, zorder=1)
        if place % self.columns == 0:
            replace(made, across=UNIT, up=at(made.up, range(len(names)), names)).labels(theme, size)
        if self.lowest(place):
            replace(made, up=UNIT).labels(theme)
        return made

    def title(self, panel: Panel, title: str) -> None:
        """A panel's title, in smaller type or cut where it is longer than its room."""
        room = self.wide + self.across
        size = next((size for size in _SIZES if fitting(title, room, size) == title), _SIZES[-1])
        panel.text((0, 1), fitting(title, room, size), off=(0, APART), ha="left", va="bottom", fontweight="bold", fontsize=size)

    def legend(self, figure: Any, handles: Sequence[Any], names: Sequence[str], columns: int) -> None:
        """What the marks are, in the foot."""
        figure.legend(handles, names, loc="lower center", ncols=min(columns, len(names)), frameon=False, borderaxespad=0.2)

    def name(self, figure: Any, axis: str) -> None:
        """What all panels' horizontal axis is."""
        middle = (self.left + self.width - self.right) / 2
        figure.text(middle / self.width, (self.foot + 0.06) / self.height, axis, ha="center", va="bottom")


def foot(names: int, columns: int) -> float:
    """The inches that a legend of so many names takes."""
    return _LINE * math.ceil(names / columns) + 0.12


def above(names: Sequence[str], most: int, width: float, size: float = 8) -> tuple[int, float]:
    """Columns of a legend over the panels, `most` at the most and no more than have room side by side, and the inches that it takes."""
    room = int(width / (text_width(names, size) * _SPARE + _HANDLE * size / _POINTS))
    columns = max(1, min(most, len(names), room))
    return columns, _LINE * math.ceil(len(names) / columns) + 0.11


def fitting(title: str, inches: float, size: float = 8) -> str:
    """A bold title cut to so many inches, with a tenth to spare for readers' fonts."""
    clean = " ".join(title.split())
    if text_width([clean], size, "bold") * _SPARE <= inches:
        return clean
    kept = len(clean) - 1
    while kept > 1 and text_width([clean[:kept] + "…"], size, "bold") * _SPARE > inches:
        kept -= 1
    return clean[:kept].rstrip() + "…"


def text_width(texts: Sequence[str], size: float, weight: str = "normal") -> float:
    """The inches that the longest of some texts takes."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size, weight=weight)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # of a script that the font lacks: it takes the room of a box
        return max((text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] for text in texts), default=0.0) / _POINTS
