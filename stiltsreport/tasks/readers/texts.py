"""Readers of plain text for masked language modelling: lines of files, and the paragraphs of articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import Split, Text
from stiltsreport.tasks.readers import text
from stiltsreport.tasks.sources import SourceFile
from stiltsreport.tasks.task import Task

# Of Wikipedia the first file of a language is fetched, and of that so many paragraphs are read: what the papers used is not published, a
# training mixed with MLM reads a few hundred thousand lines of all languages together, and the whole of English would be 20 GB.
PARAGRAPHS = 100_000
SHORTEST = 30  # characters: shorter lines of an article are headings and single links


def read_texts(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """A text a line; blank lines are passed over, and an id is the number of the line."""
    del task, language
    found: list[Text] = []
    for place, file in enumerate(files, start=1):
        prefix = f"{place}:" if len(files) > 1 else ""
        lines = (line.strip() for _, line in text.numbered(file.path))
        found.extend(Text(f"{prefix}{number}", line) for number, line in enumerate(lines, start=1) if line)
    return tuple(found)


def paragraphs(rows: Iterable[tuple[str, Mapping[str, Any]]], most: int = PARAGRAPHS) -> tuple[Text, ...]:
    """The first paragraphs of articles (column `text`), without their headings; an id is the article's number and the paragraph's in it.

    Raises DataError for a row without that column.
    """
    found: list[Text] = []
    for number, (where, row) in enumerate(rows, start=1):
        if not isinstance(row.get("text"), str):
            raise DataError("no column text", where=where, hint=f"columns here: {', '.join(map(str, row))}")
        lines = [line.strip() for line in row["text"].split("\n")]
        kept = [line for line in lines if len(line) >= SHORTEST]
        found.extend(Text(f"{number}.{place}", line) for place, line in enumerate(kept, start=1))
        if len(found) >= most:
            break
    return tuple(found[:most])
