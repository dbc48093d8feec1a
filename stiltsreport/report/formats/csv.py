"""CSV: a table's numbers as they are shown, one column each, second numbers in columns of their own, signs in none."""

from __future__ import annotations

import csv
import io

from stiltsreport.report.document import Cell, Number, Table
from stiltsreport.report.formats.rows import header, visible
from stiltsreport.report.numbers import MINUS, shown


def render_table(table: Table) -> str:
    """The table as CSV: a missing result is an empty field."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    titles = header(table)
    doubled = [any(row.cells[index].second is not None for row in table.rows) for index in range(len(table.columns))]
    grouped = any(group.title for group in table.groups)
    line = (["group"] if grouped else []) + titles[:1]
    for title, double in zip(titles[1:], doubled, strict=True):
        line += [title, f"{title}: {table.second_title}"] if double else [title]
    writer.writerow([" ".join(field.split()) for field in line])
    for group in table.groups:
        for row in group.rows:
            line = ([group.title] if grouped else []) + [row.stub]
            for cell, double in zip(row.cells, doubled, strict=True):
                line.append(_first(cell))
                if double:
                    line.append(_number(cell.second))
            writer.writerow([" ".join(visible(field).split()) for field in line])
    return out.getvalue()


def _first(cell: Cell) -> str:
    return cell.text if cell.number is None else _number(cell.number)


def _number(number: Number | None) -> str:
    """As it is shown, with a plain minus sign and no plus, so that programs read it."""
    return shown(number.value, number.decimals).replace(MINUS, "-") if number else ""
