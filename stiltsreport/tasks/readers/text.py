"""Text of local files, compressed or not: lines, JSON, JSON lines and tables, with every fault named by file and line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stiltsreport.errors import DataError

_GZIP = b"\x1f\x8b"


def raw(path: str | Path) -> bytes:
    """The decompressed bytes of a file; gzip is known by its first bytes, not by its name."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
    if content.startswith(_GZIP):
        try:
            content = gzip.decompress(content)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"the gzip file is damaged or cut off ({error})", where=str(path), hint="fetch it again") from error
    return content


def text(path: str | Path) -> str:
    """The text of a UTF-8 file without its byte order mark; an empty file is an error."""
    content = raw(path)
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"byte {content[error.start]:#04x} is not UTF-8", where=f"{path}:{line}", hint="convert the file to UTF-8") from error
    if not decoded.strip():
        raise DataError("the file is empty", where=str(path))
    return decoded


def lines(path: str | Path) -> list[str]:
    """The lines without their ends; only line feeds end a line, since sentences may hold other separators."""
    return [line.removesuffix("\r") for line in text(path).removesuffix("\n").split("\n")]


def numbered(path: str | Path) -> Iterator[tuple[str, str]]:
    """(FILE:LINE, line) of every line."""
    for number, line in enumerate(lines(path), start=1):
        yield f"{path}:{number}", line


def document(path: str | Path) -> Any:
    """A whole JSON file."""
    try:
        return json.loads(text(path))
    except json.JSONDecodeError as error:
        raise DataError(f"is not JSON: {error.msg}", where=f"{path}:{error.lineno}") from error


def json_lines(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(FILE:LINE, object) of every line; blank lines are passed over."""
    for where, line in numbered(path):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"is not JSON: {error.msg}", where=where) from error
        if not isinstance(row, dict):
            raise DataError("is not a JSON object", where=where, hint='one {"column": value, ...} a line')
        yield where, row


def comma_rows(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(FILE:LINE, row by column) of a CSV file with a header."""
    reader = csv.reader(io.StringIO(text(path), newline=""), strict=True)
    try:
        header = next(reader)
        for fields in reader:
            where = f"{path}:{reader.line_num}"
            if not fields:
                continue
            if len(fields) != len(header):
                raise DataError(f"{len(fields)} columns where the header has {len(header)}", where=where)
            yield where, dict(zip(header, fields, strict=True))
    except csv.Error as error:
        raise DataError(f"is not CSV: {error}", where=f"{path}:{reader.line_num}") from error


def tab_fields(path: str | Path, count: int | None = None) -> Iterator[tuple[str, list[str]]]:
    """(FILE:LINE, fields) of a file with tabs between columns and no quoting; `count` columns a line where given."""
    for where, line in numbered(path):
        fields = line.split("\t")
        if count is not None and len(fields) != count:
            raise DataError(f"{len(fields)} columns between tabs, not {count}", where=where)
        yield where, fields


def tab_rows(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(FILE:LINE, row by column) of a TSV file with a header."""
    rows = tab_fields(path)
    _, header = next(rows)
    for where, fields in rows:
        if len(fields) != len(header):
            raise DataError(f"{len(fields)} columns where the header has {len(header)}", where=where)
        yield where, dict(zip(header, fields, strict=True))


def is_json(path: str | Path) -> bool:
    """Whether the file's first sign opens a JSON value."""
    return text(path).lstrip()[:1] in ("{", "[")


def rows(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(FILE:LINE, row by column) of a JSON-lines, CSV or TSV file with a header, by its content and name."""
    if is_json(path):
        return json_lines(path)
    name = str(path).removesuffix(".gz")
    return comma_rows(path) if name.endswith(".csv") else tab_rows(path)
