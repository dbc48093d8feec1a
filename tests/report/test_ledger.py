"""The ledger's section: its table, its flags, and its one line where nothing can be compared."""

from __future__ import annotations

from pathlib import Path

from stiltsreport.report.build import build_report
from stiltsreport.report.document import Paragraph, Report
from tests.fabricated import fabricated_results, fabricated_study

STUDY = """\
title: Ledger
models: [xlmr-base]
intermediate: [squad]
target: [{task: xnli, languages: [en, de]}, {task: xquad, languages: [en, es]}]
seeds: [1, 2, 3, 4, 5]
"""


def made(tmp_path: Path, text: str) -> Report:
    study = fabricated_study(tmp_path, text)
    return build_report(study, fabricated_results(study), [], drawn=False)


def test_numbers_flags_and_sources(tmp_path: Path) -> None:
    report = made(tmp_path, STUDY)
    table = next(table for table in report.tables if table.id == "ledger")
    assert [group.title.rpartition("(")[2] for group in table.groups] == ["secondary)", "verified)"]
    row = table.groups[0].rows[0]
    assert row.cells[0].number
    assert row.cells[1].number
    assert row.cells[3].number
    assert abs(row.cells[1].number.value - row.cells[0].number.value - row.cells[3].number.value) < 1e-9
    assert any("1 source read themselves (verified), 1 as another text" in note for note in table.source_notes)


def test_a_benchmark_without_a_counterpart_says_so_and_any_other_study_nothing(tmp_path: Path) -> None:
    bare = STUDY.replace("xlmr-base", "multilingual-e5-small")
    assert not any(section.id == "ledger" for section in made(tmp_path, bare).sections)
    whole = bare.replace(bare[bare.index("target:") : bare.index("seeds:")], "target: xtreme\n")
    section = next(section for section in made(tmp_path, whole).sections if section.id == "ledger")
    (block,) = section.blocks
    assert isinstance(block, Paragraph)
    assert "mE5-small" in str(block.parts[0])
