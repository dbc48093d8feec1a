"""The compressed block of report.html against the one that its scores give: what cells say when asked, keys, and each table as LaTeX."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from stiltsreport.report.document import Report, Table
from stiltsreport.report.formats.data import page_data
from stiltsreport.report.verification.differences import Difference

FILE = "report.html"


def data_differences(text: str, report: Report) -> Iterator[Difference]:
    """Every text of a cell and every table's LaTeX, key or signature that differs."""
    meant = page_data(report)
    if "".join(text.split()) == meant:
        return
    shown, right = _read(text), _read(meant)
    if shown is None:
        yield Difference(FILE, "data block", "something that cannot be read", "the data of its cells")
        return
    assert right is not None
    yield from _tables(shown, right)
    yield from _texts(shown, right, list(_cells([table for table in report.tables if table.rows])))


def _tables(shown: dict[str, Any], right: dict[str, Any]) -> Iterator[Difference]:
    found = {table.get("id"): table for table in shown.get("tables", [])}
    for table in right["tables"]:
        its = found.get(table["id"])
        if its is None:
            yield Difference(FILE, "data of the table", "", "its LaTeX and keys", table["id"])
            continue
        for name, value in table.items():
            if its.get(name) != value:
                one, other = _unlike(its.get(name), value)
                yield Difference(FILE, f"{name} in the data block", one, other, table["id"])


def _texts(shown: dict[str, Any], right: dict[str, Any], cells: Sequence[tuple[str, str, str]]) -> Iterator[Difference]:
    mine, theirs = _details(shown), _details(right)
    for number, label in {**theirs, **mine}:
        one, other = mine.get((number, label), ""), theirs.get((number, label), "")
        if one != other and number < len(cells):
            name, row, column = cells[number]
            yield Difference(FILE, f"{label} of the cell", one, other, name, row, column)


def _read(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(gzip.decompress(base64.b64decode(text)))
    except (binascii.Error, OSError, EOFError, ValueError, zlib.error):
        return None
    return found if isinstance(found, dict) else None


def _details(block: dict[str, Any]) -> dict[tuple[int, str], str]:
    """The texts by the number of their cell, and label."""
    return {
        (number, label): text
        for label, found in block.get("details", {}).items()
        for number, text in zip(accumulate(found["cells"]), found["texts"], strict=False)
    }


def _cells(tables: Sequence[Table]) -> Iterator[tuple[str, str, str]]:
    """(table, row, column) of every cell, in the order in which the block counts them."""
    for table in tables:
        for row in table.rows:
            for column in table.columns:
                yield table.id, row.key or row.stub, column.key or column.title


def _unlike(shown: Any, right: Any) -> tuple[str, str]:
    """The first lines that differ of two texts, or the first parts of two lists."""
    if isinstance(shown, str) and isinstance(right, str):
        return first_unlike(shown, right)[1:]
    ours, theirs = (value if isinstance(value, list) else [value] for value in (shown, right))
    pairs = [(one, other) for one, other in zip(ours, theirs, strict=False) if one != other] or [(len(ours), len(theirs))]
    return str(pairs[0][0]), str(pairs[0][1])


def first_unlike(shown: str, right: str) -> tuple[int, str, str]:
    """The first line that differs: its number from 1, as it is, and as it should be; "" where a text has ended."""
    ours, theirs = shown.split("\n"), right.split("\n")
    for number in range(max(len(ours), len(theirs))):
        one, other = (lines[number] if number < len(lines) else "" for lines in (ours, theirs))
        if one != other:
            return number + 1, one.strip(), other.strip()
    return 0, "", ""
