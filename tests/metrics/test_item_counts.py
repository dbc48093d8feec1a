"""items.arrow: counts and clusters come back as they were written, and what is not whole is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stiltsreport.metrics import METRICS
from stiltsreport.metrics.item_counts import ItemFile, digest_of, read_item_counts, write_item_counts

NAMES = {key: METRICS[key].counts for key in ("exact_match", "answer_f1")}
COUNTS = {"exact_match": np.array([[0.0, 1], [1, 1], [1, 1]]), "answer_f1": np.array([[0.5, 1], [1, 1], [1, 1]])}


def written(folder: Path, ids=("a", "b", "ü"), clusters=("p", "p", "q")) -> Path:
    file = folder / "items.arrow"
    write_item_counts(file, ids, clusters, COUNTS, NAMES)
    return file


def test_what_is_written_comes_back(tmp_path: Path):
    found = read_item_counts(written(tmp_path), NAMES)
    assert found.ids == ("a", "b", "ü")
    assert found.clusters == ("p", "p", "q")
    for key, counts in COUNTS.items():
        np.testing.assert_array_equal(found.counts[key], counts)


def test_columns_are_named_by_metric_and_count(tmp_path: Path):
    found = ItemFile(written(tmp_path))
    assert (found.keys, len(found)) == (("exact_match", "answer_f1"), 3)
    assert found._table.column_names[2:] == ["exact_match/matches", "exact_match/questions", "answer_f1/f1", "answer_f1/questions"]
    with pytest.raises(KeyError):
        found.of("accuracy", ("correct",))


def test_one_digest_means_the_same_items(tmp_path: Path):
    digests = set()
    for place, (ids, clusters) in enumerate([("abc", "ppq"), ("abd", "ppq"), ("abc", "pqq"), ("acb", "ppq")]):
        (tmp_path / str(place)).mkdir()
        found = ItemFile(written(tmp_path / str(place), tuple(ids), tuple(clusters)))
        assert found.digest == digest_of(ids, clusters)
        digests.add(found.digest)
    assert len(digests) == 4


def test_no_items_at_all(tmp_path: Path):
    file = tmp_path / "items.arrow"
    write_item_counts(file, (), (), {"accuracy": np.empty((0, 2))}, {"accuracy": ("correct", "examples")})
    assert read_item_counts(file, {"accuracy": ("correct", "examples")}).counts["accuracy"].shape == (0, 2)


@pytest.mark.parametrize("content", [b"", b"ARROW1", b"no arrow at all"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes):
    file = tmp_path / "items.arrow"
    file.write_bytes(content)
    with pytest.raises((OSError, ValueError)):
        ItemFile(file)
    file.write_bytes(written(tmp_path).read_bytes()[:-40])
    with pytest.raises((OSError, ValueError)):
        ItemFile(file)
