"""Reports of studies with seeds by arm, with planned looks, and with seeds that were added after a look: every table says what it rests on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.build import build_report
from stiltsreport.report.document import Report, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats.html import render_html
from stiltsreport.report.sections.claims import claims
from stiltsreport.report.sections.findings import findings
from stiltsreport.report.sections.method import method
from stiltsreport.results import Results
from stiltsreport.results.looks import look_of
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.compare import compare
from stiltsreport.stats.looks import at_hand, extended
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_results, fabricated_study
from tests.report.test_sentences import plain, words

CLAIMS = """claims=[{name: up, better: mnli, than: none, on: average}, {name: rank, ranking: [mnli, squad], on: [average, xnli]},
  {name: alike, equivalent: squad, than: none, within: 3, on: average}, {name: count, count: {better: mnli, than: none, tasks: 2}}]"""


def _report(study: Study, results: Results) -> tuple[Evidence, Report]:
    rows, answers = compare(study, results.scores), answer_claims(study, results)
    return Evidence(study, results, rows, answers), build_report(study, results, rows, answers)


def _table(report: Report, name: str) -> Table:
    return next(table for table in report.tables if table.id == name)


@pytest.mark.parametrize("test", ["welch", "dunnett"])
def test_seeds_by_arm(tmp_path: Path, test: str) -> None:
    study = fabricated_study(tmp_path, overrides=["seeds={default: 5, none: 8}", f"statistics={{test: {test}, margin: 1}}", CLAIMS])
    evidence, report = _report(study, fabricated_results(study))
    assert evidence.seeds == "5 seeds, 8 of none (n × 1: one target training on each intermediate checkpoint)"
    assert "paired" not in _table(report, "gains").caption
    said = plain(method(evidence)[-1].parts)  # type: ignore[union-attr]
    assert ("Welch's t test" if test == "welch" else "the variance of all rows together") in said
    html = render_html(report)
    assert "5 to 8 × 1" in html
    assert "fewer seeds than planned" not in html
    assert {answer.verdict for answer in evidence.answers} <= {"supported", "contradicted", "equivalent", "undecided"}
    assert next(one for one in evidence.answers if one.claim == "up").verdict == "supported"


def test_a_look(tmp_path: Path) -> None:
    study = fabricated_study(tmp_path, overrides=["seeds={planned: 10, looks: [5, 10]}"])
    results = fabricated_results(study)
    scores = tuple(row for row in results.scores if row.seed is None or row.seed < 9)
    seen, shown = at_hand(study, fabricated_results(study, scores))
    evidence, report = _report(seen, shown)
    said = plain(method(evidence)[-1].parts)  # type: ignore[union-attr]
    assert "after 5 and 10 seeds: the results are those of look 1 of 2, with 5 seeds" in said
    assert "p values stand against 0.0031 and 0.047 in turn" in said
    assert _table(report, "gains").second_title == "± 99.695 % t"
    assert "fewer seeds than planned" not in render_html(report)


def test_seeds_that_were_added_after_a_look(tmp_path: Path) -> None:
    five = fabricated_study(tmp_path)
    more = fabricated_study(tmp_path, overrides=["seeds=[1, 2, 3, 4, 5, 6, 7]", CLAIMS])
    study = replace(more, extended=extended(more, (look_of(five),)))
    evidence, report = _report(study, fabricated_results(study))
    assert "Every p value is extended: descriptive" in words(claims(evidence, ())[0])
    assert "Every p value is extended: descriptive" in words(findings(Evidence(study, evidence.results, evidence.comparisons)))
    assert {row.verdict for row in evidence.comparisons} == {"descriptive only"}
    assert {answer.verdict for answer in evidence.answers} == {"undecided"}
    assert all("extended: descriptive" in answer.reasons for answer in evidence.answers)
    marks = {sign for table in report.tables for sign, _ in table.footnotes}
    assert not marks & {"†", "◇"}
