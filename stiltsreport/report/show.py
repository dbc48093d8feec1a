"""One table of a report as text, for the terminal or to paste."""

from __future__ import annotations

from collections.abc import Callable

from stiltsreport.errors import StiltsReportError
from stiltsreport.registry import did_you_mean
from stiltsreport.report.document import Report, Table
from stiltsreport.report.formats import csv, latex, markdown, text

FORMS: dict[str, Callable[[Table, Report], str]] = {
    "text": lambda table, _: text.render_table(table),
    "markdown": lambda table, _: markdown.render_table(table),
    "csv": lambda table, _: csv.render_table(table),
    "latex": lambda table, report: latex.render_table(table, report.digest, report.typesetting),
}


def show(report: Report, table_id: str, form: str = "text") -> str:
    """The table of that id, in one of FORMS. Raises StiltsReportError for one that the report does not have."""
    tables = {table.id: table for table in report.tables}
    if table_id not in tables:
        hint = did_you_mean(table_id, tables) or f"one of {', '.join(tables)}"
        raise StiltsReportError(f"the report has no table {table_id!r}", where="--show", hint=hint)
    return FORMS[form](tables[table_id], report)
