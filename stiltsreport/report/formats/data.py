"""The page's data: what cells say when asked, the keys of rows and columns, each table as LaTeX; compressed, for the page's script.

A full study has forty thousand cells with a dozen lines each: as attributes of the cells they are thirty megabytes. Here all texts of one
label stand together, which compresses them to a twentieth, and a browser unpacks them when a reader first asks.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from stiltsreport.report.document import Report, Table
from stiltsreport.report.formats import latex


def page_data(report: Report, tables: Mapping[str, str] | None = None) -> str:
    """The block's text: JSON, gzip, base64; the same for the same report.

    `tables`: for each table its id, its rows' and columns' keys ("" for none), its signature and its LaTeX. `details`: for each label
    `cells`, the numbers of the cells that have it, each as its distance from the one before (cells are numbered from 0 over all rows of all
    tables that have rows, in their order), and `texts`, one for each. Labels stand in the order in which a cell shows them. `facets`: what
    keys name, to filter by. The argument `tables`: the LaTeX of each by its id, where it has been made.
    """
    shown = [table for table in report.tables if table.rows]
    made_tables = latex.render_tables(report) if tables is None else tables
    made = {
        "tables": [_table(table, made_tables[table.id]) for table in shown],
        "details": _details(shown),
        "facets": [asdict(facet) for facet in report.facets],
    }
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def _table(table: Table, tex: str) -> dict[str, Any]:
    return {
        "id": table.id,
        "rows": [row.key for row in table.rows],
        "columns": [column.key for column in table.columns],
        "signature": table.signature,
        "latex": tex,
    }


def _details(tables: Sequence[Table]) -> dict[str, dict[str, list[Any]]]:
    found: dict[str, dict[str, list[Any]]] = {}
    last: dict[str, int] = {}
    number = -1
    for table in tables:
        for row in table.rows:
            for cell in row.cells:
                number += 1
                for label, text in cell.details:
                    column = found.setdefault(label, {"cells": [], "texts": []})
                    column["cells"].append(number - last.get(label, 0))
                    column["texts"].append(text)
                    last[label] = number
    return {label: found[label] for label in _ordered(tables, found)}


def _ordered(tables: Sequence[Table], labels: Iterable[str]) -> list[str]:
    """Labels so that each cell's stand in its own order; where cells contradict each other, in that of the most."""
    cells = Counter(tuple(label for label, _ in cell.details) for table in tables for row in table.rows for cell in row.cells)
    before: Counter[tuple[str, str]] = Counter()
    for names, count in cells.items():
        for pair in itertools.combinations(names, 2):
            before[pair] += count
    order: list[str] = []
    left = list(labels)
    while left:
        ready = next((name for name in left if all(before[other, name] <= before[name, other] for other in left)), left[0])
        order.append(ready)
        left.remove(ready)
    return order
