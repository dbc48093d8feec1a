"""A data folder made by hand, and what the tool reads from it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

from stiltsreport.tasks import TASKS
from stiltsreport.tasks.examples import Split
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.local import local_sources
from stiltsreport.tasks.read import read, with_labels
from stiltsreport.tasks.sources import Source


def fill(folder: Path, files: Mapping[str, object]) -> Path:
    """Write files by their path: a text, bytes, or anything else as JSON; what ends in .gz is compressed."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        written = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
        path.write_bytes(gzip.compress(written, mtime=0) if name.endswith(".gz") and not isinstance(content, bytes) else written)
    return folder


def sources(folder: Path, task: str) -> dict[tuple[str, str], Source]:
    return local_sources(TASKS[task], folder, Memo())


def load(folder: Path, task: str, split: str, language: str = "en") -> Split:
    source = sources(folder, task)[split, language]
    return read(source, with_labels(TASKS[task], source))


def lines(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def table(*rows: str) -> str:
    """Rows with a bar between columns as a TSV file."""
    return "".join(row.replace("|", "\t") + "\n" for row in rows)


def squad(*paragraphs: tuple[str, list[tuple[str, str, list[tuple[str, int]]]]]) -> dict[str, object]:
    """SQuAD's form of (context, [(id, question, [(answer, start)])])."""
    return {
        "version": "1.1",
        "data": [
            {
                "title": f"Article {number}",
                "paragraphs": [
                    {
                        "context": context,
                        "qas": [
                            {"id": name, "question": asked, "answers": [{"text": text, "answer_start": start} for text, start in answers]}
                            for name, asked, answers in questions
                        ],
                    }
                ],
            }
            for number, (context, questions) in enumerate(paragraphs, start=1)
        ],
    }
