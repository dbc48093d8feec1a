"""`report --show`: one table, for programs as a whole, for a terminal as wide as that is."""

from __future__ import annotations

from collections.abc import Iterator

from stiltsreport.cli.layout import table as laid_out
from stiltsreport.cli.terminal import Terminal
from stiltsreport.report.document import Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats.rows import header, notes, visible
from stiltsreport.report.formats.text import grid
from stiltsreport.report.show import show, table_named


def print_table(evidence: Evidence, table_id: str, form: str, terminal: Terminal) -> None:
    """Print it. Raises StiltsReportError for a table that the study does not have."""
    if form == "text" and terminal.width is not None:
        terminal.text(*on_a_terminal(table_named(evidence, table_id), terminal.width))
    else:
        terminal.result(show(evidence, table_id, form))


def on_a_terminal(table: Table, width: int) -> Iterator[str]:
    """Title, grid, caption and notes; where the grid is too wide, a block for each row."""
    yield from (visible(table.title), "")
    left = [0, *(place for place, column in enumerate(table.columns, start=1) if column.align == "left")]
    rows = grid(table)
    yield from laid_out(header(table), rows, width, left=left) if rows else [table.empty]
    yield ""
    yield from notes(table)
