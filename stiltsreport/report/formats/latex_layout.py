"""How a table lies on paper: type size, panels of columns that fit the width, pieces of rows that fit the height; nothing is cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stiltsreport.report.document import SIGNS, Cell, Row, RowGroup, Table

TEXT_WIDTH = 345.0  # points: \textwidth of the plain article class, the narrowest of those that papers use
PANEL_LINES = 46  # lines of a piece's body and header that fit a page beside caption and notes
# Type sizes of a table that stands whole in one panel, in points of the 10-point face: Computer Modern is wider in small sizes (a digit
# takes 0.57 em of cmr7 and 0.50 of cmr10).
SIZES = (("small", 9.3), ("footnotesize", 8.6), ("scriptsize", 8.1))
_PANEL_SIZE = SIZES[1]  # of one that does not
_HEAD = 4  # lines of rules and headers
_SEPARATION = 3.0  # points on each side of a column (\tabcolsep)
_ROOM = dict.fromkeys("mwMW%@&±+−", 0.86) | dict.fromkeys("ijltf.,:;|!'()[]- ", 0.33)  # ems; letters and digits below
_RAGGED = 1.2  # lines that are not filled take so much more room
_NARROWEST_TEXT = 70.0
_WIDEST_STUB = 0.4  # of the width


@dataclass(frozen=True)
class Piece:
    """Some columns of some rows; `widths` are points for columns of running text (0: as wide as its content)."""

    columns: tuple[int, ...]
    groups: tuple[RowGroup, ...]
    widths: tuple[float, ...]
    stub_width: float  # 0: as wide as its content

    lines: int  # how many it takes with its head, near enough


@dataclass(frozen=True)
class Layout:
    """The type size, and the floats of a table: each a list of pieces that stand one under the other."""

    size: str
    floats: tuple[tuple[Piece, ...], ...]


def layout(table: Table, width: float = TEXT_WIDTH, lines: int = PANEL_LINES) -> Layout:
    """The largest type in which the table fits the width whole, else its columns in panels of equal width, near enough."""
    for name, points in (*SIZES, _PANEL_SIZE):  # noqa: B007 - the last size stands when the loop ends
        wanted = [_width(table, index, points) for index in range(len(table.columns))]
        stub = _stub_width(table, points, width)
        panels = _balanced(table, wanted, width - stub, points)
        if len(panels) == 1:
            break
    floats: list[tuple[Piece, ...]] = []
    current: list[Piece] = []
    for columns in panels:
        left = width - stub - sum(wanted[index] for index in columns if not table.columns[index].wide)
        widths = _text_widths(table, columns, left)
        for groups, used in _row_pieces(table.groups, lines, widths, columns, points):
            piece = Piece(columns, groups, widths, _fixed_stub(table, points, width), used)
            if current and sum(one.lines for one in current) + piece.lines > lines:
                floats.append(tuple(current))
                current = []
            current.append(piece)
    floats.append(tuple(current))
    return Layout(name, tuple(floats))


def row_lines(row: Row, columns: Sequence[int]) -> int:
    """A row with second numbers in these columns takes two lines."""
    return 2 if any(row.cells[index].second is not None for index in columns) else 1


def text_width(text: str, points: float) -> float:
    """The width of a text in Computer Modern of that size, on the safe side, in points."""
    units = sum(_ROOM.get(sign, 0.72 if sign.isupper() else 0.5) for sign in text)
    return units * points


def cell_width(cell: Cell, points: float) -> float:
    """The width that a cell's widest line asks for, in points."""
    if cell.number is None:
        return text_width(cell.text or "-", points) + 4.0 * len(cell.marks)
    second = cell.second
    lines = [(cell.number, points * 1.12)] + ([(second, points * 0.9)] if second else [])
    return max(text_width(number.text, size) + 4.0 * len([mark for mark in number.marks if mark in SIGNS]) for number, size in lines)


def _width(table: Table, index: int, points: float) -> float:
    column = table.columns[index]
    if column.wide:
        return _NARROWEST_TEXT + 2 * _SEPARATION
    header = max(text_width(column.title, points), text_width(column.subtitle, points))
    body = max((cell_width(row.cells[index], points) for row in table.rows), default=0.0)
    return max(header, body) + 2 * _SEPARATION


def _stub_width(table: Table, points: float, width: float) -> float:
    natural = max([text_width(table.stub, points), *(text_width(row.stub, points) for row in table.rows)]) + 2 * _SEPARATION
    return min(natural, width * _WIDEST_STUB)


def _fixed_stub(table: Table, points: float, width: float) -> float:
    natural = max([text_width(table.stub, points), *(text_width(row.stub, points) for row in table.rows)]) + 2 * _SEPARATION
    return 0.0 if natural <= width * _WIDEST_STUB else width * _WIDEST_STUB - 2 * _SEPARATION


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
        title = text_width(spanned[block[0]].title, points) + 2 * _SEPARATION if block[0] in spanned else 0.0
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
    free = left - len(needs) * (_NARROWEST_TEXT + 2 * _SEPARATION)
    return tuple(round(_NARROWEST_TEXT + max(free, 0.0) * needs[index] / total, 1) if index in needs else 0.0 for index in columns)


def _row_pieces(
    groups: tuple[RowGroup, ...], lines: int, widths: Sequence[float], columns: Sequence[int], points: float
) -> list[tuple[tuple[RowGroup, ...], int]]:
    """Rows in pieces of at most `lines`, cut between groups where that is possible, else between rows; and the lines that each takes."""

    def height(row: Row) -> int:
        wrapped = [
            -(-_RAGGED * text_width(row.cells[index].text, points) // width) for index, width in zip(columns, widths, strict=True) if width
        ]
        return max([row_lines(row, columns), *(int(line) for line in wrapped)])

    pieces: list[list[RowGroup]] = [[]]
    used = [_HEAD]

    def turn() -> None:
        pieces.append([])
        used.append(_HEAD)

    for group in groups:
        size = 1 + bool(group.title) + sum(height(row) for row in group.rows)
        if pieces[-1] and used[-1] + size > lines:
            turn()
        part: list[Row] = []
        used[-1] += 1 + bool(group.title)
        for row in group.rows:
            if part and used[-1] + height(row) > lines:
                pieces[-1].append(RowGroup(group.title, tuple(part)))
                turn()
                part = []
                used[-1] += 1 + bool(group.title)
            part.append(row)
            used[-1] += height(row)
        pieces[-1].append(RowGroup(group.title, tuple(part)))
    return [(tuple(piece), size) for piece, size in zip(pieces, used, strict=True)]
