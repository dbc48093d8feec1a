"""RESULTS.md out of lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.machine import machine
from benchmarks.results import NOTHING, page, read
from benchmarks.study import sharing

ROOT = Path(__file__).parents[2]
MACHINE = {"processor": "A (AVX2)", "cores": 2, "memory_bytes": 24 * 2**30, "gpu": None, "python": "3.11", "torch": "2", "numpy": "2"}
LINE = {
    "benchmark": "training", "case": "small/pairs/float32", "peer": "Trainer at its best", "tokens_per_second": 1234.5,
    "peer_tokens_per_second": 617.25, "ratio": 2.0, "mfu": 0.604, "peer_mfu": None, "peak_bytes": 1.5e9, "clock": "cpu", "machine": MACHINE,
}  # fmt: skip


def written(folder: Path, *lines: object) -> Path:
    file = folder / "lines.jsonl"
    file.write_text("\n".join(json.dumps(line) if isinstance(line, dict) else str(line) for line in lines))
    return file


def test_a_table_a_benchmark_under_its_machine(tmp_path: Path):
    file = written(
        tmp_path, LINE, {"benchmark": "study", "case": "sharing/x|y", "ratio": 5.5123, "tokens": 29_000_000.0, "machine": MACHINE}
    )
    text = "\n".join(page(read([file])))
    assert "## A (AVX2), 2 cores, 24 GiB; python 3.11, torch 2, numpy 2" in text
    assert "| small/pairs/float32 | Trainer at its best | 1,234 | 617 | 2.00 | 60% | – | – | – | 1.50 | – | – | – | cpu |" in text
    assert "| sharing/x\\|y | 5.51 | 29,000,000 |" in text
    assert text.index("### Studies") < text.index("### Training")


def test_the_last_line_of_a_case_counts_and_failures_are_told(tmp_path: Path):
    later = {**LINE, "ratio": None, "peer_tokens_per_second": None, "failed": {"grouped": "out of memory"}}
    (found,) = read([written(tmp_path, LINE, "a warning", later)])
    assert found["ratio"] is None
    assert "no figure of grouped: `out of memory`" in "\n".join(page([found]))
    other = {**LINE, "machine": {**MACHINE, "cores": 64}}
    assert len(read([written(tmp_path, LINE, other)])) == 2


def test_what_is_known_of_other_machines_and_benchmarks_stays():
    other = {**LINE, "ratio": 3.25, "machine": {**MACHINE, "processor": "B (AMX-bf16)"}}
    study = {"benchmark": "study", "case": "sharing/x", "ratio": 5.5, "machine": MACHINE}
    earlier = "\n".join(page([LINE, study, other]))
    assert "\n".join(page([], earlier)) == earlier
    assert "\n".join(page([{**LINE, "ratio": 2.75}], earlier)) == earlier.replace("| 2.00 |", "| 2.75 |")
    assert "\n".join(page([{**other, "ratio": 4.5}], earlier)).count("| 3.25 |") == 0


def test_without_lines_the_page_says_so():
    assert NOTHING in list(page([]))


def test_the_page_in_the_project_is_the_script_s():
    assert (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8").startswith("\n".join(list(page([]))[:3]))


def test_a_machine_is_described(tmp_path: Path):
    (tmp_path / "cpuinfo").write_text("model name\t: Some CPU\nflags\t\t: fpu avx2 avx512f amx_bf16\n")
    found = machine(cpu_info=tmp_path / "cpuinfo")
    assert found["processor"] == "Some CPU (AVX2, AVX-512, AMX-bf16)"
    assert found["gpu"] is None
    assert found["torch"]


def test_no_training_of_the_paper_s_study_is_planned_twice():
    found = sharing("xtreme", ["models=[xlmr-base]", "seeds=[1]", "claims=[]"])
    assert found["repeated"] == 0
    assert found["ratio"] == pytest.approx(found["tokens_alone"] / found["tokens"])
