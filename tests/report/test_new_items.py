"""What a report says of test items: in the findings, the tests' table, the cells' details and the method."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.build import build_report
from stiltsreport.report.document import Cite, Findings, Paragraph, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats.latex import render_latex
from stiltsreport.report.sections.findings import findings
from stiltsreport.report.tables.significance import significance
from stiltsreport.results import Results
from stiltsreport.stats.compare import compare
from stiltsreport.stats.items.kept import with_kept
from stiltsreport.stats.items.second import BOOTSTRAP, with_items
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_results
from tests.stats.items.made import STUDY, made, study_of


def evidence_of(folder: Path, text: str = STUDY, gain: float = 0.3, item_gains: float = 0.1) -> Evidence:
    study = study_of(folder, text)
    scores, items = made(study, size=200, gain=gain, item_gains=item_gains)
    results = fabricated_results(study, scores)
    return Evidence(study, results, with_items(study, scores, compare(study, scores), items, 200))


def cells(evidence: Evidence) -> dict[str, str]:
    """Everything that the first row of the declared tests says."""
    (table,) = [table for table in significance(evidence) if table.id == "significance"]
    row = table.groups[0].rows[0]
    return {"column": str(row.cells[-1].text), "notes": " ".join(map(str, table.source_notes)), **dict(row.cells[0].details)}


def lines(evidence: Evidence) -> list[str]:
    return [one.details for block in findings(evidence).blocks if isinstance(block, Findings) for one in block.items]


def test_a_verdict_that_stands_on_new_items(tmp_path: Path):
    evidence = evidence_of(tmp_path)
    found = cells(evidence)
    assert found["column"] == "better; new items too"
    assert found["new items"].startswith("95 % interval [+")
    assert "(t, seeds and items: 440 clusters of items, 200 draws)" in found["new items"]
    assert "new items too" in found["notes"]
    assert all("on these test items, and on new items too [+" in line for line in lines(evidence))


def disagreeing(evidence: Evidence) -> Evidence:
    rows = [replace(row, verdict="undecided", low=-1.0) if row.interval == BOOTSTRAP else row for row in evidence.comparisons]
    return Evidence(evidence.study, evidence.results, rows)


def test_a_verdict_that_does_not(tmp_path: Path):
    evidence = disagreeing(evidence_of(tmp_path))
    assert cells(evidence)["column"] == "better"
    assert all("on these test items, not shown on new items [−1.0" in line for line in lines(evidence))


def test_without_a_store_it_is_said_in_the_details(tmp_path: Path):
    whole = evidence_of(tmp_path)
    first = [row for row in whole.comparisons if row.interval == "t"]
    evidence = Evidence(whole.study, whole.results, with_kept(first, ()))
    assert cells(evidence)["new items"] == "no interval over items: needs the store"
    assert cells(evidence)["column"] == "better"
    assert all(line.endswith("on these test items") for line in lines(evidence))
    assert not evidence.compared.resampled


def test_the_method_says_how(tmp_path: Path):
    evidence = evidence_of(tmp_path)
    report = build_report(evidence.study, evidence.results, evidence.comparisons, drawn=False)
    (setup,) = [section for section in report.sections if section.id == "setup"]
    parts = [part for block in setup.blocks if isinstance(block, Paragraph) for part in block.parts]
    assert any(isinstance(part, Cite) and part.keys == ("miller2024adding",) for part in parts)
    assert not any(isinstance(part, Cite) and "sellam2022multiberts" in part.keys for part in parts)
    assert "miller2024adding" in render_latex(report)
    alone = build_report(evidence.study, evidence.results, [row for row in evidence.comparisons if row.interval == "t"], drawn=False)
    assert "miller2024adding" not in alone.citations
    assert {table.id for table in alone.tables} == {table.id for table in report.tables}


def test_from_ten_seeds_on_both_stand_in_the_details(tmp_path: Path):
    evidence = evidence_of(tmp_path, STUDY.replace("[1, 2, 3, 4, 5]", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"))
    found = cells(evidence)
    assert found["seeds × items"].startswith("95 % interval [+")
    assert "(multi-bootstrap: 440 clusters of items, 200 draws)" in found["seeds × items"]


@pytest.fixture
def nothing(tmp_path: Path) -> tuple[Study, Results]:
    study = study_of(tmp_path)
    return study, fabricated_results(study, ())


def test_a_study_without_results(nothing: tuple[Study, Results]):
    study, results = nothing
    assert with_kept(compare(study, ()), ()) == []
    assert not Evidence(study, results, ()).compared.resampled
    assert not [table for table in significance(Evidence(study, results, ())) if isinstance(table, Table)]
