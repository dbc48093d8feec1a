"""The table of decoders asked in words: means and spreads over prompts, beside what is trained and part of no gain."""

from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.models import Model
from stiltsreport.report.document import Cell, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats import html, latex
from stiltsreport.report.tables.prompting import prompting
from stiltsreport.report.tables.xtreme import xtreme
from stiltsreport.results import Score
from stiltsreport.stats.compare import compare
from stiltsreport.study.prompting import Prompting
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_results, fabricated_scores, fabricated_study, without

TEXT = """\
title: Asked and trained
models: [{name: xlmr-base, adaptation: lora}, {name: xlmr-large, adaptation: lora}]
intermediate: [mnli]
target: [{task: xnli, languages: [en, de]}, {task: xquad, languages: [en, es]}, {task: tatoeba, languages: [de]}]
seeds: [1, 2, 3, 4, 5]
"""
VALUES = {
    ("xnli", "en"): (50.0, 60.0, 70.0),
    ("xnli", "de"): (40.0, 44.0, 48.0),
    ("xquad", "en"): (30.0, 20.0, 10.0),
    ("xquad", "es"): (10.0, 0.0, 2.0),
}


def decoder(model: Model) -> Model:
    return replace(model, kind="decoder") if model.unadapted == "xlmr-base" else model


def made(folder: Path) -> tuple[Study, list[Score]]:
    study = fabricated_study(folder, TEXT)
    study = replace(study, models=tuple(map(decoder, study.models)), prompting=Prompting((0, 4), 3))
    rows = [
        Score("xlmr-base", f"prompted-{shots}", "none", target, "prompted", "test", language, None, number, metric, value + shots + more, 100, f"{shots}{target}{language}{number}")
        for shots in (0, 4)
        for (target, language), values in VALUES.items()
        for number, value in enumerate(values, start=1)
        for metric, more in ((("accuracy", 0.0),) if target == "xnli" else (("exact_match", 0.0), ("f1", 8.0)))
    ]  # fmt: skip
    return study, rows


def table_of(study: Study, scores: list[Score]) -> Table:
    (table,) = prompting(Evidence(study, fabricated_results(study, scores), compare(study, scores)))
    assert html.render_table(table, "digest")
    assert latex.render_table(table, "digest")
    return table


def cells(table: Table, key: str) -> tuple[Cell, ...]:
    return next(row.cells for row in table.rows if row.key == key)


def test_mean_and_spread_are_over_prompts(tmp_path: Path) -> None:
    study, rows = made(tmp_path)
    table = table_of(study, [*fabricated_scores(study), *rows])
    assert [column.title for column in table.columns] == ["XNLI", "XQuAD"]
    assert [row.stub for row in table.rows] == ["zero-shot", "4-shot", "trained: none, LoRA, rank 16"]
    for shots in (0, 4):
        found = cells(table, f"xlmr-base/prompted-{shots}")
        xnli = [(a + b) / 2 + shots for a, b in zip(VALUES["xnli", "en"], VALUES["xnli", "de"], strict=True)]
        xquad = [(a + b) / 2 + shots + 4 for a, b in zip(VALUES["xquad", "en"], VALUES["xquad", "es"], strict=True)]
        for cell, values in zip(found, (xnli, xquad), strict=True):
            assert cell.number is not None
            assert cell.second is not None
            assert cell.number.value == pytest.approx(statistics.fmean(values))
            assert cell.second.value == pytest.approx(statistics.stdev(values))
    assert "Tatoeba" in table.source_notes[-1]


def test_a_prompt_that_lacks_a_language_is_left_out_and_said(tmp_path: Path) -> None:
    study, rows = made(tmp_path)
    table = table_of(study, [row for row in rows if (row.target, row.language, row.seed, row.variant) != ("xnli", "de", 3, "prompted-0")])
    cell = cells(table, "xlmr-base/prompted-0")[0]
    assert cell.number is not None
    assert cell.number.value == pytest.approx((45 + 52) / 2)
    assert dict(cell.details)["missing"] == "de"
    assert cells(table, "xlmr-base+lora/none")[0].number is None  # nothing trained yet
    assert table.footnotes == (("n", "not run yet"),), "what stands in its place is explained"


def test_prompted_scores_move_no_other_number(tmp_path: Path) -> None:
    study, rows = made(tmp_path)
    trained = fabricated_scores(study)
    alone, beside = (
        xtreme(Evidence(study, fabricated_results(study, scores), compare(study, scores))) for scores in (trained, [*trained, *rows])
    )
    assert [table.rows for table in alone] == [table.rows for table in beside]
    assert compare(study, trained) == compare(study, [*trained, *rows])


def test_no_table_where_nothing_was_asked(tmp_path: Path) -> None:
    study, rows = made(tmp_path)
    trained = fabricated_scores(study)
    assert prompting(Evidence(study, fabricated_results(study, trained), compare(study, trained))) == []
    unasked = replace(study, prompting=None)
    assert prompting(Evidence(unasked, fabricated_results(unasked, without(rows, target="")), [])) == []
