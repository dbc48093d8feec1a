"""Items: what every example of a stored evaluation counts, opened one evaluation at a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

import numpy as np

from stiltsreport.metrics.item_counts import FILE, ItemCounts, ItemFile, digest_of
from stiltsreport.metrics.metric import Floats
from stiltsreport.store import Store


class Counted(Protocol):
    """The items of one evaluation: evaluations with one `digest` are of the same ids and clusters, in the same order."""

    @property
    def digest(self) -> str:
        """Of ids and clusters."""
        ...

    @property
    def keys(self) -> tuple[str, ...]:
        """The metrics that were counted, by key."""
        ...

    @property
    def ids(self) -> tuple[str, ...]:
        """Of each item."""
        ...

    @property
    def clusters(self) -> tuple[str, ...]:
        """Of each item: its paragraph, or its own id."""
        ...

    def of(self, key: str, names: tuple[str, ...]) -> Floats:
        """(items, counts) of a metric whose counts have these names. Raises KeyError where there is none."""
        ...


class Items(Protocol):
    """Where items come from."""

    def open(self, job: str) -> Counted | None:
        """The items of that evaluation; None where there are none."""
        ...


class StoredItems:
    """The items of a store. Nothing is kept in memory: files are mapped, and let go of with what `open` gave.

    Evaluations of older versions have no items.arrow; their predictions.jsonl is read in its place, in which no paragraphs stand: every
    question is then a cluster of its own.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, job: str) -> Counted | None:
        """The items of that evaluation; None where there are none, or its file is damaged.

        Predictions are no substitute for a damaged file: without paragraphs an interval would be too narrow.
        """
        folder = self._store.path("evaluations", job)
        if not (folder / FILE).exists():
            return _listed(folder / "predictions.jsonl")
        try:
            return ItemFile(folder / FILE)
        except (OSError, ValueError):
            return None


def _listed(file: Path) -> ItemCounts | None:
    """The items of predictions.jsonl."""
    try:
        with file.open(encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream if line.strip()]
        ids = tuple(str(row["id"]) for row in rows)
        keys = tuple(rows[0]["counts"]) if rows else ()
        counts = {key: np.array([row["counts"][key] for row in rows], dtype=np.float64).reshape(len(rows), -1) for key in keys}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return ItemCounts(digest_of(ids, ids), ids, ids, counts)
