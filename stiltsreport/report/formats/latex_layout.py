"""How a table lies on paper: type size, panels of columns that fit the width, pieces of rows that fit the height; nothing is cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stiltsreport.report.document import RowGroup, Table
from stiltsreport.report.formats.latex_paper import PANEL_SIZE, SIZES, SMALLER, Paper, Size
from stiltsreport.report.formats.latex_rows import room, row_pieces
from stiltsreport.report.formats.latex_widths import NARROWEST_TEXT, SEPARATION, Measure, ems, measure, stub_measure

_WIDEST_STUB = 0.4  # of the width, where the table does not fit it otherwise


@dataclass(frozen=True)
class Piece:
    """Some columns of some rows; `widths` are points for columns of running text (0: as wide as its content)."""

    columns: tuple[int, ...]
    groups: tuple[RowGroup, ...]
    widths: tuple[float, ...]
    stub_width: float  # 0: as wide as its content
    lines: float  # that it takes with its header, near enough
    width: float  # points that it takes, near enough


@dataclass(frozen=True)
class Layout:
    """The type, and the floats of a table: each a list of pieces that stand one under the other. `column`: one column holds them."""

    size: Size
    width: float  # points that it may take
    floats: tuple[tuple[Piece, ...], ...]
    column: bool = False


def layout(table: Table, paper: Paper, *, together: bool = False) -> Layout:
    """A column of the paper where the table fits it whole in type that is no smaller than panels have, else the paper's width.

    `together`: first and second numbers of a column have one format.
    """
    measures = [measure(table, index, together=together) for index in range(len(table.columns))]
    if paper.column and not any(column.wide for column in table.columns):
        found = _layout(table, measures, paper.column, paper.height)
        pieces = [piece for pieces in found.floats for piece in pieces]
        if len(pieces) == 1 and found.size.points >= PANEL_SIZE.points and not pieces[0].stub_width:
            return replace(found, column=True)
    return _layout(table, measures, paper.width, paper.height)


def _layout(table: Table, measures: Sequence[Measure], width: float, height: float) -> Layout:
    """The largest type in which the table fits the width whole, else its columns in panels of equal width, near enough."""
    titles, second = stub_measure(table)
    for size in (*SIZES, PANEL_SIZE):
        wanted = [one.width(size.em) for one in measures]
        natural = max(titles * size.em, second * min(size.em, SMALLER.em) + size.em) + 2 * SEPARATION  # a second title is indented
        stub = natural if natural + sum(wanted) <= width else min(natural, width * _WIDEST_STUB)
        panels = _balanced(table, wanted, width - stub, size.em)
        if len(panels) == 1:
            break
    set_in_lines = 0.0 if natural == stub else stub - 2 * SEPARATION

    def pieces(first: float, further: float) -> list[Piece]:
        made: list[Piece] = []
        for columns in panels:
            narrow = sum(wanted[index] for index in columns if not table.columns[index].wide)
            widths = _text_widths(table, columns, width - stub - narrow)
            limits = (further if made else first, further)
            for found in row_pieces(table.groups, limits, columns, (set_in_lines, *widths), size.em):
                taken = width if any(widths) else stub + narrow
                made.append(Piece(columns, found.groups, widths, set_in_lines, found.lines, taken))
        return made

    left = room(table, width, height, size)
    floats = _floats(pieces(left.first, left.further), left.first, left.further)
    notes = left.further - left.last
    if sum(piece.lines for piece in floats[-1]) > (left.last if len(floats) > 1 else left.first - notes):
        floats = _floats(pieces(left.first - notes, left.last), left.first - notes, left.last)
    return Layout(size, width, floats)


def _floats(pieces: Sequence[Piece], first: float, further: float) -> tuple[tuple[Piece, ...], ...]:
    """Pieces one under the other, as many as fit."""
    floats: list[list[Piece]] = [[]]
    for piece in pieces:
        limit = first if len(floats) == 1 else further
        if floats[-1] and sum(one.lines for one in floats[-1]) + piece.lines > limit:
            floats.append([])
        floats[-1].append(piece)
    return tuple(tuple(one) for one in floats)


def _balanced(table: Table, wanted: Sequence[float], width: float, points: float) -> list[tuple[int, ...]]:
    """As few panels as the width allows, in the least width that takes no more: so that none holds a column or two alone."""
    fewest = _panels(table, wanted, width, points)
    low, high = max(wanted, default=0.0), width
    while high - low > 1:
        middle = (low + high) / 2
        found = _panels(table, wanted, middle, points)
        if len(found) > len(fewest):
            low = middle
        else:
            fewest, high = found, middle
    return fewest


def _panels(table: Table, wanted: Sequence[float], width: float, points: float) -> list[tuple[int, ...]]:
    """Columns in panels no wider than `width`; the columns under one spanner stay together where they can."""
    spanned = {index: spanner for spanner in table.spanners for index in range(spanner.first, spanner.last + 1)}
    blocks: list[list[int]] = []
    for index in range(len(wanted)):
        if blocks and index in spanned and spanned.get(blocks[-1][-1]) is spanned[index]:
            blocks[-1].append(index)
        else:
            blocks.append([index])
    panels: list[list[int]] = [[]]
    used = 0.0
    for block in blocks:
        title = ems(spanned[block[0]].title) * points + 2 * SEPARATION if block[0] in spanned else 0.0
        whole = max(sum(wanted[index] for index in block), title)
        parts = [block] if whole <= width else [[index] for index in block]
        if len(parts) > 1 and panels[-1]:
            panels.append([])
            used = 0.0
        for part in parts:
            size = whole if part is block else sum(wanted[index] for index in part)
            if panels[-1] and used + size > width:
                panels.append([])
                used = 0.0
            panels[-1].extend(part)
            used += size
    return [tuple(panel) for panel in panels if panel] or [()]


def _text_widths(table: Table, columns: Sequence[int], left: float) -> tuple[float, ...]:
    """What is left of the line, shared among the columns of running text by how much they hold."""
    needs = {
        index: max([len(table.columns[index].title), *(len(row.cells[index].text) for row in table.rows)])
        for index in columns
        if table.columns[index].wide
    }
    total = sum(needs.values())
    free = left - len(needs) * (NARROWEST_TEXT + 2 * SEPARATION)
    return tuple(round(NARROWEST_TEXT + max(free, 0.0) * needs[index] / total, 1) if index in needs else 0.0 for index in columns)
