"""Items of a store: from items.arrow, from predictions.jsonl where an older version wrote no other, and none where neither can be read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from stiltsreport.metrics import METRICS
from stiltsreport.metrics.item_counts import FILE, write_item_counts
from stiltsreport.results.items import StoredItems
from stiltsreport.store import Store

JOB = "ab0123456789"
NAMES = METRICS["accuracy"].counts


def evaluation(folder: Path) -> tuple[StoredItems, Path]:
    store = Store(folder)
    place = store.path("evaluations", JOB)
    place.mkdir(parents=True)
    return StoredItems(store), place


def test_columns_are_mapped(tmp_path: Path):
    items, place = evaluation(tmp_path)
    write_item_counts(place / FILE, ["a", "b"], ["p", "p"], {"accuracy": np.array([[1.0, 1], [0, 1]])}, {"accuracy": NAMES})
    found = items.open(JOB)
    assert found is not None
    assert (found.keys, found.ids, found.clusters) == (("accuracy",), ("a", "b"), ("p", "p"))
    assert found.of("accuracy", NAMES).tolist() == [[1, 1], [0, 1]]


def test_older_evaluations_have_their_predictions(tmp_path: Path):
    items, place = evaluation(tmp_path)
    rows = [
        {"id": "a", "prediction": "x", "gold": "x", "counts": {"accuracy": [1.0, 1.0]}},
        {"id": "b", "counts": {"accuracy": [0.0, 1.0]}},
    ]
    (place / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = items.open(JOB)
    assert found is not None
    assert found.ids == found.clusters == ("a", "b")
    assert found.of("accuracy", NAMES).tolist() == [[1, 1], [0, 1]]
    (place / FILE).write_bytes(b"half of it")
    assert items.open(JOB) is None  # without its paragraphs an interval would be too narrow


def test_nothing_to_read(tmp_path: Path):
    items, place = evaluation(tmp_path)
    assert items.open(JOB) is None
    assert items.open("another") is None
    (place / "predictions.jsonl").write_text('{"id": "a"}\n', encoding="utf-8")
    assert items.open(JOB) is None
