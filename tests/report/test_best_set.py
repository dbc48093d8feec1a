"""Underlined numbers of the main table: those that may be the best, in every format."""

from __future__ import annotations

from pathlib import Path

from stiltsreport.report.document import Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats import html, latex, markdown, text
from stiltsreport.report.tables.averages import averages
from stiltsreport.report.tables.xtreme import xtreme
from tests.fabricated import fabricated_results, fabricated_study, noise, scores_by

STUDY = """\
title: Best
models: [multilingual-e5-small]
intermediate: [mnli, squad, hellaswag]
target: [{task: pawsx, languages: [en, de]}, {task: udpos, languages: [en, fi]}]
seeds: [1, 2, 3, 4, 5]
"""
GAINS = {"none": 0.0, "mnli": 4.0, "squad": 4.2, "hellaswag": -3.0}


def table(tmp_path: Path, seeds: str = "[1, 2, 3, 4, 5]") -> tuple[Table, Table]:
    study = fabricated_study(tmp_path, STUDY.replace("[1, 2, 3, 4, 5]", seeds))
    # what all arms of a seed share is large, what parts them small
    scores = scores_by(study, lambda arm, target, _, seed: 60 + GAINS[arm] + 5 * noise(seed) + 0.5 * noise(arm, target, seed))
    evidence = Evidence(study, fabricated_results(study, scores), [])
    return xtreme(evidence)[0], averages(evidence)[0]


def underlined(found: Table, column: int) -> set[str]:
    return {row.stub for row in found.rows if (number := row.cells[column].number) and "tied" in number.marks}


def test_those_that_may_be_the_best_are_underlined(tmp_path: Path) -> None:
    main, means = table(tmp_path)
    for column in range(len(main.columns)):
        assert underlined(main, column) == {"MNLI", "SQuAD 1.1"}
    assert any("Hsu 1984" in note for note in main.source_notes)
    assert underlined(means, 0) == {"MNLI", "SQuAD 1.1"}
    assert underlined(means, len(means.columns) - 1) == set()  # its rows are means over other tasks


def test_every_format_shows_them(tmp_path: Path) -> None:
    main, _ = table(tmp_path)
    assert "<u>" in html.render_table(main, "0")
    assert r"\underline{" in latex.render_table(main, "0")
    assert "<u>" in markdown.render_table(main)
    assert "_*" in text.render_table(main)


def test_four_seeds_underline_nothing(tmp_path: Path) -> None:
    main, means = table(tmp_path, "[1, 2, 3, 4]")
    assert not any(underlined(main, column) for column in range(len(main.columns)))
    assert not any("Underlined" in note for note in (*main.source_notes, *means.source_notes))
