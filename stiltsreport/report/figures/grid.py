"""Panels of one size in rows and columns, placed by arithmetic.

matplotlib's own layout measures every text of every panel four times, which takes most of the time of a figure with a dozen of them.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stiltsreport.report.figures.drawing import Theme, intervals
from stiltsreport.report.numbers import MINUS

_POINTS = 72  # of an inch
_APART = 6.5  # points between a panel and its labels
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
        return self.head + self.rows * (self.above + self.panel + self.between) - self.between + self.below

    def lowest(self, place: int) -> bool:
        """Whether no panel stands below this one."""
        return place + self.columns >= self.count

    def axes(self, figure: Any) -> list[Any]:
        """The panels, row by row. The figure is not laid out again."""
        figure.set_layout_engine("none")
        found = []
        for place in range(self.count):
            row, column = divmod(place, self.columns)
            top = self.head + row * (self.above + self.panel + self.between) + self.above
            left = self.left + column * (self.wide + self.across)
            found.append(
                figure.add_axes((left / self.width, 1 - (top + self.panel) / self.height, self.wide / self.width, self.panel / self.height))
            )
        return found

    def frame(self, axes: Any, theme: Theme, place: int, across: tuple[float, float], names: Sequence[str], size: float = 6.5) -> None:
        """A panel's zero line, grid and labels: its lines' names in the first column, the axis's where no panel stands below.

        An artist each, in place of matplotlib's axes, which take five for a tick.
        """
        axes.set_axis_off()
        axes.set_xlim(*across)
        axes.set_ylim(len(names) - 0.5, -0.5)
        ticks = self._ticks(across)
        upright, below = axes.get_xaxis_transform(), axes.transAxes
        whole = [(0.0, 1.0)] * len(ticks)
        intervals(axes, ticks, whole, upright=True, color=theme.line, linewidth=0.5, zorder=0, transform=upright)
        intervals(axes, [0.0], [(0.0, 1.0)], upright=True, color=theme.soft, linewidth=0.8, zorder=1, transform=upright)
        intervals(axes, [0.0], [(0.0, 1.0)], color=theme.soft, linewidth=0.6, zorder=1, transform=below)
        if place % self.columns == 0:
            for line, name in enumerate(names):
                where = {"xy": (0, line), "xycoords": ("axes fraction", "data"), "xytext": (-_APART, 0), "textcoords": "offset points"}
                axes.annotate(name, ha="right", va="center", fontsize=size, **where)
        if self.lowest(place):
            for tick in ticks:
                where = {"xy": (tick, 0), "xycoords": ("data", "axes fraction"), "xytext": (0, -_APART), "textcoords": "offset points"}
                axes.annotate(f"{tick:g}".replace("-", MINUS), ha="center", va="top", fontsize=6.5, **where)

    def title(self, axes: Any, title: str) -> None:
        """A panel's title, in smaller type or cut where it is longer than its room."""
        room = self.wide + self.across
        size = next((size for size in _SIZES if fitting(title, room, size) == title), _SIZES[-1])
        where = {"xy": (0, 1), "xycoords": "axes fraction", "xytext": (0, _APART), "textcoords": "offset points"}
        axes.annotate(fitting(title, room, size), ha="left", va="bottom", fontweight="bold", fontsize=size, **where)

    def _ticks(self, across: tuple[float, float]) -> list[float]:
        """Round numbers between two ends."""
        from matplotlib.ticker import MaxNLocator

        found = MaxNLocator(max(2, int(self.wide / _TICK)), steps=[1, 2, 5, 10]).tick_values(*across)
        return [float(tick) for tick in found if across[0] <= tick <= across[1]]

    def name(self, figure: Any, axis: str) -> None:
        """What all panels' horizontal axis is."""
        middle = (self.left + self.width - self.right) / 2
        figure.text(middle / self.width, 0.06 / self.height, axis, ha="center", va="bottom")


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
