"""Claims in a report: the sentences as a paper has them, their table, and what becomes of the averages beside them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.build import build_report
from stiltsreport.report.claim_sentences import worded
from stiltsreport.report.document import Findings, Report, Source
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats import html, latex
from stiltsreport.report.write import write_report
from stiltsreport.results import Results
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.declared import declared
from stiltsreport.study.claims import Trend
from stiltsreport.study.study import Study
from tests.fabricated import STUDY, fabricated_results, fabricated_study

BOTH = ("multilingual-e5-small", "xlmr-base")
CLAIMS = """\
claims:
  - {name: mnli-helps, better: mnli, than: none}
  - {name: published, better: mnli, than: none, by: 8.2, models: xlmr-base, source: "Table 1 of <a paper> & more"}
  - {name: at-least, at_least: {better: mnli, than: none, by: 1}, models: xlmr-base}
  - {name: same, equivalent: squad, than: none, within: 2, models: xlmr-base}
  - {name: order, ranking: [mnli, squad, hellaswag], models: xlmr-base}
  - {name: many, count: {better: mnli, than: none, tasks: 2}, models: xlmr-base}
  - {name: groups, interaction: targets, of: mnli, between: ["group:qa", xnli], models: xlmr-base}
  - {name: far, trend: gain-by-distance, of: mnli, direction: up, models: xlmr-base}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return fabricated_study(tmp_path_factory.mktemp("claims"), STUDY + CLAIMS)


@pytest.fixture(scope="module")
def results(study: Study) -> Results:
    return fabricated_results(study)


@pytest.fixture(scope="module")
def answers(study: Study, results: Results) -> tuple[Answer, ...]:
    return answer_claims(study, results)


@pytest.fixture(scope="module")
def rows(study: Study, results: Results, answers: tuple[Answer, ...]) -> list[Comparison]:
    return declared(study, compare(study, results.scores), answers)


@pytest.fixture(scope="module")
def report(study: Study, results: Results, answers: tuple[Answer, ...], rows: list[Comparison]) -> Report:
    return build_report(study, results, rows, answers, drawn=False)


@pytest.fixture(scope="module")
def sentences(study: Study, results: Results, answers: tuple[Answer, ...], rows: list[Comparison]) -> dict[tuple[str, str], Answer]:
    evidence = Evidence(study, results, rows, answers)
    return {(answer.claim, answer.model): worded(evidence, answer) for answer in answers}


def test_a_sentence_reads_like_a_papers(sentences: dict[tuple[str, str], Answer]):
    found = sentences["mnli-helps", "xlmr-base"]
    assert found.sentence == (
        "Training XLM-R base on MNLI first raises the mean of 4 tasks (XNLI, its own data, left out) by 2.2 points "
        "(95\N{NO-BREAK SPACE}% interval 1.9 to 2.6, paired t over 5 seeds, adjusted p < .001)."
    )
    assert found.latex == (
        "Training XLM-R base on MNLI first raises the mean of $4$ tasks (XNLI, its own data, left out) by $2.2$ points "
        r"($95$~\% interval $1.9$ to $2.6$, paired t over $5$ seeds, adjusted p $< .001$)."
    )


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (
            "published",
            "It does not hold that training XLM-R base on MNLI first raises .* by about 8.2 points: the difference is .2.2 points",
        ),
        ("published", r"one more run would fall into \+1.3 to \+3.2, against the 8.2 points that were claimed\.$"),
        ("at-least", "raises .* by at least 1 point: the difference is .2.2 points"),
        ("same", "changes .* by less than 2 points: the difference is .*, adjusted p of equivalence"),
        ("order", r"^On XLM-R base, the order in the mean of 3 tasks \(XNLI and XQuAD, .*\) is MNLI, then SQuAD 1.1, then HellaSwag"),
        ("many", r"MNLI is better than no intermediate task on at least 2 of 4 targets .*: 4 of 4 are higher"),
        ("groups", "^The data do not decide whether, on XLM-R base, the gain of MNLI .* is larger on the QA average than on XNLI: "),
        ("far", r"grows with the distance from English: the slope is .* points for a step of distance .*paired t on slopes by seed"),
    ],
)
def test_each_kind_says_what_was_claimed_and_seen(sentences: dict[tuple[str, str], Answer], claim: str, said: str):
    assert re.search(said, sentences[claim, "xlmr-base"].sentence)


def test_a_slope_over_size_is_for_a_tenfold(study: Study, results: Results):
    (claim,) = (one for one in study.claims if one.name == "far")
    assert isinstance(claim.statement, Trend)
    sized = replace(study, claims=(replace(claim, name="size", statement=replace(claim.statement, axis="parameters"), models=BOTH),))
    (answer,) = answer_claims(sized, results)
    said = worded(Evidence(sized, results, (), (answer,)), answer).sentence
    assert said.startswith("The data do not decide whether the gain of MNLI over no intermediate task in the mean of 4 tasks")
    assert "grows with the size of the model" in said


def test_every_sentence_ends_and_holds_no_mark(sentences: dict[tuple[str, str], Answer]):
    for answer in sentences.values():
        assert answer.sentence.endswith(".")
        assert answer.sentence.isprintable() or "\N{NO-BREAK SPACE}" in answer.sentence
        assert not re.search("[\ue000\ue001]", answer.sentence + answer.latex)
        assert answer.latex.count("$") % 2 == 0


def test_claims_stand_before_the_other_averages(report: Report):
    assert [section.title for section in report.sections[:2]] == ["Claims", "Further averages"]
    claims = report.sections[0]
    (findings,) = (block for block in claims.blocks if isinstance(block, Findings))
    assert len(findings.items) == 9
    assert {item.tone for item in findings.items if item.verdict == "contradicted"} == {"down"}
    (source,) = (block for block in claims.blocks if isinstance(block, Source))
    assert source.text.startswith("% mnli-helps\nTraining mE5-small")


def test_the_tables_of_claims(report: Report):
    table = next(table for table in report.tables if table.id == "claims")
    assert [group.title for group in table.groups] == ["mE5-small", "XLM-R base"]
    published = next(row for row in table.rows if row.stub == "published")
    assert published.cells[0].text == "contradicted"
    assert ("source", "Table 1 of <a paper> & more") in published.cells[1].details
    parts = next(table for table in report.tables if table.id == "claim-parts")
    assert [group.title for group in parts.groups] == ["order (XLM-R base)", "many (XLM-R base)"]


def test_what_a_claim_says_is_escaped(report: Report):
    assert "Table 1 of &lt;a paper&gt; &amp; more" in html.render_html(report)
    assert r"Table 1 of \textless{}a paper\textgreater{} \& more" in latex.render_latex(report)


def test_only_what_a_claim_is_about_is_confirmatory(answers: tuple[Answer, ...], rows: list[Comparison]):
    found = [row for row in rows if row.family == "confirmatory"]
    assert {(row.model, row.intermediate, row.target) for row in found} == {
        (model, "mnli", "average-without-own-data") for model in ("multilingual-e5-small", "xlmr-base")
    }
    assert not [row for row in rows if row.family == "methods"]
    by_model = {answer.model: answer for answer in answers if answer.claim == "mnli-helps"}
    for row in found:
        assert row.verdict == "better"
        assert row.adjusted_p_value == by_model[row.model].adjusted_p_value
        assert row.p_value == pytest.approx(by_model[row.model].p_value)
    other = next(row for row in rows if (row.model, row.intermediate, row.target) == ("xlmr-base", "hellaswag", "average"))
    assert other.family == "exploratory"


def test_without_claims_nothing_changes(tmp_path: Path, results: Results):
    study = fabricated_study(tmp_path)
    made = compare(study, results.scores)
    assert declared(study, made, ()) == made
    assert build_report(study, results, made, drawn=False).sections[0].title == "Findings"


def test_the_report_folder_keeps_the_answers(
    tmp_path: Path, study: Study, results: Results, answers: tuple[Answer, ...], rows: list[Comparison]
):
    quick = replace(study, report=replace(study.report, formats=("html", "latex"), figures=()))
    write_report(quick, results, rows, tmp_path / "r", answers)
    lines = [json.loads(line) for line in (tmp_path / "r" / "claims.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["claim"], line["verdict"]) for line in lines] == [(answer.claim, answer.verdict) for answer in answers]
    assert all(line["sentence"] and line["latex"] for line in lines)
    assert (tmp_path / "r" / "tables" / "claims.tex").is_file()
    write_report(replace(quick, claims=()), results, rows, tmp_path / "r")
    assert not (tmp_path / "r" / "claims.jsonl").exists()


def test_three_seeds_and_gaps_still_make_a_report(tmp_path: Path, results: Results):
    study = fabricated_study(tmp_path, (STUDY + CLAIMS).replace("[1, 2, 3, 4, 5]", "[1, 2, 3]"))
    scores = tuple(row for row in results.scores if row.intermediate != "squad")
    found = answer_claims(study, replace(results, scores=scores))
    assert {answer.verdict for answer in found} == {"undecided"}
    made = build_report(study, replace(results, scores=scores), compare(study, scores), found, drawn=False)
    assert "descriptive only: 3 seeds, and 5 are the fewest" in html.render_html(made)
