"""The rows of a table in pieces that fit a page: how high rows are, and how many lines caption and notes leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stiltsreport.report.document import Row, RowGroup, Table
from stiltsreport.report.formats.latex_paper import CAPTION, NOTES, NOTES_WIDTH, Size
from stiltsreport.report.formats.latex_widths import ems

_FEWEST = 16.0  # lines of a piece, however long its caption is
_HEAD = 4.0  # lines of rules and headers
_BETWEEN = 0.5  # of a line, between groups
_RAGGED = 1.2  # lines that are not filled take so much more room


@dataclass(frozen=True)
class Room:
    """Lines of the table's type on a page: under its caption, under the short one of what continues it, and there above its notes."""

    first: float
    further: float
    last: float


@dataclass(frozen=True)
class RowPiece:
    """Some rows, and the lines that they take with their header."""

    groups: tuple[RowGroup, ...]
    lines: float


def room(table: Table, width: float, height: float, size: Size) -> Room:
    """The room that caption and notes leave on a page of `height` points."""
    caption = 1 + -(-ems(f"Table 99: {table.title}. {table.caption}") * CAPTION.em // width)
    continued = 1 + -(-ems(f"Table 99: {table.title}, continued (2 of 9).") * CAPTION.em // width)
    words = " ".join((*(f"t {text}" for _, text in table.footnotes), *table.source_notes))
    notes = (1 + -(-ems(words) * NOTES.em // (width * NOTES_WIDTH))) * NOTES.leading if words else 0.0
    first, further = ((height - lines * CAPTION.leading) / size.leading for lines in (caption, continued))
    return Room(max(first, _FEWEST), max(further, _FEWEST), max(further - notes / size.leading, _FEWEST))


def row_lines(row: Row, columns: Sequence[int]) -> int:
    """A row with second numbers in these columns takes two lines."""
    return 2 if any(row.cells[index].second is not None for index in columns) else 1


def row_pieces(
    groups: Sequence[RowGroup], limits: tuple[float, float], columns: Sequence[int], widths: Sequence[float], em: float
) -> list[RowPiece]:
    """Rows in pieces of at most so many lines (`limits`: the first, the others), cut between groups where possible, else between rows.

    `widths`: of the stub and of each column, in points, where text is set in lines, else 0.
    """
    pieces: list[list[RowGroup]] = [[]]
    used = [_HEAD]

    def limit() -> float:
        return limits[0] if len(pieces) == 1 else limits[1]

    def turn() -> None:
        pieces.append([])
        used.append(_HEAD)

    for group in groups:
        heights = [_height(row, columns, widths, em) for row in group.rows]
        head = _BETWEEN + bool(group.title)
        if pieces[-1] and used[-1] + head + sum(heights) > limit():
            turn()
        part: list[Row] = []
        used[-1] += head
        for row, height in zip(group.rows, heights, strict=True):
            if part and used[-1] + height > limit():
                pieces[-1].append(RowGroup(group.title, tuple(part)))
                turn()
                part = []
                used[-1] += head
            part.append(row)
            used[-1] += height
        pieces[-1].append(RowGroup(group.title, tuple(part)))
    return [RowPiece(tuple(piece), lines) for piece, lines in zip(pieces, used, strict=True)]


def _height(row: Row, columns: Sequence[int], widths: Sequence[float], em: float) -> float:
    lines = float(row_lines(row, columns))
    if any(widths):
        texts = [row.stub, *(row.cells[index].text for index in columns)]
        lines = max(lines, *(-(-_RAGGED * ems(text) * em // width) for text, width in zip(texts, widths, strict=True) if width))
        if widths[0] and any(row.cells[index].second is not None for index in columns):
            lines = max(lines, 1 + -(-_RAGGED * ems(row.stub) * em // widths[0]))  # the second line stands under the whole stub
    return lines + (0.2 if row.baseline else 0.0)
