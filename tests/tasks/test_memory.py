"""Large files are read as they come: no more than a piece of them is held at once."""

from __future__ import annotations

import gzip
import json
import tracemalloc

from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.readers import text


def test_lines_are_not_gathered(tmp_path):
    path = tmp_path / "train.jsonl.gz"
    row = json.dumps({"sentence1": "word " * 40, "sentence2": "other " * 40, "gold_label": "neutral"})
    with gzip.open(path, "wt", compresslevel=1) as stream:
        for _ in range(12_000):
            stream.write(row + "\n")
    tracemalloc.start()
    assert text.is_json(path)
    assert sum(1 for _ in text.json_lines(path)) == 12_000
    Memo().digest(str(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * 2**20, "the file is 6 MB of text"
