"""Markdown: a table in pipes, with its caption and notes."""

from __future__ import annotations

import re

from stiltsreport.report.document import Cell, Table
from stiltsreport.report.formats.rows import cell_text, header, notes, number_text, visible

_SPECIAL = re.compile(r"([\\`*_\[\]|#~$^])")


def markdown(text: str) -> str:
    r"""The text, escaped: nothing in it is markup, and it stays on its line.

    >>> markdown("a|b <script>\n*c*")
    'a\\|b &lt;script> \\*c\\*'
    """
    return _SPECIAL.sub(r"\\\1", " ".join(visible(text).split())).replace("&", "&amp;").replace("<", "&lt;")


def render_table(table: Table) -> str:
    """The table as Markdown; a second number stands in brackets behind the first."""
    titles = [markdown(title) for title in header(table)]
    rows = []
    for group in table.groups:
        if group.title:
            rows.append([f"**{markdown(group.title)}**", *("" for _ in table.columns)])
        rows.extend([markdown(row.stub), *(_cell(cell) for cell in row.cells)] for row in group.rows)
    widths = [max(len(row[place]) for row in [titles, *rows]) for place in range(len(titles))]
    right = [False, *(column.align == "right" for column in table.columns)]
    rule = ["-" * (width - 1) + ":" if end else "-" * width for width, end in zip((max(width, 3) for width in widths), right, strict=True)]
    lines = [_line(titles, widths, right), _line(rule, widths, right), *(_line(row, widths, right) for row in rows)]
    return f"**{markdown(table.title)}**\n\n" + "\n".join(lines) + "\n\n" + "\n\n".join(markdown(note) for note in notes(table)) + "\n"


def _cell(cell: Cell) -> str:
    text = markdown(cell_text(cell))
    if cell.number is not None and "best" in cell.number.marks:
        text = f"**{text}**"
    if cell.number is not None and "tied" in cell.number.marks:
        text = f"<u>{text}</u>"
    return f"{text} ({markdown(number_text(cell.second))})" if cell.second else text


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    padded = [text.rjust(width) if end else text.ljust(width) for text, width, end in zip(cells, widths, right, strict=True)]
    return "| " + " | ".join(padded) + " |"
