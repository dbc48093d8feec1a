"""What a report says of its tests is what was done: the correction, the pairing, the margins, the recipe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stiltsreport.report.build import report_of
from stiltsreport.report.document import Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats import latex
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.compare import compare
from tests.fabricated import STUDY, fabricated_results, fabricated_scores, fabricated_study
from tests.report.test_sentences import words

MARGINS = "statistics: {margin: {average: 1, task: 2, language: 3}}"
LARGE = {"mnli": 9.0, "squad": 4.0, "hellaswag": -6.0}


def texts(folder: Path, statistics: str, more: str = "") -> tuple[str, dict[str, Table]]:
    """(All that the report says beside its tables' cells, the tables by their ids.)"""
    study = fabricated_study(folder, STUDY.replace(MARGINS, f"statistics: {{{statistics}}}") + more)
    results = fabricated_results(study, fabricated_scores(study, LARGE))
    found = report_of(Evidence(study, results, compare(study, results.scores), answer_claims(study, results)), drawn=False)
    tables = {block.id: block for section in found.sections for block in section.blocks if isinstance(block, Table)}
    said = [words(section) for section in found.sections if section.id not in ("study-file", "tasks", "data")]
    said += [text for table in tables.values() for text in (table.caption, *table.source_notes, *(note for _, note in table.footnotes))]
    return " ".join(said), tables


def test_without_correction_none_is_named(tmp_path: Path) -> None:
    said, tables = texts(tmp_path, "correction: none, margin: 1")
    without_counts = said.replace("Bonferroni's partial conjunction (Benjamini and Heller 2008)", "")
    assert not re.search(r"Holm|Benjamini|Hochberg|benjamini|\bBH\b", without_counts), without_counts
    assert any("at most 0.05 without correction" in note for _, note in tables["xtreme"].footnotes)
    assert "exploratory, not adjusted" in said


def test_dunnett_s_test_is_its_own_correction(tmp_path: Path) -> None:
    said, tables = texts(tmp_path, "test: dunnett, margin: 1")
    assert "Holm" not in said
    assert any(note == "significant at 0.05 by Dunnett's test" for _, note in tables["xtreme"].footnotes)
    told = tables["significance"].source_notes[0]
    assert told.startswith("Differences to none in points. Column t holds the p of Dunnett's test, adjusted the same by Dunnett's test")
    assert "sign-flip" not in told
    assert "sign-flip" not in [column.title for column in tables["significance"].columns]
    assert all(len(row.cells) == len(tables["significance"].columns) for group in tables["significance"].groups for row in group.rows)


def test_two_samples_are_no_pairs(tmp_path: Path) -> None:
    said, tables = texts(tmp_path, "test: welch")
    assert "aired differences" not in said
    assert "the p of Welch's t test, adjusted the same after Holm" in tables["significance"].source_notes[0]
    assert "Exploratory: Welch's t test on the seeds of two rows" in said or "Exploratory" not in said


def test_holm_is_named_where_it_is_used(tmp_path: Path) -> None:
    said, tables = texts(tmp_path, "margin: 1")
    assert any(note == "significant at 0.05 after Holm" for _, note in tables["xtreme"].footnotes)
    assert "adjusted the same after Holm, sign-flip the exact p" in tables["significance"].source_notes[0]
    assert "after Benjamini-Hochberg" in said


def test_the_margin_of_a_claim_is_a_margin(tmp_path: Path) -> None:
    claim = "claims: [{name: c, equivalent: squad, than: none, within: 1}]\n"
    said, _ = texts(tmp_path, "alpha: 0.05", claim)
    assert "with the margins that claims of equivalence name, and no others." in said
    assert "No margin was declared" not in said
    assert "No margin was declared, so that nothing is called equivalent." in texts(tmp_path, "alpha: 0.05")[0]


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ("warmup_steps: 0", "no warm-up"),
        ("warmup_steps: 1", "1 step of warm-up"),
        ("warmup: 0.0", "no warm-up"),
        ("warmup: 0.2", "20 % warm-up"),
        ("selection: average", "the mean of the weights at 5 evaluations is kept"),
        ("selection: last", "the last checkpoint is kept"),
    ],
)
def test_the_recipe_is_told_as_it_trains(tmp_path: Path, recipe: str, expected: str) -> None:
    said, _ = texts(tmp_path, "alpha: 0.05", f"recipes: {{target: {{base: xstilts-target, evaluations: 5, {recipe}}}}}\n")
    assert expected in said.partition("Target training follows the recipe")[2]


def test_the_tables_are_written(tmp_path: Path) -> None:
    """With a column less the LaTeX table is whole, too."""
    _, tables = texts(tmp_path, "test: dunnett")
    body = latex.render_table(tables["significance"], "digest")
    rows = [line for line in body.splitlines() if line.rstrip().endswith(r"\\") and "multicolumn" not in line]
    assert len({line.count("&") for line in rows}) == 1
