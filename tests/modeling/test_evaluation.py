"""Evaluations: counts of every metric, the conventions of the protocol, and the value that selects a checkpoint."""

from __future__ import annotations

import pytest

from stiltsreport.modeling.evaluation import evaluate
from stiltsreport.recipes import Protocol
from stiltsreport.tasks import TASKS


def test_a_value_is_the_mean_of_the_metrics_that_count() -> None:
    """XQuAD: (exact match + F1) / 2. One of two right; the other shares one of its three words, so F1 is (1 + 1/2) / 2."""
    found = evaluate(TASKS["squad"], Protocol(), "en", ["a", "b"], ["red mat", "cat"], [["the red mat"], ["cat sat on"]])
    assert found.counts["exact_match"].tolist() == [[1, 1], [0, 1]]
    assert found.values() == {"exact_match": 50.0, "answer_f1": pytest.approx(75.0)}
    assert found.value(TASKS["squad"]) == pytest.approx(62.5)


@pytest.mark.parametrize("convention", ["0.0.12", "1.2.2"])
def test_span_f1_is_in_the_protocols_convention_and_token_accuracy_stands_beside(convention: str) -> None:
    """CCONJ for SCONJ: an error in one convention, the same type in the other (reference: seqeval's two versions)."""
    found = evaluate(TASKS["udpos"], Protocol(seqeval=convention), "en", ["a"], [["CCONJ", "NOUN"]], [["SCONJ", "NOUN"]])
    assert set(found.counts) == {f"span_f1:{convention}", "token_accuracy"}
    assert found.values()["token_accuracy"] == 50.0
    assert found.value(TASKS["udpos"]) == pytest.approx(50.0 if convention == "0.0.12" else 100.0)


def test_nothing_is_dropped_to_make_lengths_meet() -> None:
    with pytest.raises(ValueError, match="longer"):
        evaluate(TASKS["xnli"], Protocol(), "en", ["a", "b"], ["neutral"], ["neutral", "neutral"])
