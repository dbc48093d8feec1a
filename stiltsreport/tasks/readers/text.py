"""Text of local files, compressed or not: lines, JSON, JSON lines and tables, with every fault named by file and line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from stiltsreport.errors import DataError, cause

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"  # the byte order mark of UTF-8
LONGEST_LINE = 2**29  # bytes: the largest data set that is one line of JSON has a quarter of that
_FREE = 2**28  # bytes that any file may expand to
_RATIO = 200
_WEB_PAGE = ("<!doctype html", "<html", "<?xml")
_POINTER = "version https://git-lfs.github.com/spec/"


@contextmanager
def _faults(path: str | Path, place: Callable[[], str]) -> Iterator[None]:
    """Faults of the file system and of gzip as DataError; `place` says where the reading stands."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"the gzip file is damaged or cut off ({error})", where=place(), hint="fetch it again") from error
    except OSError as error:
        raise DataError(f"cannot be read: {cause(error)}", where=str(path), hint="a file that you may read") from error


def _opened(path: str | Path) -> IO[bytes]:
    """The decompressed bytes of a file as a stream; gzip is known by its first bytes, not by its name."""
    with Path(path).open("rb") as stream:
        compressed = stream.read(len(_GZIP)) == _GZIP
    # Buffered once more: lines are then cut in C, not by gzip in Python.
    return cast("IO[bytes]", io.BufferedReader(gzip.open(path), 1 << 16) if compressed else Path(path).open("rb"))


def blocks(path: str | Path, size: int = 1 << 17) -> Iterator[bytes]:
    """The decompressed bytes of a file, piece by piece. Raises DataError for one that expands without end."""
    with _faults(path, lambda: str(path)), _opened(path) as stream:
        most, read = _most(path), 0
        while block := stream.read(size):
            read += len(block)
            _refuse_bomb(read, most, path)
            yield block


def _most(path: str | Path) -> int:
    """How many bytes may come out of a file: text is packed to a tenth, seldom to a fiftieth; gzip can to a thousandth."""
    return max(_FREE, _RATIO * Path(path).stat().st_size)


def _refuse_bomb(read: int, most: int, path: str | Path) -> None:
    if read > most:
        what = f"expands to more than {most:,} bytes, over {_RATIO} times its size"
        raise DataError(what, where=str(path), hint="no text is packed so small: unpack it by hand if you trust it")


def numbered(path: str | Path) -> Iterator[tuple[str, str]]:
    """(FILE:LINE, line without its end) of every line of a UTF-8 file, read as it goes.

    Only line feeds end a line (a carriage return before one goes too), since sentences may hold other separators. A byte order mark is
    passed over. Raises DataError for other encodings, NUL bytes, an empty file, a gzip file that is damaged or expands without end, lines
    of half a gigabyte, and what a failed download leaves: a web page or a Git LFS pointer.
    """
    number, empty = 0, True
    with _faults(path, lambda: f"{path}:{number + 1}"), _opened(path) as stream:
        most, read = _most(path), 0
        for number, line in enumerate(iter(partial(stream.readline, LONGEST_LINE + 1), b""), start=1):
            where = f"{path}:{number}"
            read += len(line)
            if read > most or len(line) > LONGEST_LINE:
                _refuse_bomb(read, most, path)
                raise DataError(f"the line is longer than {LONGEST_LINE:,} bytes", where=where, hint="one example, or document, a line")
            text = _decoded(line.removeprefix(_MARK) if number == 1 else line, where)
            if empty and text.strip():
                _refuse_no_data(text, where)
                empty = False
            yield where, text
    if empty:
        raise DataError("the file is empty", where=str(path))


def _decoded(line: bytes, where: str) -> str:
    if b"\0" in line:
        raise DataError("holds a NUL byte", where=where, hint="the file is damaged, or not UTF-8")
    try:
        return line.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise DataError(f"byte {line[error.start]:#04x} is not UTF-8", where=where, hint="convert the file to UTF-8") from error


def _refuse_no_data(first: str, where: str) -> None:
    if first.lstrip().lower().startswith(_WEB_PAGE):
        raise DataError("is a web page, not data", where=where, hint="fetch it again: the server answered with a page")
    if first.startswith(_POINTER):
        raise DataError("is a Git LFS pointer, not data", where=where, hint="`git lfs pull`, or fetch the file itself")


def lines(path: str | Path) -> list[str]:
    """The lines without their ends."""
    return [line for _, line in numbered(path)]


def _parsed(content: str, where: str, hint: str = "", *, whole: bool = False) -> Any:
    """A JSON value; `whole`: of a whole file, whose lines are counted from here.

    A half of a surrogate pair is an error here, not when the text is encoded later.
    """
    try:
        value = json.loads(content, parse_constant=_no_number)
        if "\\ud" in content.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise DataError(f"is not JSON: {error.msg}", where=f"{where}:{error.lineno}" if whole else where, hint=hint) from error
    except UnicodeEncodeError as error:
        raise DataError("holds half a character (a surrogate by itself)", where=where, hint="the file is damaged") from error
    except (RecursionError, ValueError) as error:
        raise DataError(f"is not JSON that can be read: {error}", where=where, hint=hint) from error
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def document(path: str | Path) -> Any:
    """A whole JSON file."""
    return _parsed("\n".join(lines(path)), str(path), whole=True)


def json_lines(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(FILE:LINE, object) of every line; blank lines are passed over."""
    hint = 'one {"column": value, ...} a line'
    for where, line in numbered(path):
        if not line.strip():
            continue
        row = _parsed(line, where, hint)
        if not isinstance(row, dict):
            raise DataError("is not a JSON object", where=where, hint=hint)
        yield where, row


def comma_rows(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(FILE:LINE, row by column) of a CSV file with a header."""
    reader = csv.reader((f"{line}\n" for _, line in numbered(path)), strict=True)
    try:
        header = next(reader)
        for fields in reader:
            where = f"{path}:{reader.line_num}"
            if not fields:
                continue
            if len(fields) != len(header):
                hint = "a text that holds a comma stands in quotes"
                raise DataError(f"{len(fields)} columns where the header has {len(header)}", where=where, hint=hint)
            yield where, dict(zip(header, fields, strict=True))
    except csv.Error as error:
        hint = "quotes in pairs; inside a quoted text each is doubled"
        raise DataError(f"is not CSV: {error}", where=f"{path}:{reader.line_num}", hint=hint) from error


def tab_fields(path: str | Path, count: int | None = None) -> Iterator[tuple[str, list[str]]]:
    """(FILE:LINE, fields) of a file with tabs between columns and no quoting; `count` columns a line where given."""
    for where, line in numbered(path):
        fields = line.split("\t")
        if count is not None and len(fields) != count:
            raise DataError(f"{len(fields)} columns between tabs, not {count}", where=where, hint="no tabs inside a text")
        yield where, fields


def tab_rows(path: str | Path, cut_rows: int = 0) -> Iterator[tuple[str, dict[str, Any]]]:
    """(FILE:LINE, row by column) of a TSV file with a header; up to `cut_rows` rows that lack columns are left out."""
    rows = tab_fields(path)
    _, header = next(rows)
    cut = 0
    for where, fields in rows:
        if len(fields) < len(header) and cut < cut_rows:
            cut += 1
            continue
        if len(fields) != len(header):
            raise DataError(f"{len(fields)} columns where the header has {len(header)}", where=where, hint="no tabs inside a text")
        yield where, dict(zip(header, fields, strict=True))


def is_json(path: str | Path) -> bool:
    """Whether the file's first sign that is no blank opens a JSON value."""
    return next((line.lstrip()[:1] in ("{", "[") for _, line in numbered(path) if line.strip()), False)


def rows(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(FILE:LINE, row by column) of a JSON-lines, CSV or TSV file with a header, by its content and name."""
    name = str(path).removesuffix(".gz")
    if is_json(path) or name.endswith((".jsonl", ".json")):
        return json_lines(path)
    return comma_rows(path) if name.endswith(".csv") else tab_rows(path)


def paragraphs(path: str) -> Iterator[list[tuple[str, str]]]:
    """Runs of (FILE:LINE, line) between blank lines."""
    block: list[tuple[str, str]] = []
    for where, line in numbered(path):
        if line.strip():
            block.append((where, line))
        elif block:
            yield block
            block = []
    if block:
        yield block
