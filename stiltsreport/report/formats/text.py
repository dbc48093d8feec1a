"""Plain text: a table for the terminal, through tabulate."""

from __future__ import annotations

from stiltsreport.report.document import Cell, Table
from stiltsreport.report.formats.rows import cell_text, header, notes, number_text, visible


def render_table(table: Table) -> str:
    """Title, grid, caption and notes; a second number stands in brackets behind the first."""
    from tabulate import tabulate

    rows = grid(table)
    align = ["left", *(column.align for column in table.columns)]
    text = tabulate(
        rows, headers=header(table), colalign=align if rows else None, disable_numparse=True, tablefmt="simple", preserve_whitespace=True
    )
    return "\n".join([visible(table.title), "", text if rows else table.empty, "", *notes(table)]) + "\n"


def grid(table: Table) -> list[list[str]]:
    """The cells of every row under those of its header; a group's title has a row of its own."""
    rows = []
    for group in table.groups:
        if group.title:
            rows.append([visible(group.title), *("" for _ in table.columns)])
        indent = "  " if group.title else ""
        rows.extend([indent + visible(row.stub), *(_cell(cell) for cell in row.cells)] for row in group.rows)
    return rows


def _cell(cell: Cell) -> str:
    text = cell_text(cell)
    if cell.number is not None and "best" in cell.number.marks:
        text = f"*{text}"
    if cell.number is not None and "tied" in cell.number.marks:
        text = f"_{text}"
    return f"{text} ({number_text(cell.second)})" if cell.second else text
