"""The table of items that turn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.flips import flips
from stiltsreport.results import FlipFacts
from tests.fabricated import fabricated_results, fabricated_study


def test_counts_by_language(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path)
    results = fabricated_results(study)
    rows = tuple(
        FlipFacts("xlmr-base", "plain", "mnli", target, language, (1, 2, 3, 4, 5), 1200, gained, lost)
        for target, language, gained, lost in (("xnli", "de", 1040, 7), ("xnli", "*", 9, 0), ("gone", "de", 1, 1))
    )
    (table,) = flips(Evidence(study, replace(results, setup=replace(results.setup, flips=rows)), []))
    assert table.id == "flips-xnli"
    assert [column.title for column in table.columns] == ["de", "most"]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["+1,040 −7", "+9 −0"]]
    assert "n = 1,200 items a language" in table.caption
    assert "in most of 5 seeds" in table.caption


def test_none_without_items(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path)
    assert flips(Evidence(study, fabricated_results(study), [])) == []
