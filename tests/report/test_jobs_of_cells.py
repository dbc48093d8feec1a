"""Cells of one language say which evaluations they come from, by the ids of scores.jsonl."""

from __future__ import annotations

import json
from pathlib import Path

from stiltsreport.report.document import Cell, Report, Table


def table_of(report: Report, name: str) -> Table:
    return next(table for table in report.tables if table.id == name)


def cell_of(table: Table, key: str) -> Cell:
    return next(
        cell for row in table.rows for column, cell in zip(table.columns, row.cells, strict=True) if table.address(row, column) == key
    )


def test_a_language_names_its_evaluations(report: Report, folder: Path):
    key = "xlmr-base/mnli|xnli/sw"
    jobs = {
        row["seed"]: row["job"]
        for row in map(json.loads, (folder / "scores.jsonl").read_text().splitlines())
        if (row["model"], row["intermediate"], row["target"], row["language"], row["stage"])
        == ("xlmr-base", "mnli", "xnli", "sw", "target")
    }
    assert sorted(jobs) == [1, 2, 3, 4, 5]
    said = dict(cell_of(table_of(report, "languages-xnli"), key).details)["job"]
    assert said == ", ".join(f"{seed}: {jobs[seed][:6]}" for seed in sorted(jobs))


def test_a_seed_that_is_missing_has_none(report: Report):
    said = dict(cell_of(table_of(report, "languages-udpos"), "multilingual-e5-small/hellaswag|udpos/fi").details)["job"]
    assert [part.partition(":")[0] for part in said.split(", ")] == ["1", "2", "4", "5"]


def test_what_was_never_trained_names_one(report: Report):
    said = dict(cell_of(table_of(report, "languages-tatoeba"), "xlmr-base/none|tatoeba/sw").details)["job"]
    assert len(said) == 6
    int(said, 16)


def test_means_and_further_metrics_have_none(report: Report):
    assert "job" not in dict(cell_of(table_of(report, "xtreme"), "xlmr-base/mnli|xnli/*").details)
    for row in table_of(report, "languages-xquad-exact-match").rows:
        assert all("job" not in dict(cell.details) for cell in row.cells)
