"""The tabulars of a table: header, rows and spanners of each piece of its layout, as lines of LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stiltsreport.report.document import Column, Row, Table
from stiltsreport.report.formats.latex_layout import Layout, Piece
from stiltsreport.report.formats.latex_numbers import Setting, padded, siunitx, text_column
from stiltsreport.report.formats.latex_rows import row_lines
from stiltsreport.report.formats.latex_text import comment, latex
from stiltsreport.report.formats.latex_widths import HEADER_WIDTH, breaks, ems


@dataclass(frozen=True)
class Panel:
    """One tabular: its columns, header lines, and body lines: rows, group titles, comments and rules."""

    columns: str
    spanners: str
    rules: str
    header: tuple[str, ...]
    keys: str
    body: tuple[str, ...]


def panels(table: Table, found: Layout, kind: str) -> list[list[Panel]]:
    """The panels of each float; `kind`: booktabs or siunitx."""
    settings: list[Setting] = []
    for index, column in enumerate(table.columns):
        cells = [row.cells[index] for row in table.rows]
        settings.append(text_column() if column.align == "left" else siunitx(cells) if kind == "siunitx" else padded(cells))
    return [[_panel(table, found, piece, settings) for piece in pieces] for pieces in found.floats]


def _panel(table: Table, found: Layout, piece: Piece, settings: Sequence[Setting]) -> Panel:
    columns = [table.columns[index] for index in piece.columns]
    chosen = [settings[index] for index in piece.columns]
    spanners, rules = _spanners(table, piece)
    header = [[latex(table.stub), *(_header(one, column, found) for one, column in zip(chosen, columns, strict=True))]]
    if any(column.subtitle for column in columns):
        header.append(["", *(one.header(column.subtitle) for one, column in zip(chosen, columns, strict=True))])
    lines: list[list[str] | str] = []
    for group in piece.groups:
        if group is not piece.groups[0]:
            lines.append(r"\addlinespace")
        if group.title:
            title = rf"\emph{{{latex(group.title)}}}"
            whole = title if ems(group.title) * found.size.em < found.width else broken(title, found.width)
            lines.append(rf"\multicolumn{{{len(columns) + 1}}}{{@{{}}l}}{{{whole}}} \\")
        for row in group.rows:
            if row.key:
                lines.append(f"% row: {comment(row.key)}")
            lines.extend(_row(table, row, piece, chosen))
            if row.baseline and row is not group.rows[-1]:
                lines.append(r"\addlinespace[2pt]")
    keys = " | ".join(column.key for column in columns) if any(column.key for column in columns) else ""
    letters = "l" + "".join(one.column if len(one.column) == 1 else f" {one.column}" for one in chosen)
    return Panel(letters, spanners, rules, tuple(_padded(header)), comment(keys), tuple(_padded(lines)))


def _header(setting: Setting, column: Column, found: Layout) -> str:
    """A column's title, in lines where it is long."""
    if not breaks(column) or ems(column.title) * found.size.em <= HEADER_WIDTH:
        return setting.header(column.title)
    return rf"\multicolumn{{1}}{{r}}{{\parbox[t]{{{HEADER_WIDTH:.0f}pt}}{{\raggedleft{{}}{latex(column.title)}\strut}}}}"


def _spanners(table: Table, piece: Piece) -> tuple[str, str]:
    """The line of spanners over the panel's columns and its rules; two empty strings where there is none."""
    cells, rules, place = [], [], 0
    while place < len(piece.columns):
        spanner = next((one for one in table.spanners if one.first <= piece.columns[place] <= one.last), None)
        width = sum(spanner.first <= index <= spanner.last for index in piece.columns[place:]) if spanner else 1
        cells.append(rf"\multicolumn{{{width}}}{{c}}{{{latex(spanner.title)}}}" if spanner else "")
        if spanner:
            rules.append(rf"\cmidrule(lr){{{place + 2}-{place + 1 + width}}}")
        place += width
    return (" & ".join(["", *cells]).strip(), " ".join(rules)) if rules else ("", "")


def _row(table: Table, row: Row, piece: Piece, settings: Sequence[Setting]) -> list[list[str]]:
    stub = latex(row.stub)
    if stub.startswith(("[", "*")):
        stub = f"{{}}{stub}"  # the double backslash of the line before would take it for its own
    first = [broken(stub, piece.stub_width) if piece.stub_width else stub]
    second = [rf"\quad\stiltssecond{{{latex(table.second_title)}}}"]
    for index, width, setting in zip(piece.columns, piece.widths, settings, strict=True):
        cell = row.cells[index]
        first.append(broken(latex(cell.text), width) if width else setting.first(cell))
        second.append(setting.second(cell.second) if cell.second else "")
    return [first, second] if row_lines(row, piece.columns) > 1 else [first]


def broken(text: str, width: float) -> str:
    """Running text in lines of that width. A parbox in an l column, so that rows still end with a plain double backslash."""
    lines = text.replace("/", r"/\allowbreak{}")  # paths may be broken
    return rf"\parbox[t]{{{width:.0f}pt}}{{\raggedright{{}}{lines}\strut}}"


def _padded(lines: Sequence[list[str] | str]) -> list[str]:
    """Rows as lines of LaTeX whose & stand under each other, so that the file can be read and compared."""
    rows = [line for line in lines if isinstance(line, list)]
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(max((len(row) for row in rows), default=0))]

    def joined(row: list[str]) -> str:
        cells = [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]
        return " & ".join(cells) + r" \\"

    return [joined(line) if isinstance(line, list) else line for line in lines]
