"""Which parts of a drawing speak of which model, row, target or language: what a page veils while a reader filters."""

from __future__ import annotations

from collections.abc import Iterable

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Area, AreaKind, Box
from stiltsreport.report.figures.grid import Grid
from stiltsreport.report.tables.xtreme import row_key

_POINTS = 72  # of an inch
Part = tuple[AreaKind, str, Box]


def areas(parts: Iterable[Part]) -> tuple[Area, ...]:
    """The parts, those of one thing together."""
    boxes: dict[tuple[AreaKind, str], list[Box]] = {}
    for kind, name, box in parts:
        boxes.setdefault((kind, name), []).append(box)
    return tuple(Area(kind, name, tuple(own)) for (kind, name), own in boxes.items())


def arm_key(arm: Arm) -> str:
    """A row as keys of cells name it, without its model."""
    return row_key(arm).partition("/")[2]


def panel_area(grid: Grid, place: int) -> Box:
    """A panel with its title."""
    left, top = grid.corner(place)
    return _points(left, top - grid.above, grid.wide + grid.across / 2, grid.above + grid.panel)


def chart_area(grid: Grid, place: int) -> Box:
    """A panel with its title, and with its own labels beside and below it."""
    left, top = grid.corner(place)
    return _points(left - grid.left, top - grid.above, grid.left + grid.wide, grid.above + grid.panel + grid.between)


def line_areas(grid: Grid, first: float, last: float, of: float, *, names: bool = True) -> list[Box]:
    """What lies between two heights of so many, in every panel, with the names at the left or not: a box for each row of panels."""
    found = []
    for row in range(grid.rows):
        _, top = grid.corner(row * grid.columns)
        left = 0 if names else grid.left
        found.append(_points(left, top + grid.panel * first / of, grid.width - left, grid.panel * (last - first) / of))
    return found


def column_areas(grid: Grid, place: int, of: int) -> list[Box]:
    """A column of so many in every panel."""
    found = []
    for one in range(grid.count):
        left, top = grid.corner(one)
        found.append(_points(left + grid.wide * place / of, top, grid.wide / of, grid.panel))
    return found


def _points(*inches: float) -> Box:
    left, top, width, height = (round(_POINTS * one) for one in inches)
    return left, top, width, height
