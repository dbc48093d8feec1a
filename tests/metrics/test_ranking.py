"""Accuracy at rank 1, mAP@20 and the F1 of mined pairs, worked by hand and against plain definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stiltsreport.metrics.ranking import MAP_20, MINING_F1, RETRIEVAL_ACCURACY, average_precision


def value(metric, pairs):
    return float(metric.value(np.sum([metric.count(predicted, gold, "") for predicted, gold in pairs], axis=0)))


def test_accuracy_looks_at_the_first_alone():
    assert value(RETRIEVAL_ACCURACY, [(["a", "b"], ["a"]), (["b", "a"], ["a"]), ([], ["a"]), (["a"], ["b", "a"])]) == 50.0


def test_average_precision_by_hand():
    """Right at ranks 1, 3 and 4 of three: (1/1 + 2/3 + 3/4) / 3."""
    assert average_precision(["a", "x", "b", "c"], {"a", "b", "c"}) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert average_precision(["x", "a"], {"a", "b"}) == pytest.approx(1 / 4), "what is not found divides too"


def test_the_cut_divides_by_what_can_be_found():
    """XTREME-R: of 30 right passages only 20 can stand in a ranking of 20, so that 20 right ones are a full score."""
    right = [str(number) for number in range(30)]
    assert average_precision(right, right) == 1.0
    assert average_precision([*"abcdefghijklmnopqrst", "z"], ["z"]) == 0.0, "rank 21 is too late"
    assert average_precision(["x"] * 19 + ["z"], ["z"]) == pytest.approx(1 / 20)


@pytest.mark.parametrize(("rank", "expected"), [(1, 100.0), (2, 50.0), (20, 5.0), (21, 0.0)])
def test_with_one_right_passage_it_is_the_reciprocal_rank(rank, expected):
    """Mewsli-X: one entity is right."""
    ranked = [f"x{number}" for number in range(30)]
    ranked[rank - 1] = "right"
    assert value(MAP_20, [(ranked, ["right"])]) == pytest.approx(expected)


def test_all_questions_are_pooled():
    """LAReQA: the mean over the questions of a language, each counting once however many answers it has."""
    assert value(MAP_20, [(["a"], ["a"]), (["x", "b"], ["b"]), (["x"], ["c", "d"])]) == pytest.approx(100 * (1 + 1 / 2 + 0) / 3)


def test_a_passage_that_stands_twice_counts_once():
    assert average_precision(["a", "a", "a"], {"a", "b"}) == pytest.approx(1 / 2)


def plain_average_precision(ranked, relevant, cut=20):
    """The definition: precision at each right rank, over min(right passages, cut)."""
    ranked = ranked[:cut]
    at = [
        sum(passage in relevant for passage in ranked[: rank + 1]) / (rank + 1) for rank in range(len(ranked)) if ranked[rank] in relevant
    ]
    return sum(at) / min(len(relevant), cut) if relevant else 0.0


@given(st.permutations(range(30)), st.sets(st.integers(0, 40), max_size=30))
def test_average_precision_is_its_definition(ranked, relevant):
    assert average_precision(list(map(str, ranked)), set(map(str, relevant))) == pytest.approx(plain_average_precision(ranked, relevant))


def test_mined_pairs_by_hand():
    """Four sentences, three gold pairs of which two share a source; two mined, one right: P 1/2, R 1/3, F1 2/5."""
    assert value(MINING_F1, [("e1", ["e1", "e9"]), ("e2", []), (None, ["e3"]), (None, [])]) == pytest.approx(40.0)
    assert value(MINING_F1, [(None, [])]) == 0.0


@given(
    st.dictionaries(st.integers(0, 9), st.integers(0, 9), max_size=10),
    st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12),
)
def test_the_sum_of_counts_is_the_f1_of_two_sets_of_pairs(mined, gold):
    """XTREME's bucc_f1: sets of pairs, not of sources."""
    pairs = [(mined.get(source), [target for first, target in gold if first == source]) for source in range(10)]
    right = len(set(mined.items()) & gold)
    precision, recall = right / len(mined) if mined else 0, right / len(gold) if gold else 0
    expected = 200 * precision * recall / (precision + recall) if right else 0.0
    assert value(MINING_F1, pairs) == pytest.approx(expected)
