"""A panel of a figure: what is drawn in it is placed by arithmetic, as artists of the figure itself.

matplotlib's axes make five artists for a tick, measure every text several times and are set up in milliseconds each: in figures with
dozens of panels that was most of the time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from stiltsreport.report.figures.drawing import Theme
from stiltsreport.report.figures.scales import UNIT, Scale

_POINTS = 72  # of an inch
APART = 6.5  # points between a panel and its labels
LABEL = 6.5  # points: the size of a tick's label
NAME = 7.5  # of an axis's name
SLANTED = 6.0  # of long labels, which are set aslant
_SLANT = 35  # degrees
SLANT_SINE = math.sin(math.radians(_SLANT))


@dataclass(frozen=True)
class Panel:
    """`left`, `bottom`, `wide` and `high` in inches, of a figure; `across` and `up` place data in it."""

    figure: Any
    left: float
    bottom: float
    wide: float
    high: float
    across: Scale = UNIT
    up: Scale = UNIT

    def plot(self, x: Sequence[float | None] | ArrayLike, y: Sequence[float | None] | ArrayLike, **style: Any) -> Any:
        """A line or markers through data; the artist."""
        return self._line(self.across.share(x), self.up.share(y), **style)

    def intervals(self, places: Sequence[float], bounds: Sequence[tuple[float, float]], *, upright: bool = False, **style: Any) -> None:
        """A line from end to end at each place, all of them one artist; cut by the panel's sides."""
        along, beside = (self.up, self.across) if upright else (self.across, self.up)
        ends = np.clip(along.share([bound for pair in bounds for bound in pair]), 0, 1)
        self._segments(beside.share(places), ends.reshape(-1, 2), upright=upright, **{"linewidth": 1.1} | style)

    def rules(self, places: Sequence[float], *, upright: bool = False, **style: Any) -> None:
        """Lines from side to side at these places."""
        beside = (self.across if upright else self.up).share(places)
        self._segments(beside, np.tile((0.0, 1.0), (len(places), 1)), upright=upright, **{"linewidth": 0.5} | style)

    def band(self, x: ArrayLike, low: ArrayLike, high: ArrayLike, **style: Any) -> None:
        """The area between two lines."""
        from matplotlib.patches import Polygon

        across, bounds = self.across.share(x), (np.clip(self.up.share(one), 0, 1) for one in (low, high))
        lower, upper = (np.column_stack(self._placed(across, one)) for one in bounds)
        self.figure.add_artist(Polygon(np.concatenate((lower, upper[::-1])), closed=True, transform=self.figure.transFigure, **style))

    def text(self, at: tuple[float, float], text: str, *, off: tuple[float, float] = (0.0, 0.0), **style: Any) -> None:
        """A text at a place in shares of the panel, moved by so many points."""
        x, y = self._placed(at[0], at[1])
        width, height = self.figure.get_size_inches()
        self.figure.text(x + off[0] / _POINTS / width, y + off[1] / _POINTS / height, text, **style)

    def frame(self, theme: Theme, *, zero: bool = False, sides: bool = True) -> None:
        """A light grid at the ticks with their labels, a line at 0 of the upright scale, and the panel's left and lower side."""
        self.labels(theme)
        self.rules([tick for tick, _ in self.across.ticks], upright=True, color=theme.line, zorder=0)
        self.rules([tick for tick, _ in self.up.ticks], color=theme.line, zorder=0)
        if zero:
            self.rules([0.0], color=theme.soft, linewidth=0.8, zorder=1)
        if sides:
            self._line([0, 0, 1], [1, 0, 0], color=theme.soft, linewidth=0.6, zorder=1, solid_joinstyle="miter")

    def labels(self, theme: Theme, size: float = LABEL, apart: float = APART) -> None:
        """The ticks' labels on both sides."""
        aslant = {"rotation": _SLANT, "rotation_mode": "anchor", "ha": "right", "va": "top", "fontsize": SLANTED}
        look = aslant if self.across.slanted else {"ha": "center", "va": "top", "fontsize": size}
        for share, text in self._labels(self.across):
            self.text((share, 0), text, off=(0, -apart / 2 if self.across.slanted else -apart), color=theme.ink, **look)
        for share, text in self._labels(self.up):
            self.text((0, share), text, off=(-apart, 0), ha="right", va="center", fontsize=size, color=theme.ink)

    def names(self, across: str, up: str, apart: tuple[float, float]) -> None:
        """What the axes are, so many inches below and to the left of the panel."""
        if across:
            self.text((0.5, 0), across, off=(0, -apart[0] * _POINTS), ha="center", va="baseline", fontsize=NAME)
        if up:
            self.text((0, 0.5), up, off=(-apart[1] * _POINTS, 0), ha="center", va="top", rotation=90, rotation_mode="anchor", fontsize=NAME)

    @staticmethod
    def _labels(scale: Scale) -> list[tuple[float, str]]:
        return [(float(scale.share(tick)), text) for tick, text in scale.ticks if text]

    def _segments(self, places: Any, ends: Any, *, upright: bool, **style: Any) -> None:
        if len(places):
            along = np.column_stack((ends, np.full(len(ends), math.nan))).ravel()
            beside = np.repeat(places, 3)
            self._line(*((beside, along) if upright else (along, beside)), **{"solid_capstyle": "butt"} | style)

    def _line(self, x: Any, y: Any, **style: Any) -> Any:
        from matplotlib.lines import Line2D

        return self.figure.add_artist(Line2D(*self._placed(x, y), **style))

    def _placed(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Shares of the panel as shares of the figure."""
        width, height = self.figure.get_size_inches()
        return (self.left + np.asarray(x) * self.wide) / width, (self.bottom + np.asarray(y) * self.high) / height
