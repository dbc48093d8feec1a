"""Text for the terminal at hand: tables as wide as what they hold, and lines that break between words."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

Cells = Sequence[str]
GAP = "  "
_LEAST_PROSE = 24  # columns that a last cell of several words needs to be read beside the others


def width_of(stream: TextIO) -> int | None:
    """Columns of the terminal that the stream writes to; None elsewhere, whatever COLUMNS says: programs are given whole lines."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def folded(lines: Iterable[str], width: int | None) -> Iterator[str]:
    """Lines broken between words, the rest of each under its first word and two columns more.

    >>> list(folded(["  the store grows by 21 MB"], 16))
    ['  the store', '    grows by 21', '    MB']
    """
    for line in lines:
        if width is None or len(line) <= width:
            yield line
            continue
        indent = line[: len(line) - len(line.lstrip())]
        yield from textwrap.wrap(
            line, width, subsequent_indent=f"{indent}  ", break_long_words=False, break_on_hyphens=False, drop_whitespace=True
        )


def table(titles: Cells, rows: Sequence[Cells], width: int | None, *, left: Iterable[int] = (0,), indent: str = "") -> list[str]:
    """Rows in columns, those of `left` to the left and the others to the right. Without any title there is no heading.

    Where they are too wide, the last column is folded if it stands to the left and leaves room; else a row becomes a block, a line for each
    of its cells.

    >>> table(["", "jobs"], [["training", "10"], ["evaluation", "2,100"]], 40)
    ['             jobs', 'training       10', 'evaluation  2,100']
    >>> table(["", "jobs"], [["training", "10"]], 12)
    ['training', '  jobs  10']
    """
    begins = set(left)
    shown = [row for row in (titles, *rows) if any(row)] if not any(titles) else [titles, *rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)] if shown else []
    last = len(widths) - 1
    before = len(indent) + sum(widths[:-1]) + len(GAP) * last
    if width is None or before + widths[-1] <= width:
        return [_line(row, widths, begins, indent) for row in shown]
    if last in begins and width - before >= min(_LEAST_PROSE, widths[-1]):
        return [line for row in shown for line in _prose(row, widths, begins, indent, width - before)]
    heading = list(folded([f"{indent}{titles[0]}:"], width)) if titles[0] else []
    return [*heading, *(line for row in rows for line in _block(titles, row, indent, width))]


def _line(row: Cells, widths: Sequence[int], begins: set[int], indent: str) -> str:
    cells = [cell.ljust(wide) if place in begins else cell.rjust(wide) for place, (cell, wide) in enumerate(zip(row, widths, strict=True))]
    return f"{indent}{GAP.join(cells)}".rstrip()


def _prose(row: Cells, widths: Sequence[int], begins: set[int], indent: str, room: int) -> Iterator[str]:
    first, *more = textwrap.wrap(row[-1], room, break_on_hyphens=False) or [""]
    yield _line([*row[:-1], first], widths, begins, indent)
    for text in more:
        yield _line([*([""] * (len(row) - 1)), text], widths, begins, indent)


def _block(titles: Cells, row: Cells, indent: str, width: int) -> Iterator[str]:
    yield from folded([f"{indent}{row[0]}"], width)
    indent += " " * (len(row[0]) - len(row[0].lstrip()))
    wide = max((len(title) for title in titles[1:]), default=0)
    for title, cell in zip(titles[1:], row[1:], strict=True):
        if cell:
            yield from folded([f"{indent}  {title.ljust(wide)}  {cell}" if wide else f"{indent}  {cell}"], width)


__all__ = ["GAP", "folded", "table", "width_of"]
