"""The files of a report folder: written whole, read back equal, refused when damaged."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.results import Results
from stiltsreport.results.collect import gather
from stiltsreport.results.files import read_results, write_results, write_whole
from stiltsreport.stats.compare import compare
from stiltsreport.store import Store
from tests.fabricated import fabricated_study
from tests.results.stored import fill, planned


@pytest.fixture
def results(tmp_path: Path, tiny_data: Path) -> Results:
    plan = planned(tmp_path, tiny_data)
    store = Store(tmp_path / "store")
    fill(store, plan)
    return gather(plan, store)


def test_what_is_written_is_read_back(tmp_path: Path, results: Results) -> None:
    paths = write_results(tmp_path / "report", results)
    assert [path.name for path in paths] == ["scores.jsonl", "efficiency.jsonl", "provenance.json"]
    assert read_results(tmp_path / "report") == results
    first = json.loads((tmp_path / "report" / "scores.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert list(first) == [
        "model", "variant", "intermediate", "target", "stage", "split", "language", "second_language", "seed", "metric", "value", "n",
        "job",
    ]  # fmt: skip


def test_comparisons_are_written_beside(tmp_path: Path, results: Results, tiny_data: Path) -> None:
    study = planned(tmp_path, tiny_data).study
    rows = compare(study, results.scores)
    write_results(tmp_path / "report", results, map(asdict, rows))
    lines = (tmp_path / "report" / "comparisons.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(rows) > 0
    wanted = "model variant intermediate baseline target scope difference low high p_value adjusted_p_value test interval family seeds n"
    assert {*wanted.split(), "verdict", "inputs"} <= set(json.loads(lines[0]))
    assert compare(study, read_results(tmp_path / "report").scores) == rows


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "scores.jsonl:2"),
        ('{"model": "x"}', "scores.jsonl:2"),
        ("[1]", "scores.jsonl:2"),
        ("NaN", "scores.jsonl:2"),
    ],
)
def test_a_damaged_row_is_named(tmp_path: Path, results: Results, line: str, what: str) -> None:
    write_results(tmp_path, results)
    file = tmp_path / "scores.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([lines[0], line, *lines[1:]]) + "\n", encoding="utf-8")
    with pytest.raises(StiltsReportError, match=what):
        read_results(tmp_path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "61.5", True])
def test_a_value_that_is_no_number(tmp_path: Path, results: Results, value: object) -> None:
    write_results(tmp_path, results)
    file = tmp_path / "scores.jsonl"
    row = json.loads(file.read_text(encoding="utf-8").splitlines()[0])
    file.write_text(json.dumps({**row, "value": value}) + "\n", encoding="utf-8")
    with pytest.raises(StiltsReportError, match="is no number"):
        read_results(tmp_path)


def test_no_report_folder(tmp_path: Path) -> None:
    with pytest.raises(StiltsReportError, match="is not there"):
        read_results(tmp_path)
    (tmp_path / "provenance.json").write_text('{"setup": {}}', encoding="utf-8")
    with pytest.raises(StiltsReportError, match="cannot be read"):
        read_results(tmp_path)


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    file = write_whole(tmp_path / "a.json", "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "new \ud800")
    assert file.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_fabricated_results_can_be_written(tmp_path: Path) -> None:
    from tests.fabricated import fabricated_results

    results = fabricated_results(fabricated_study(tmp_path))
    write_results(
        tmp_path / "report",
        Results(results.scores, results.efficiency, results.setup, {**results.provenance, "setup": results.setup.to_json()}),
    )
    assert read_results(tmp_path / "report").setup == results.setup
