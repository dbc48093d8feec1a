"""One table of a report as plain text, for the terminal."""

from __future__ import annotations

from stiltsreport.errors import StiltsReportError
from stiltsreport.registry import did_you_mean
from stiltsreport.report.document import Report
from stiltsreport.report.formats.text import render_table


def show(report: Report, table_id: str) -> str:
    """The table of that id. Raises StiltsReportError for one that the report does not have."""
    tables = {table.id: table for table in report.tables}
    if table_id not in tables:
        hint = did_you_mean(table_id, tables) or f"one of {', '.join(tables)}"
        raise StiltsReportError(f"the report has no table {table_id!r}", where="--show", hint=hint)
    return render_table(tables[table_id])
