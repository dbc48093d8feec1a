"""Gains by group of targets, by intermediate examples and by learning rate, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scipy import stats

from stiltsreport.plan.choices import TuningPoint
from stiltsreport.report.document import Cell, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.gains_by_examples import gains_by_examples as examples_figure
from stiltsreport.report.numbers import probability
from stiltsreport.report.tables.gains_at_rates import gains_at_rates, rates_of
from stiltsreport.report.tables.gains_by_examples import gains_by_examples
from stiltsreport.report.tables.gains_by_rate import gains_by_rate
from stiltsreport.report.tables.group_gains import group_gains
from stiltsreport.results import ArmCost, Results
from stiltsreport.stats.corrections import benjamini_hochberg
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_results, fabricated_study, scores_by

HEAD = "title: Gains\nmodels: [multilingual-e5-small]\nseeds: [1, 2, 3, 4, 5]\n"
TARGETS = "target: [{task: xnli, languages: [en, de]}, {task: pawsx, languages: [de]}, {task: xquad, languages: [es]}]\n"
NOISE = {1: -0.8, 2: 0.4, 3: 0.0, 4: 1.2, 5: -0.8}  # mean 0


def value(arm: str, target: str, language: str, seed: int | None) -> float | None:
    """MNLI gains 9 on XNLI, its own data, and 1 elsewhere; 100 examples of it half a point; +low another half in every row."""
    name, _, variant = arm.partition("+")
    gain = {"none": 0.0, "mnli": 9.0 if target == "xnli" else 1.0, "mnli-100": 0.5, "squad": 2.0}[name]
    return 60 + gain + (0.5 if variant else 0.0) + (NOISE[seed or 1] if name != "none" else 0.0)


def evidence(folder: Path, text: str) -> tuple[Evidence, Study, Results]:
    study = fabricated_study(folder, HEAD + text)
    results = fabricated_results(study, scores_by(study, value))
    return Evidence(study, results, []), study, results


def number(cell: Cell) -> float:
    assert cell.number is not None
    return cell.number.value


def only(tables: list[Table]) -> Table:
    (table,) = tables
    return table


def test_groups_leave_out_the_own_data(tmp_path: Path) -> None:
    found, _, _ = evidence(tmp_path, "intermediate: [mnli, squad]\n" + TARGETS)
    table = only(group_gains(found))
    assert [(column.title, column.subtitle) for column in table.columns] == [("Classification", "2 tasks"), ("QA", "XQuAD")]
    (mnli, squad) = table.groups[0].rows
    assert number(mnli.cells[0]) == pytest.approx(1.0)  # PAWS-X alone: XNLI would make it 5
    assert number(squad.cells[0]) == pytest.approx(2.0)
    assert squad.cells[1].text == "own data"
    low, high = stats.t.interval(0.95, 4, 1.0, stats.sem(list(NOISE.values())))
    assert mnli.cells[0].interval == pytest.approx((low, high))
    assert mnli.cells[0].second
    assert mnli.cells[0].second.value == pytest.approx((high - low) / 2)
    raw = [stats.ttest_1samp([gain + one for one in NOISE.values()], 0).pvalue for gain in (1.0, 1.0, 2.0)]
    # The cell without a target counts as p = 1: a family of four.
    adjusted = benjamini_hochberg([*raw, 1.0], 0)
    assert f"adjusted {probability(adjusted[0])}" in dict(mnli.cells[0].details)["test"]


def test_one_group_needs_no_table(tmp_path: Path) -> None:
    assert group_gains(evidence(tmp_path, "intermediate: [mnli]\ntarget: [{task: xnli, languages: [de]}]\n")[0]) == []
    assert group_gains(evidence(tmp_path, "intermediate: []\n" + TARGETS)[0]) == []


def test_examples_in_order_with_the_whole_last(tmp_path: Path) -> None:
    found, study, results = evidence(tmp_path, "intermediate: [mnli, squad, {name: mnli-100, task: mnli, examples: 100}]\n" + TARGETS)
    table = only(gains_by_examples(found))
    small, whole = table.groups[0].rows
    assert (small.cells[0].text, whole.cells[0].text) == ("100", "800")  # what the made-up data are used for
    assert [number(row.cells[1]) for row in (small, whole)] == [pytest.approx(0.5), pytest.approx(1.0)]
    costs = (ArmCost("multilingual-e5-small", "plain", "mnli", "intermediate", 5, 5, 5, 50, 5000, 1500, 9.0),)  # 5 trainings on 300 each
    measured = Evidence(study, replace(results, setup=replace(results.setup, costs=costs)), [])
    assert only(gains_by_examples(measured)).groups[0].rows[1].cells[0].text == "300"
    (figure,) = examples_figure(found)
    assert "100 examples: +0.5" in figure.alternative
    assert figure.svg.startswith("<svg")


def test_no_sizes_no_table_and_gaps_stay_gaps(tmp_path: Path) -> None:
    assert gains_by_examples(evidence(tmp_path, "intermediate: [mnli, squad]\n" + TARGETS)[0]) == []
    _, study, results = evidence(tmp_path, "intermediate: [mnli, {name: mnli-100, task: mnli, examples: 100}]\n" + TARGETS)
    empty = Evidence(study, replace(results, scores=()), [])
    assert all(row.cells[1].missing for row in only(gains_by_examples(empty)).rows)
    assert examples_figure(empty) == []


POINTS = {  # rate -> dev values in seeds 101 and 102
    "none": {1e-5: (70.0, 72.0), 3e-5: (74.0, 74.0)},
    "squad": {1e-5: (73.0, 74.0), 3e-5: (72.0, 75.0)},
}


def test_rates_on_dev(tmp_path: Path) -> None:
    _, study, results = evidence(tmp_path, "intermediate: [squad]\n" + TARGETS)
    points = tuple(
        TuningPoint("multilingual-e5-small", "target", arm, rate, seed, value)
        for arm, rates in POINTS.items()
        for rate, values in rates.items()
        for seed, value in zip((101, 102), values, strict=True)
    )
    table = only(gains_by_rate(Evidence(study, replace(results, setup=replace(results.setup, tuning=points)), [])))
    (row,) = table.rows
    # 3 and 2 at 1e-5, -2 and 1 at 3e-5; best against best: 73.5 (either) - 74: SQuAD's first best rate gives -1 and 0
    assert [number(cell) for cell in row.cells] == [pytest.approx(2.5), pytest.approx(-0.5), pytest.approx(-0.5)]
    assert row.cells[0].second
    assert row.cells[0].second.value == pytest.approx(0.5**0.5)
    half = tuple(replace(point, value=None) if point.arm == "none" and point.learning_rate > 1e-5 else point for point in points)
    (row,) = only(gains_by_rate(Evidence(study, replace(results, setup=replace(results.setup, tuning=half)), []))).rows
    assert (row.cells[1].missing, row.cells[2].missing) == (True, True)
    assert gains_by_rate(Evidence(study, results, [])) == []


def test_rates_as_variants(tmp_path: Path) -> None:
    variants = (
        "variants: [plain, {name: low, recipes: {target: {learning_rate: 3.0e-6}}}, {name: other, recipes: {target: {epochs: 1}}}, rs-da]\n"
    )
    found, study, _ = evidence(tmp_path, "intermediate: [squad, mnli]\n" + TARGETS + variants)
    assert [name for _, name in rates_of(study)] == ["low", "plain"]  # not what changes epochs, nor a method
    table = only(gains_at_rates(found))
    # SQuAD without XQuAD gains 2 at both rates: what the rate gives, it gives the baseline too
    assert [number(cell) for cell in table.groups[0].rows[0].cells] == [pytest.approx(2.0)] * 2
    assert gains_at_rates(evidence(tmp_path, "intermediate: [squad]\n" + TARGETS)[0]) == []
