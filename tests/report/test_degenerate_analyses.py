"""The tables of analyses on studies that have too little of everything: nothing crashes, nothing is marked, nothing is 0 for want of data."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.document import Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures import FIGURES
from stiltsreport.report.tables import TABLES
from stiltsreport.results import Results
from tests.fabricated import fabricated_results, fabricated_scores, fabricated_study, scores_by
from tests.selected import with_selection

NAMES = (
    "group-gains",
    "seen-gains",
    "gains-by-examples",
    "gains-by-rate",
    "gains-at-rates",
    "best-per-target",
    "dev-correlation",
    "transfer-gap",
    "gains",
)
DRAWN = ("examples", "dev-correlation")
FULL = """\
title: Degenerate
models: [xlmr-base]
intermediate: [mnli, squad, {name: mnli-100, task: mnli, examples: 100}]
target: [{task: xnli, languages: [en, de]}, {task: panx, languages: [en, yo, de]}, {task: tatoeba, languages: [de]}]
variants: [plain, {name: low, recipes: {target: {learning_rate: 3.0e-6}}}]
seeds: [1, 2, 3, 4, 5]
"""
CHANGED = {
    "one seed": FULL.replace("[1, 2, 3, 4, 5]", "[1]"),
    "four seeds": FULL.replace("[1, 2, 3, 4, 5]", "[1, 2, 3, 4]"),
    "one target": FULL.replace("[{task: xnli, languages: [en, de]}, {task: panx, languages: [en, yo, de]}, {task: tatoeba, languages: [de]}]", "[panx]"),
    "one language": FULL.replace("[{task: xnli, languages: [en, de]}, {task: panx, languages: [en, yo, de]}, {task: tatoeba, languages: [de]}]", "[{task: panx, languages: [en]}]"),
    "nothing trained": FULL.replace("[{task: xnli, languages: [en, de]}, {task: panx, languages: [en, yo, de]}, {task: tatoeba, languages: [de]}]", "[{task: tatoeba, languages: [de]}]"),
    "baseline alone": FULL.replace("[mnli, squad, {name: mnli-100, task: mnli, examples: 100}]", "[]"),
    "own data alone": FULL.replace("[mnli, squad, {name: mnli-100, task: mnli, examples: 100}]", "[mnli]").replace(", {task: panx, languages: [en, yo, de]}, {task: tatoeba, languages: [de]}", ""),
    "seeds by arm": FULL.replace("[1, 2, 3, 4, 5]", "{default: 5, none: 9}") + "statistics: {test: welch}\n",
    "seeds by arm, dunnett": FULL.replace("[1, 2, 3, 4, 5]", "{default: 5, none: 9}") + "statistics: {test: dunnett}\n",
    "as it is": FULL,
}  # fmt: skip


def tables(study_of: tuple[Evidence, Results]) -> list[Table]:
    evidence, _ = study_of
    for name in DRAWN:
        FIGURES[name](evidence)
    return [table for name in NAMES for table in TABLES[name](evidence)]


def numbers(found: list[Table]) -> list[float]:
    return [
        number.value
        for table in found
        for row in table.rows
        for cell in row.cells
        for number in (cell.number, cell.second)
        if number is not None
    ]


@pytest.mark.parametrize("case", sorted(CHANGED))
def test_no_study_is_too_small(tmp_path: Path, case: str) -> None:
    study = fabricated_study(tmp_path, CHANGED[case])
    results = with_selection(study, fabricated_results(study, fabricated_scores(study)))
    found = tables((Evidence(study, results, []), results))
    assert all(map(math.isfinite, numbers(found)))
    if len(study.seeds) < 5:
        marks = {
            mark
            for table in found
            for row in table.rows
            for cell in row.cells
            for one in (cell.number, cell.second)
            if one
            for mark in one.marks
        }
        assert "discovered" not in marks


@pytest.mark.parametrize("scores", ["none", "constant", "baseline gone", "one seed gone"])
def test_no_results_are_too_few(tmp_path: Path, scores: str) -> None:
    study = fabricated_study(tmp_path, FULL)
    made = {
        "none": (),
        "constant": scores_by(study, lambda *_: 50.0),
        "baseline gone": tuple(row for row in fabricated_scores(study) if row.intermediate != "none"),
        "one seed gone": tuple(row for row in fabricated_scores(study) if (row.intermediate, row.seed) != ("squad", 3)),
    }[scores]
    results = with_selection(study, fabricated_results(study, made))
    if scores == "constant":
        flat = tuple(replace(row, value=70.0) for row in results.setup.selection)
        results = replace(results, setup=replace(results.setup, selection=flat))
    found = tables((Evidence(study, results, []), results))
    shown = [cell for table in found for row in table.rows for cell in row.cells]
    assert all(map(math.isfinite, numbers(found)))
    marks = {mark for cell in shown for one in (cell.number, cell.second) if one for mark in one.marks}
    if scores in ("none", "constant", "baseline gone"):
        assert "discovered" not in marks
    if scores == "none":
        assert not [table.id for table in found if table.id == "dev-correlation"]
        assert all(cell.number is None for cell in shown)
