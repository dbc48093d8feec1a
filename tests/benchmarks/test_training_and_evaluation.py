"""The benchmarks of speed run, and say all that they promise; how fast is no test's matter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cases import Case, Reading
from benchmarks.comparison import lines
from benchmarks.workloads import SHAPES, WORKLOADS, Row, context, rows_of

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("name", "peers"), [("training", ["script", "dynamic", "grouped"]), ("evaluation", ["script"])])
def test_each_prints_a_line_a_peer_and_a_table(name: str, peers: list[str]):
    command = [sys.executable, "-m", f"benchmarks.{name}", "--quick", "--peers", *peers]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(peers)
    for line in found:
        assert "failed" not in line
        assert line["benchmark"] == name
        assert line["ratio"] == pytest.approx(line["tokens_per_second"] / line["peer_tokens_per_second"])
        assert all(line[key] > 0 for key in ("mfu", "peer_mfu", "peak_bytes", "peer_peak_bytes", "tokens_per_step", "ceiling_flops"))
    assert found[0]["peer_padding"] > 0.6  # 40 of 128
    assert done.stderr.count("tiny/pairs/float32") == len(peers)


@pytest.mark.parametrize("name", list(WORKLOADS))
def test_rows_are_as_long_as_they_should_be(name: str):
    work = WORKLOADS[name]
    rows = rows_of(work, SHAPES["small"], 3000, 1, 3)
    lengths = [len(row.ids) for row in rows]
    assert np.mean(lengths) == pytest.approx(work.mean, rel=0.05)
    assert max(lengths) <= work.cap
    ids = np.concatenate([row.ids for row in rows])
    assert ids.max() < 250_002
    assert ids.max() > 200_000  # types lie anywhere in the table
    assert len(np.unique(ids)) < 40_000 + 3
    if name == "qa":
        assert all(0 < row.target[0] <= row.target[1] < len(row.ids) - 1 for row in rows)  # type: ignore[index]
    if name == "tagging":
        assert all(len(row.target) == len(row.ids) - 2 for row in rows)  # type: ignore[arg-type]


def test_operations_of_a_token():
    base = SHAPES["base"]
    assert base.weights == 84_934_656  # 12 layers of 4 x 768 x 768 and 2 x 768 x 3072
    assert base.flops(100, training=True) == 6 * 84_934_656 + 12 * 12 * 768 * 100
    assert base.flops(100, training=False) == 2 * 84_934_656 + 4 * 12 * 768 * 100
    assert context([Row((0,) * 10, 0), Row((0,) * 30, 0)]) == 25  # (100 + 900) / 40


def test_utilisation_and_failures_by_hand():
    case = Case("evaluation", "base", "pairs", "float32", "cpu", 128, 16)
    ours = Reading(1000.0, 1280.0, 0.0, 10**9, 0.0, "cpu")
    peer = Reading(250.0, 320.0, 0.5, 2 * 10**9, 0.0, "cpu")
    dynamic, grouped = lines(case, {"ceiling": 169_869_312e3 * 2, "ours": ours, "dynamic": peer, "grouped": "out of memory"}, 3)
    assert (dynamic["ratio"], dynamic["mfu"], dynamic["peer_mfu"], dynamic["peer_padding"]) == (4.0, 0.5, 0.125, 0.5)
    assert grouped["ratio"] is None
    assert grouped["failed"] == {"grouped": "out of memory"}
    assert grouped["mfu"] == 0.5
