"""Answers: of a stored evaluation, which items are right and how far their spans overlap; no texts.

"Right" is what a reader would call so: the right class or choice, an exact match, every tag of a sentence in the right span, the right
passage or partner first.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stiltsreport.metrics import METRICS
from stiltsreport.metrics.item_counts import FILE, ItemFile
from stiltsreport.metrics.ratios import MATCHED
from stiltsreport.store import Store
from stiltsreport.tasks.task import Task

_RIGHT = ("correct", "matches")  # counts that are 1 where an answer is right
_OVERLAP = "f1"
_RANKED = "average_precision"  # says nothing of the first passage alone: the predictions do
# As write_evaluation writes a line; a quotation mark inside an id, label or count is escaped, so that this stands nowhere else in it.
_LABELS = re.compile(rb'"prediction": ("(?:[^"\\\\]|\\\\.)*"), "gold": ("(?:[^"\\\\]|\\\\.)*"), "counts"')
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answers:
    """Of each item of an evaluation, in its order. `digest` names the items.

    `overlap`: F1 of spans, 0 to 1; None for tasks without spans. `asked`: whether the item has an answer to find at all (in bitext most
    sentences have none).
    """

    digest: str
    ids: tuple[str, ...]
    right: Bools
    asked: Bools
    overlap: Floats | None = None


class AnswerReader:
    """The answers of a store's evaluations of one task; ids of the same items are kept once."""

    def __init__(self, store: Store, task: Task) -> None:
        self._store, self._task = store, task
        self._ids: dict[str, tuple[str, ...]] = {}
        self._kept: dict[str, Answers | None] = {}

    def baseline(self, job: str) -> Answers | None:
        """As `read`, and kept: every arm of a model is held against the same baseline."""
        if job not in self._kept:
            self._kept[job] = self.read(job)
        return self._kept[job]

    def forget(self) -> None:
        """Let go of what is kept."""
        self._kept.clear()

    def read(self, job: str) -> Answers | None:
        """None where the evaluation keeps no items, or its metrics call no single answer right."""
        folder = self._store.path("evaluations", job)
        try:
            items = ItemFile(folder / FILE)
            if items.digest not in self._ids:
                self._ids[items.digest] = items.ids
            return self._of(items, self._ids[items.digest], folder)
        except (OSError, ValueError, KeyError, TypeError):  # a damaged file is no answer
            return None

    def _of(self, items: ItemFile, ids: tuple[str, ...], folder: Path) -> Answers | None:
        everywhere = np.ones(len(ids), dtype=bool)
        columns = {key: METRICS[key].counts for key in items.keys if key in METRICS}
        for key, names in columns.items():
            if names == MATCHED:
                matched, predicted, gold = items.of(key, names).T
                if self._task.type == "bitext_mining":
                    return Answers(items.digest, ids, matched > 0, gold > 0)
                both = predicted + gold
                overlap = np.divide(2 * matched, both, out=np.ones_like(both), where=both > 0)
                return Answers(items.digest, ids, (matched == predicted) & (matched == gold), everywhere, overlap)
            if names[0] == _RANKED:
                precision = items.of(key, names)[:, 0]
                return Answers(items.digest, ids, first_is_right(folder / "predictions.jsonl", ids, precision), everywhere)
        right = next((key for key, names in columns.items() if names[0] in _RIGHT), None)
        if right is None:
            return None
        spans = next((key for key, names in columns.items() if names[0] == _OVERLAP), None)
        overlap = None if spans is None else items.of(spans, columns[spans][:1])[:, 0]
        return Answers(items.digest, ids, items.of(right, columns[right][:1])[:, 0] > 0.5, everywhere, overlap)  # noqa: PLR2004


def first_is_right(file: Path, ids: tuple[str, ...], precision: Floats) -> Bools:
    """Whether the first passage of each ranking is among the gold ones.

    An average precision of 1 or 0 says so by itself; only the rankings between are read. Raises ValueError where the file is not of these
    items.
    """
    right = precision >= 1
    lines = file.read_bytes().splitlines()
    if len(lines) != len(ids):
        raise ValueError(f"{file}: of other items")
    for place in np.flatnonzero((precision > 0) & (precision < 1)).tolist():
        row = json.loads(lines[place])
        if row["id"] != ids[place]:
            raise ValueError(f"{file}: of other items")
        right[place] = row["prediction"][0] in row["gold"]
    return right


def confusion(file: Path, labels: tuple[str, ...]) -> NDArray[np.int64]:
    """(gold, predicted) counts of an evaluation's predictions. Raises OSError, or KeyError and ValueError for what is none of ours."""
    text = file.read_bytes()
    written = Counter(_LABELS.findall(text))  # a dozen times as fast as parsing every line, of which a full study has millions
    if written.total() == text.count(b"\n"):
        pairs = Counter({(json.loads(gold), json.loads(predicted)): count for (predicted, gold), count in written.items()})
    else:
        rows = map(json.loads, text.splitlines())
        pairs = Counter((row["gold"], row["prediction"]) for row in rows)
    places = {label: place for place, label in enumerate(labels)}
    found = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for (gold, predicted), count in pairs.items():
        found[places[gold], places[predicted]] += count
    return found
