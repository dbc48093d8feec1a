"""Examples in another language, as a translation job leaves them in the store: a JSON object a line, with the example's type."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stiltsreport.errors import StiltsReportError
from stiltsreport.store import Store
from stiltsreport.tasks.examples import Example, MultipleChoice, QueryPassage, Question, SentencePair, Text

_FILE = "examples.jsonl"
_KINDS = {kind.__name__: kind for kind in (SentencePair, MultipleChoice, Question, QueryPassage, Text)}


def write_examples(folder: Path, examples: Sequence[Example]) -> None:
    """To the artifact that is being made in `folder`."""
    with (folder / _FILE).open("w", encoding="utf-8") as stream:
        for example in examples:
            row = {"type": type(example).__name__, **asdict(example)}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def translated_examples(store: Store, job_id: str) -> tuple[Example, ...]:
    """The examples that a translation job made. Raises StiltsReportError where it has not been done."""
    if not store.has("translations", job_id):
        raise StiltsReportError("has not been made yet", where=f"translation {job_id}", hint="run the study")
    content = (store.verified("translations", job_id) / _FILE).read_text(encoding="utf-8")
    return tuple(_example(json.loads(line)) for line in content.split("\n") if line)


def _example(row: dict[str, Any]) -> Example:
    """The example of a row: lists of JSON become tuples again."""
    kind = _KINDS[row.pop("type")]
    return kind(**{name: _tuple(value) for name, value in row.items()})


def _tuple(value: Any) -> Any:
    return tuple(_tuple(one) for one in value) if isinstance(value, list) else value
