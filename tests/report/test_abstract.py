"""The abstract: of a length that venues take, with no number that the study, its comparisons or its answers do not have."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.document import Reference
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats import html
from stiltsreport.report.numbers import shown
from stiltsreport.report.sections.abstract import abstract
from stiltsreport.results import Results
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.compare import compare
from stiltsreport.stats.declared import declared
from stiltsreport.study.study import Study
from tests.fabricated import METHODS, STUDY, fabricated_results, fabricated_study, method_results
from tests.report.test_claims import CLAIMS

SMALL = "title: A\nmodels: [mbert]\nintermediate: {}\ntarget: [xnli]\nseeds: {}\n"
BASELINE_ALONE = SMALL.format("[]", "[1]")
ONE_SEED = SMALL.format("[mnli]", "[1]")
FEW = STUDY.replace("seeds: [1, 2, 3, 4, 5]", "seeds: [1, 2]\nlimit: {train: 1000, evaluate: 200}")


def evidence_of(study: Study, results: Results) -> Evidence:
    answers = answer_claims(study, results) if study.claims else ()
    return Evidence(study, results, declared(study, compare(study, results.scores), answers), answers)


def words(evidence: Evidence) -> str:
    (paragraph,) = abstract(evidence)
    return "".join(f"[{part.id}]" if isinstance(part, Reference) else str(part) for part in paragraph.parts)


@pytest.mark.parametrize("text", [STUDY, STUDY + CLAIMS, METHODS, BASELINE_ALONE, ONE_SEED, FEW])
def test_its_length_and_that_its_numbers_are_the_records_own(text: str, tmp_path: Path):
    study = fabricated_study(tmp_path, text)
    results = method_results(study) if text == METHODS else fabricated_results(study)
    evidence = evidence_of(study, results)
    said = words(evidence)
    assert 120 <= len(said.split()) <= 200
    measured = {shown(abs(value)) for row in evidence.comparisons for value in (row.difference, row.low, row.high) if value is not None}
    measured |= {shown(abs(value)) for one in evidence.answers for value in (one.effect, one.low, one.high) if value is not None}
    titles = [task.title for task in study.tasks.values()]
    bare = said
    for title in sorted(titles, key=len, reverse=True):
        bare = bare.replace(title, "")
    found = set(re.findall(r"\d+\.\d+", bare)) - {f"{study.statistics.alpha:g}"}
    assert found <= measured
    assert found or not evidence.comparisons


def test_without_claims_the_largest_gain_stands_with_its_interval(tmp_path: Path):
    study = fabricated_study(tmp_path)
    evidence = evidence_of(study, fabricated_results(study))
    rows = evidence.compared.of_family("confirmatory", ("average",))
    largest = max(rows, key=lambda row: abs(row.difference))
    assert largest.low is not None
    assert largest.high is not None
    assert (largest.model, largest.intermediate) == ("xlmr-base", "mnli")
    assert (
        f"Of 6 differences to none the largest: training XLM-R base on MNLI first raises the mean of 4 tasks (XNLI, its own data, left out) "
        f"by {shown(largest.difference)} points (95\N{NO-BREAK SPACE}% interval {shown(largest.low, signed=True)} to "
        f"{shown(largest.high, signed=True)})."
    ) in words(evidence)


def test_what_is_undecided_is_not_said_to_rise(tmp_path: Path):
    study = fabricated_study(tmp_path)
    evidence = evidence_of(study, fabricated_results(study))
    rows = [replace(row, verdict="undecided") for row in evidence.comparisons]
    said = words(Evidence(study, evidence.results, rows))
    assert "raises" not in said
    assert "first moves the mean of 4 tasks" in said
    assert "none is significantly higher and none lower" in said


def test_decided_claims_come_first_and_all_are_counted(tmp_path: Path):
    study = fabricated_study(tmp_path, STUDY + CLAIMS)
    evidence = evidence_of(study, fabricated_results(study))
    said = words(evidence)
    verdicts = [answer.verdict for answer in evidence.answers]
    assert len(verdicts) == 9
    assert f"{verdicts.count('supported')} are supported" in said
    assert f"{verdicts.count('undecided')} are undecided" in said
    assert "do not decide whether" not in said  # room is for those that decide
    told = said.count(" points (95") + said.count("the order in")
    assert f"{9 - told} more stand in [claims]." in said
    weakened = [replace(answer, verdict="undecided") for answer in evidence.answers]
    assert "The data do not decide whether training mE5-small on MNLI" in words(
        Evidence(study, evidence.results, evidence.comparisons, weakened)
    )


def test_what_is_missing_is_said(tmp_path: Path):
    study = fabricated_study(tmp_path)
    nothing = words(evidence_of(study, fabricated_results(study, ())))
    assert "None of the 464 planned evaluations has a result yet." in nothing
    assert "No comparison could be made yet" in nothing
    some = fabricated_results(study)
    some = replace(some, scores=some.scores[:-2])
    cells = (replace(some.setup.cells[-1], state="failed"), *some.setup.cells[:-1])
    some = replace(some, setup=replace(some.setup, cells=cells))
    assert f"Of {len(cells)} planned evaluations 1 has no result." in words(evidence_of(study, some))


def test_few_seeds_and_seeds_added_later_are_said(tmp_path: Path):
    study = fabricated_study(tmp_path, FEW)
    said = words(evidence_of(study, fabricated_results(study)))
    assert "With 2 seeds every difference is descriptive only: nothing is called significant." in said
    assert "Limited to at most 1,000 training and 200 evaluation examples a set." in said
    assert "significantly" not in said
    whole = fabricated_study(tmp_path)
    extended = replace(whole, extended=True)
    evidence = evidence_of(whole, fabricated_results(whole))
    assert "Seeds were added after results had been seen" in words(Evidence(extended, evidence.results, evidence.comparisons))


def test_the_page_opens_with_it(tmp_path: Path):
    from stiltsreport.report.build import report_of

    study = fabricated_study(tmp_path, STUDY + CLAIMS)
    page = html.render_html(report_of(evidence_of(study, fabricated_results(study)), drawn=False))
    assert page.index('<section id="section-abstract"') < page.index('<section id="section-claims"')
    assert '<a href="#section-claims">' in page[page.index('id="section-abstract"') : page.index('id="section-claims"')]
