"""Whether answers to claims stand on new items: the same verdict by the t over seeds and items, corrected with all claims."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scipy import stats

from stiltsreport.results import Results
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.claims.answering import answer_claims
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.items.second import BOOTSTRAP, with_items
from tests.fabricated import fabricated_results
from tests.stats.items.made import STUDY, made, study_of

CLAIMS = """\
claims:
  - {name: helps, better: hellaswag, than: none}
  - {name: by much, at_least: {better: hellaswag, than: none, by: 5}, on: xnli}
  - {name: no harm, no_worse: mnli, than: none, on: udpos}
  - {name: the same, equivalent: mnli, than: none, within: 60, on: xquad}
  - {name: orders, ranking: [hellaswag, none]}
  - {name: both, better: hellaswag, than: none, on: [xnli, xquad]}
"""


@pytest.fixture
def found(tmp_path: Path):
    study = study_of(tmp_path, STUDY + CLAIMS)
    scores, items = made(study, size=200, gain=0.2, item_gains=0.1)
    rows = with_items(study, scores, compare(study, scores), items, 200)
    return study, fabricated_results(study, scores), rows


def answered(study, results: Results, rows) -> dict[str, Answer]:
    return {answer.claim: answer for answer in answer_claims(study, results, rows)}


def test_those_that_have_a_second_test_say(found):
    study, results, rows = found
    answers = answered(study, results, rows)
    assert {name: answer.verdict for name, answer in answers.items()} == dict.fromkeys(answers, "supported")
    assert {name: answer.new_items for name, answer in answers.items()} == {
        "helps": True, "by much": True, "no harm": True, "the same": True, "orders": None, "both": None
    }  # fmt: skip


def test_without_rows_over_items_nothing_is_said(found):
    study, results, rows = found
    for given in ((), [row for row in rows if row.interval == "t"]):
        assert {answer.new_items for answer in answer_claims(study, results, given)} == {None}


def widened(row: Comparison, factor: float) -> Comparison:
    return replace(row, standard_error=factor * row.standard_error) if row.interval == BOOTSTRAP and row.standard_error else row


def test_a_wider_interval_loses_the_claims_that_it_no_longer_excludes(found):
    """Each claim by its own shift: the p of the t over both, worked by SciPy, against Holm's threshold for the largest of the family."""
    study, results, rows = found
    for factor in (1.0, 3.0, 10.0, 30.0, 300.0):
        answers = answered(study, results, [widened(row, factor) for row in rows])
        row = next(
            row for row in rows if row.interval == BOOTSTRAP and (row.target, row.scope, row.intermediate) == ("xnli", "task", "hellaswag")
        )
        p_value = 2 * stats.t.sf((row.difference - 5) / (factor * row.standard_error), row.degrees_of_freedom)
        if p_value > 0.05:  # nothing is called that is not significant before correction
            assert answers["by much"].new_items is False
        if p_value * 20 <= 0.05:  # more tests than there are
            assert answers["by much"].new_items is True
    assert {answers[name].new_items for name in ("helps", "by much", "no harm", "the same")} == {False}
    assert {answer.verdict for answer in answers.values()} == {"supported"}  # of these test items


def test_an_undecided_claim_says_nothing(found):
    study, results, rows = found
    few = replace(results, scores=tuple(score for score in results.scores if score.seed in (None, 1, 2, 3)))
    assert {(answer.verdict, answer.new_items) for answer in answer_claims(study, few, rows)} == {("undecided", None)}
