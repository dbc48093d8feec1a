"""Tables that stand behind a claim over sizes: one trend an adaptation, the bridge between adaptations, and what models have seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from stiltsreport.report.document import Cell, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.size import size_figure
from stiltsreport.report.formats import html, latex
from stiltsreport.report.tables.adaptations import adaptations
from stiltsreport.report.tables.exposure import exposure
from stiltsreport.report.tables.size import size
from stiltsreport.results import Score
from stiltsreport.stats.compare import compare
from tests.fabricated import fabricated_results, fabricated_study, scores_by

TEXT = """\
title: Sizes under two adaptations
models:
  - {name: [xlmr-base, xlmr-large, xlmr-xl, xlmr-xxl], adaptation: lora}
  - {name: [xlmr-base, xlmr-xl], adaptation: full}
intermediate: [mnli, squad]
target: [{task: pawsx, languages: [en, de]}, {task: xquad, languages: [en, es]}, {task: xnli, languages: [en, de]}]
seeds: [1, 2, 3, 4, 5]
claims:
  - {name: shrinks, trend: gain-by-parameters, of: mnli, direction: down}
"""
WOBBLE = {1: 0.3, 2: -0.4, 3: 0.1, 4: 0.6, 5: -0.2}


def gain(model: str, seed: int | None) -> float:
    """2 points in full and 1 under LoRA, each with noise of its own by seed."""
    assert seed is not None
    return 2 + WOBBLE[seed] if "+" not in model else 1 - 0.5 * WOBBLE[6 - seed]


def made(folder: Path, text: str = TEXT) -> Evidence:
    study = fabricated_study(folder, text)
    scores: list[Score] = []
    for model in study.models:
        scores += scores_by(
            replace(study, models=(model,)),
            lambda arm, target, language, seed, name=model.name: 60 + (gain(name, seed) if arm == "mnli" else 0.0),
        )
    return Evidence(study, fabricated_results(study, scores), compare(study, scores))


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return made(tmp_path_factory.mktemp("bridge"))


def rendered(table: Table) -> None:
    for row in table.rows:
        assert len(row.cells) == len(table.columns)
    assert html.render_table(table, "digest")
    assert latex.render_table(table, "digest")


def cells(table: Table, key: str) -> tuple[Cell, ...]:
    return next(row.cells for row in table.rows if row.key == key)


def test_the_bridge_is_the_difference_of_the_gains_paired_by_seed(evidence: Evidence) -> None:
    (table,) = adaptations(evidence)
    rendered(table)
    assert [column.title for column in table.columns] == ["XLM-R base", "XLM-R XL"]
    assert [group.title for group in table.groups] == ["Full fine-tuning less LoRA, rank 16"]
    full, lora = (np.array([gain(name, seed) for seed in WOBBLE]) for name in ("xlmr-base", "xlmr-base+lora"))
    expected = stats.ttest_rel(full, lora)
    cell = cells(table, "*/mnli")[0]
    assert cell.number is not None
    assert cell.number.value == pytest.approx(np.mean(full - lora))
    assert cell.interval == pytest.approx(tuple(expected.confidence_interval()))
    assert "paired" in table.caption.lower() or "paired" in dict(cell.details)["test"]
    assert dict(cell.details)["seeds"] == "5 seeds"


def test_two_adaptations_of_one_rank_stand_apart(tmp_path: Path) -> None:
    named = "adaptation: lora}\n  - {name: xlmr-base, adaptation: {method: lora, targets: [query], name: queries}}\n"
    (table,) = adaptations(made(tmp_path, TEXT.replace("adaptation: lora}\n", named, 1)))
    assert [group.title for group in table.groups] == [
        "Full fine-tuning less LoRA, rank 16",
        "Full fine-tuning less LoRA, rank 16, queries",
    ]
    first, second = ([len([cell for cell in row.cells if cell.number]) for row in group.rows] for group in table.groups)
    assert (first, second) == ([2, 2], [1, 1])


def test_targets_of_the_intermediates_own_data_stay_out_of_the_bridge(tmp_path: Path) -> None:
    found = made(tmp_path, TEXT.replace("{task: pawsx, languages: [en, de]}, {task: xquad, languages: [en, es]}, ", ""))
    (table,) = adaptations(found)
    assert {cell.text for cell in cells(table, "*/mnli")} == {"own data"}
    assert all(cell.number is not None for cell in cells(table, "*/squad"))


def test_no_bridge_without_both_ways(tmp_path: Path) -> None:
    assert adaptations(made(tmp_path, TEXT.replace("  - {name: [xlmr-base, xlmr-xl], adaptation: full}\n", ""))) == []


def test_each_adaptation_has_a_trend_of_its_own_and_the_one_that_carries_claims_comes_first(evidence: Evidence) -> None:
    first, second = size(evidence)
    for table in (first, second):
        rendered(table)
    assert (first.id, second.id) == ("size", "size-full")
    assert [column.key for column in first.columns[:4]] == [f"model:xlmr-{name}+lora" for name in ("base", "large", "xl", "xxl")]
    assert [column.key for column in second.columns[:2]] == ["model:xlmr-base", "model:xlmr-xl"]
    assert "LoRA, rank 16." in first.caption
    assert "Full fine-tuning." in second.caption
    (figure,) = size_figure(evidence)
    assert "MNLI, LoRA, rank 16" in figure.alternative
    assert "MNLI, full fine-tuning" in figure.alternative


def test_models_of_another_attention_have_tables_of_their_own(tmp_path: Path) -> None:
    models = """\
define: {models: {gemma3-1b: {checkpoint: O/A}, gemma3-4b: {checkpoint: O/B}}}
models:
  - {name: [xlmr-base, xlmr-large, gemma3-1b, gemma3-4b], adaptation: lora}
  - {name: [xlmr-base, xlmr-xl, gemma3-1b, gemma3-4b], adaptation: full}
"""
    head, rest = TEXT.partition("models:")[0], TEXT[TEXT.index("intermediate:") : TEXT.index("claims:")]
    tables = size(made(tmp_path, head + models + rest))
    assert [table.id for table in tables] == ["size", "size-lora-causal", "size-full-bidirectional", "size-full-causal"]
    assert tables[1].title == "Gains by model size, LoRA, rank 16, causal attention"
    assert "Full fine-tuning, bidirectional attention." in tables[2].caption


def test_exposure_says_yes_no_or_unknown_with_its_source(tmp_path: Path) -> None:
    text = TEXT.replace("[xlmr-base, xlmr-xl], adaptation: full", "multilingual-e5-small, adaptation: full").partition("claims")[0]
    found = made(tmp_path, text)
    (table,) = exposure(found)
    rendered(table)
    assert [column.title for column in table.columns] == ["XLM-R base", "XLM-R large", "XLM-R XL", "XLM-R XXL", "mE5-small"]
    assert [cell.text for cell in table.rows[0].cells] == ["yes", "yes", "yes", "yes", "no"]
    assert [cell.text for cell in cells(table, "mnli")] == ["unknown"] * 4 + ["yes"]
    assert "model card of intfloat/multilingual-e5-small" in dict(cells(table, "mnli")[-1].details)["source"]
    assert cells(table, "xquad")[-1].text == "training data"  # trained on SQuAD, which it has seen
    assert cells(table, "pawsx")[-1].text == "unknown"
    assert any(note.startswith("XLM-R base and XLM-R large: CC-100") for note in table.source_notes)


def test_exposure_is_shown_where_a_claim_is_over_sizes_though_nothing_is_known(evidence: Evidence, tmp_path: Path) -> None:
    (table,) = exposure(evidence)
    assert len(table.columns) == 4  # a checkpoint once, however it is adapted
    assert {cell.text for row in table.rows[1:] for cell in row.cells} == {"unknown"}
    assert exposure(made(tmp_path, TEXT.partition("claims")[0])) == []
