"""One table of a report as text, for the terminal or to paste; no other table is made, and nothing is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from stiltsreport.errors import StiltsReportError
from stiltsreport.registry import did_you_mean
from stiltsreport.report.document import Table, Typesetting
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats import csv, latex, markdown, text
from stiltsreport.report.tables import TABLES

FORMS: dict[str, Callable[[Table, Evidence], str]] = {
    "text": lambda table, _: text.render_table(table),
    "markdown": lambda table, _: markdown.render_table(table),
    "csv": lambda table, _: csv.render_table(table),
    "latex": lambda table, evidence: latex.render_table(table, evidence.digest, _typesetting(evidence)),
}
# Tables that the maker of another one makes too, under names that do not begin as its own.
_MADE_BY = {
    "cost-to-reach": "pareto",
    "families-like-these": "languages-like-these",
    "pairs": "pairs",
    "pairs-": "pair-matrices",
    "overlap-": "span-overlap",
}


def show(evidence: Evidence, table_id: str, form: str = "text") -> str:
    """The table of that id, in one of FORMS. Raises StiltsReportError for one that the study does not have."""
    return FORMS[form](table_named(evidence, table_id), evidence)


def table_named(evidence: Evidence, table_id: str) -> Table:
    """The table of that id. Raises StiltsReportError for one that the study does not have."""
    others: list[str] = []
    for maker in makers(table_id):
        for table in made(evidence, maker):
            if table.id == table_id:
                return table
            others.append(table.id)
    hint = did_you_mean(table_id, others) or f"one of {', '.join(others)}"
    raise StiltsReportError(f"the report has no table {table_id!r}", where="--show", hint=hint)


def made(evidence: Evidence, maker: str) -> Iterator[Table]:
    """The tables that one of TABLES makes, each with a signature: of one that names nothing of its own, its id."""
    for table in TABLES[maker](evidence):
        yield table if table.signature else replace(table, signature=evidence.signature(table.id))


def makers(table_id: str) -> list[str]:
    """All of TABLES, first those whose names the table's begins with: some make a table for each target."""
    known = [name for begin, name in _MADE_BY.items() if table_id == begin or (begin.endswith("-") and table_id.startswith(begin))]
    named = sorted((name for name in TABLES if table_id == name or table_id.startswith(f"{name}-")), key=len, reverse=True)
    return list(dict.fromkeys([*known, *named, *TABLES]))


def _typesetting(evidence: Evidence) -> Typesetting:
    settings = evidence.study.report
    return Typesetting(settings.latex, settings.paper, settings.signature)
