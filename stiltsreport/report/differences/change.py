"""One change between two reports, and those of one part of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

PartName = Literal["study", "data", "code", "machine", "scores", "comparisons", "verdicts", "claims"]
NOTHING = "nothing"


@dataclass(frozen=True)
class Change:
    """`before` and `after` as the files have them; None where a report has none of it. `by`: the change of a number, in its unit."""

    name: str
    before: Any
    after: Any
    by: float | None = None

    def __str__(self) -> str:
        size = f" ({self.by:+.4g})" if self.by is not None else ""
        return f"{self.name}: {_words(self.before)} -> {_words(self.after)}{size}"


@dataclass(frozen=True)
class Part:
    """A part of two reports. `summary` says in words what changed where the list is long."""

    name: PartName
    changes: tuple[Change, ...]
    summary: str = ""


def _words(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value, ensure_ascii=False)
