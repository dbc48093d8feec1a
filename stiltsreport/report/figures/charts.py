"""Panels with two scales of their own each, such as lines over steps: room for their labels is reckoned before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stiltsreport.report.figures.drawing import Theme
from stiltsreport.report.figures.grid import Grid, foot, text_width
from stiltsreport.report.figures.panel import APART, LABEL, NAME, SLANT_SINE, SLANTED, Panel
from stiltsreport.report.figures.scales import Scale

_POINTS = 72  # of an inch
_SPARE = 1.1  # times what a text takes in matplotlib's font: readers have others
_NEXT = 0.16  # inches between a panel and the labels of its right neighbour


@dataclass(frozen=True)
class Chart:
    """A panel's title, what its axes are ("" says nothing), and their scales."""

    title: str
    across: Scale
    up: Scale
    names: tuple[str, str] = ("", "")
    zero: bool = False  # a line at 0 of the upright scale


@dataclass(frozen=True)
class Charts:
    """Charts of one size in rows; `legend` columns for so many names beneath."""

    charts: Sequence[Chart]
    width: float
    high: float
    most: int = 2  # beside each other
    legend: tuple[int, int] = (0, 1)  # names, columns

    @property
    def grid(self) -> Grid:
        """Where they stand."""
        beneath = APART / _POINTS + max((_below(chart) for chart in self.charts), default=0.0)
        beside = APART / _POINTS + max((_beside(chart) for chart in self.charts), default=0.0)
        names, columns = self.legend
        return Grid(
            len(self.charts),
            self.most,
            self.width,
            panel=self.high,
            left=beside,
            right=0.12,
            above=0.26,
            below=beneath,
            across=beside + _NEXT,
            between=beneath + 0.06,
            foot=foot(names, columns) if names else 0.04,
        )

    def drawn(self, figure: Any, theme: Theme) -> Iterator[Panel]:
        """The panels with their frames."""
        grid = self.grid
        for chart, empty in zip(self.charts, grid.panels(figure), strict=True):
            panel = replace(empty, across=chart.across, up=chart.up)
            panel.frame(theme, zero=chart.zero)
            grid.title(panel, chart.title)
            panel.names(*chart.names, (APART / _POINTS + _below(chart) - 0.04, grid.left - 0.02))
            yield panel


def _below(chart: Chart) -> float:
    """The inches under a panel beyond its ticks' distance."""
    return _labels_below(chart) + (_line(NAME) + 0.06 if chart.names[0] else 0.0)


def _labels_below(chart: Chart) -> float:
    if not chart.across.slanted:
        return _line(LABEL)
    return _SPARE * SLANT_SINE * text_width([text for _, text in chart.across.ticks], SLANTED) + _line(SLANTED) - APART / _POINTS / 2


def _beside(chart: Chart) -> float:
    """The inches to the left of a panel beyond its ticks' distance."""
    widest = _SPARE * text_width([text for _, text in chart.up.ticks], LABEL)
    return widest + (_line(NAME) + 0.06 if chart.names[1] else 0.02)


def _line(size: float) -> float:
    return 1.2 * size / _POINTS
