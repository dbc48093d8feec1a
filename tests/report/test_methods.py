"""A report of methods: every arm stands in the tables, flags and notes follow it, and nothing is shown where there is nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stiltsreport.report.arms import Arm
from stiltsreport.report.build import build_report
from stiltsreport.report.document import Bullets, Findings, Paragraph, Report, Section, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures import FIGURES
from stiltsreport.report.figures.pairs import _grid
from stiltsreport.report.formats import csv, html, latex, markdown
from stiltsreport.report.tables.costs import cost_cells
from stiltsreport.results import ArmCost, Results, RunHealth
from stiltsreport.stats.collapse import judged
from stiltsreport.stats.comparison import Comparison
from stiltsreport.study.study import Study
from tests.fabricated import METHODS, fabricated_results, fabricated_study, method_results

MODEL = "multilingual-e5-small"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return fabricated_study(tmp_path_factory.mktemp("study"), METHODS)


@pytest.fixture(scope="module")
def results(study: Study) -> Results:
    return method_results(study)


@pytest.fixture(scope="module")
def rows(study: Study, results: Results) -> list[Comparison]:
    return judged(study, results.scores, results.setup.health)


@pytest.fixture(scope="module")
def report(study: Study, results: Results, rows: list[Comparison]) -> Report:
    return build_report(study, results, rows, drawn=False)


@pytest.fixture(scope="module")
def few(study: Study) -> Study:
    """Few enough arms to draw quickly."""
    return replace(study, intermediate=study.intermediate[1:2], variants=study.variants[1:])


@pytest.fixture(scope="module")
def pictured(few: Study) -> Report:
    made = method_results(few)
    return build_report(few, made, judged(few, made.scores, made.setup.health))


def table(report: Report, name: str) -> Table:
    return next(one for one in report.tables if one.id == name)


def section(report: Report, name: str) -> Section:
    return next(one for one in report.sections if one.id == name)


def words(one: Section) -> str:
    parts = [block.parts for block in one.blocks if isinstance(block, Paragraph)]
    parts += [item for block in one.blocks if isinstance(block, Bullets) for item in block.items]
    return " ".join(str(getattr(part, "text", part)) for found in parts for part in found)


def test_every_arm_has_a_row(study: Study, report: Report) -> None:
    for name in ("xtreme", "averages", "transfer-gap", "pairs", "collapse", "languages-xnli"):
        assert len(table(report, name).rows) == len(study.arms), name
    assert len(table(report, "gains").rows) == len(study.arms) - 1
    stubs = [row.stub for row in table(report, "methods").rows]
    assert stubs[:4] == ["none + MLM", "none + rs-da", "none + few-shot (not zero-shot)", "MNLI + MLM"]
    assert len(stubs) == 4 * 3
    assert [row.stub for row in table(report, "xtreme").rows if row.baseline] == ["none"]


def test_the_table_of_methods_holds_the_comparisons_with_plain(report: Report, rows: list[Comparison]) -> None:
    shown = {row.key: row for row in table(report, "methods").rows}
    columns = [column.key for column in table(report, "methods").columns]
    checked = 0
    for one in rows:
        if one.variant != "plain" and one.baseline == one.intermediate and (one.target, one.scope) in (
            ("average", "average"), *((name, "task") for name in ("xnli", "udpos", "xquad", "tatoeba"))
        ):  # fmt: skip
            name = "average:method" if one.scope == "average" else f"{one.target}/*:method"
            cell = shown[f"{MODEL}/{one.intermediate}+{one.variant}"].cells[columns.index(name)]
            assert cell.number is not None
            assert cell.number.value == one.difference
            if one.low is not None and one.high is not None:
                assert cell.second is not None
                assert cell.second.value == pytest.approx((one.high - one.low) / 2)
            assert cell.number.grey == (one.family != "methods")
            assert ("significant" in cell.number.marks) == (one.family == "methods" and one.verdict.startswith(("better", "worse")))
            checked += 1
    assert checked == 12 * 5


def test_costs_are_those_of_one_seed_and_both_stages(study: Study, results: Results, rows: list[Comparison]) -> None:
    evidence = Evidence(study, results, rows)
    examples, steps, hours = (cell.text for cell in cost_cells(evidence, Arm(MODEL, "plain", "mnli")))
    # 5 seeds: (5000 + 9000) steps, (160000 + 288000) examples, (1800 + 5400) s
    assert (examples, steps, hours) == ("89,600", "2,800", "0.40")
    partial = ArmCost(MODEL, "plain", "squad", "target", 3, 15, 1, 300, 9600, 100, 360.0)
    only = replace(results, setup=replace(results.setup, costs=(partial,)))
    cells = cost_cells(Evidence(study, only, rows), Arm(MODEL, "plain", "squad"))
    assert cells[1].text == "300"  # 3 of 15 took 300 steps: a seed's 3 trainings take 300
    assert cells[1].marks == ("partial",)
    assert cost_cells(Evidence(study, only, rows), Arm(MODEL, "plain", "mnli"))[0].missing
    for name in ("gains", "methods"):
        assert [column.title for column in table(build_report(study, results, rows, drawn=False), name).columns[-3:]] == [
            "Examples", "Steps", "Hours",
        ]  # fmt: skip


def test_controls_are_said_to_be_controls(report: Report) -> None:
    notes = " ".join(table(report, "gains").source_notes)
    assert "Control, MNLI: labels shuffled: the intermediate task with its labels permuted" in notes
    assert "controls for everything but what the labels teach" in notes


def test_few_shot_is_flagged_wherever_it_stands(report: Report, pictured: Report) -> None:
    for one in report.tables:
        for group in one.groups:
            for row in group.rows:
                if "few-shot" in row.key:
                    assert any("(not zero-shot)" in text for text in (row.stub, group.title, one.title)), (one.id, row.stub)
    for figure in pictured.figures:
        if figure.id.startswith(("gains", "profile", "pairs")):
            assert "‡ not zero-shot." in figure.caption, figure.id


def test_the_findings_speak_of_methods(report: Report) -> None:
    (found,) = [block for block in section(report, "findings").blocks if isinstance(block, Findings)]
    said = ["".join(str(part) for part in one.parts) for one in found.items]
    assert any(text.startswith("On mE5-small after MNLI, rs-da raises the mean of 4 tasks by") for text in said)
    assert any(text.startswith("On mE5-small without an intermediate task, MLM raises") for text in said)
    assert any(text.startswith("The intermediate phase “both") for text in said)
    depending = [one for one in found.items if one.verdict == "depends on collapsed runs"]
    assert depending
    assert all("as run: undecided; without them: " in str(one.parts) for one in depending)


def test_the_method_section_names_methods_sources_and_dropped_spans(report: Report) -> None:
    text = words(section(report, "setup"))
    assert "synonym augmentation (rs-da)" in text
    assert "our choice" in text
    assert "60 of 1,000 examples are left out, since an answer, or a line, did not survive" in text
    assert "a declared family of their own" in text
    assert {"huang2021improving", "phang2020english"} <= set(report.citations)


def test_a_planted_collapse_is_reported(study: Study, results: Results, report: Report) -> None:
    text = words(section(report, "health"))
    assert "1 of 255 trainings collapsed (1 constant)" in text
    assert "Declared policy: keep" in text
    row = next(row for row in table(report, "collapse").rows if row.stub == "SQuAD 1.1")
    cells = dict(zip([column.title for column in table(report, "collapse").columns], row.cells, strict=True))
    assert cells["Target"].text == "1 of 15"
    assert cells["Rate"].number is not None
    assert cells["Rate"].number.text == "6.7"
    assert cells["Interval"].text == "[0.2, 31.9]"  # R: binom.test(1, 15)
    assert cells["Replaced"].text == "not run"
    assert cells["Verdict"].text == "depends on collapsed runs"
    without, as_run = cells["Without"].number, cells["As run"].number
    assert without is not None
    assert as_run is not None
    assert without.value > as_run.value


def test_verdicts_of_rows_that_did_not_collapse_stand(rows: list[Comparison]) -> None:
    # their adjusted p values move with those of their family, and nothing else does
    assert {row.intermediate for row in rows if row.verdict == "depends on collapsed runs"} == {"squad"}


def test_where_nothing_collapsed_one_line_says_so(study: Study) -> None:
    made = method_results(study, collapsed=False)
    found = build_report(study, made, judged(study, made.scores, made.setup.health), drawn=False)
    assert "None of the 255 trainings looked at has collapsed" in words(section(found, "health"))
    assert not [one for one in found.tables if one.id == "collapse"]
    unknown = replace(made, setup=replace(made.setup, health=()))
    assert not [one for one in build_report(study, unknown, (), drawn=False).sections if one.id == "health"]


def test_a_training_shared_by_arms_is_counted_once(study: Study) -> None:
    made = method_results(study, collapsed=False)
    shared = tuple(RunHealth(MODEL, variant, "squad", "", "intermediate", 1, "one", "healthy") for variant in ("plain", "rs-da"))
    found = build_report(study, replace(made, setup=replace(made.setup, health=shared)), (), drawn=False)
    assert "None of the 1 training looked at" in words(section(found, "health"))


def test_a_choice_at_the_edge_is_warned_of(report: Report) -> None:
    found = table(report, "tuning")
    warned = {(group.title, row.stub): row.cells[-1].text.strip() for group in found.groups for row in group.rows}
    assert warned["mE5-small, target training", "none"] == "the highest of the grid"
    assert warned["mE5-small, target training", "SQuAD 1.1"] == ""
    chosen = [cell.number for row in found.rows for cell in row.cells if cell.number is not None and "best" in cell.number.marks]
    assert len(chosen) == len(found.rows)


def test_pairs_beside_their_own_means(report: Report, results: Results) -> None:
    found = table(report, "pairs")
    row = next(row for row in found.rows if row.stub == "none")
    values = [one.value for one in results.scores
              if (one.intermediate, one.variant, one.target) == ("none", "plain", "xnli") and one.second_language]  # fmt: skip
    assert row.cells[0].number is not None
    assert row.cells[0].number.value == pytest.approx(sum(values) / len(values))
    matrices = [one for one in report.tables if one.id.startswith("pairs-xnli-")]
    assert [len(one.rows) for one in matrices] == [3] * 4, "of seventeen rows, those of the baseline and its methods"
    assert any("the pairs of all rows stand in scores.jsonl" in note for note in found.source_notes)
    assert all(cell.second is None for row in matrices[0].rows for cell in row.cells)  # the baseline is compared with nothing


def test_figures_are_there_and_the_same_twice(few: Study, pictured: Report) -> None:
    ids = [figure.id for figure in pictured.figures]
    assert ids == [
        "gains",
        "heatmap",
        f"pairs-xnli-{MODEL}",
        "collapse",
        "curves",
        "tuning",
        "layers-tatoeba",
        "pareto",
        f"profile-{MODEL}",
        f"seeds-{MODEL}",
    ]
    assert all(figure.alternative and figure.pdf.startswith(b"%PDF") for figure in pictured.figures)
    made = method_results(few)
    evidence = Evidence(few, made, judged(few, made.scores, made.setup.health))
    again = [
        figure for name in ("heatmap", "seeds", "pairs", "collapse", "curves", "tuning", "layers") for figure in FIGURES[name](evidence)
    ]
    drawn = {figure.id: figure.svg for figure in pictured.figures}
    assert {figure.id: drawn[figure.id] for figure in again} == {figure.id: figure.svg for figure in again}


def test_many_arms_are_drawn_on_several_pages() -> None:
    assert _grid(15) == (2, 2)
    columns, rows = _grid(3)
    assert columns * rows < 17  # the arms of the study above


def test_nothing_is_shown_where_there_is_nothing(study: Study) -> None:
    plain = replace(
        study,
        variants=(),
        intermediate=study.intermediate[:2],
        target=tuple(replace(entry, pairs=()) for entry in study.target),
    )
    made = fabricated_results(plain)
    rows = judged(plain, made.scores, made.setup.health)
    found = build_report(plain, made, rows, drawn=False)
    drawn = [figure for name in ("pairs", "tuning", "layers", "curves") for figure in FIGURES[name](Evidence(plain, made, rows))]
    shown = {one.id for one in (*found.tables, *drawn)}
    assert not shown & {"methods", "pairs", "collapse", "tuning", "curves", "significance-methods"}
    assert not [name for name in shown if name.startswith(("layers", "pairs"))]
    assert not {one.id for one in found.sections} & {"pairs", "health", "choices", "pair-matrices"}


def test_every_format_holds_the_new_tables(report: Report) -> None:
    page = html.render_html(report)
    for name in ("methods", "pairs", "collapse", "tuning", f"pairs-xnli-{MODEL}-none-rs-da"):
        one = table(report, name)
        assert f'data-name="{name}"' in page
        text = latex.render_table(one, report.digest)
        assert text.startswith("% needs: booktabs\n")
        assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") > 0
        lines = csv.render_table(one).splitlines()
        assert len(lines) == len(one.rows) + 1
        assert len({line.count(",") for line in lines if '"' not in line}) <= 2  # counts hold commas, in quotes
        assert markdown.render_table(one).startswith("**")
