"""A baseline with more seeds, from the command line to the report."""

from __future__ import annotations

import json

import pytest

from tests.cli.studies import Desk

Capture = pytest.CaptureFixture[str]
XNLI = "[{task: xnli, languages: [en], train: snli}]"


def test_each_row_runs_its_own_seeds(desk: Desk, capsys: Capture) -> None:
    study = desk.study(seeds="{default: 2, none: 3}", target=XNLI)
    refused = desk.run(capsys, "check", study)
    assert refused.code == 2
    assert "declare statistics: {test: welch}, or dunnett" in refused.err
    assert desk.run(capsys, "build", study, "--set", "statistics.test=welch").code == 0
    folder = desk.folder / "reports" / "small"
    rows = [json.loads(line) for line in (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines()]
    seeds = {(row["intermediate"], row["seed"]) for row in rows if row["stage"] == "target"}
    assert seeds == {("none", 1), ("none", 2), ("none", 3), ("hellaswag", 1), ("hellaswag", 2)}
    compared = [json.loads(line) for line in (folder / "comparisons.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {(row["test"], tuple(row["seeds"])) for row in compared if row["interval"] == "t"} == {("welch", (1, 2))}
    again = desk.run(capsys, "build", study, "--set", "statistics.test=welch")
    assert "nothing to run" in again.err
