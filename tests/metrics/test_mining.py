"""Margin mining against a plain reference that compares every pair, and its traps worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stiltsreport.errors import StiltsReportError
from stiltsreport.metrics.mining import above, best_threshold, margin_scores, mine, mine_texts
from stiltsreport.metrics.neighbours import nearest


def cosine(a, b):
    length = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(x * x for x in b))
    return sum(x * y for x, y in zip(a, b, strict=True)) / length if length else 0.0


def plain_mining(x, y, k=4):
    """LASER's mining as its paper tells it: every pair by hand, O(n2). (source, target, score) by falling score."""
    forward = [sorted(range(len(y)), key=lambda j, a=a: -cosine(a, y[j]))[:k] for a in x]
    backward = [sorted(range(len(x)), key=lambda i, b=b: -cosine(x[i], b))[:k] for b in y]
    forward_mean = [sum(cosine(x[i], y[j]) for j in found) / len(found) for i, found in enumerate(forward)]
    backward_mean = [sum(cosine(x[i], y[j]) for i in found) / len(found) for j, found in enumerate(backward)]

    def score(i, j):
        return cosine(x[i], y[j]) / ((forward_mean[i] + backward_mean[j]) / 2)

    proposals = [max(((score(i, j), i, j) for j in found), key=lambda each: each[0]) for i, found in enumerate(forward)]
    proposals += [max(((score(i, j), i, j) for i in found), key=lambda each: each[0]) for j, found in enumerate(backward)]
    sources, targets, mined = set(), set(), []
    for value, i, j in sorted(proposals, key=lambda each: -each[0]):
        if i not in sources and j not in targets:
            sources.add(i)
            targets.add(j)
            if value > 0:
                mined.append((i, j, value))
    return mined


def clouds(seed, sources=23, targets=17, width=5):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(sources, width)) + 1, generator.normal(size=(targets, width)) + 1


@pytest.mark.parametrize("seed", range(12))
def test_mining_is_the_plain_reference(seed):
    x, y = clouds(seed)
    ours, plain = mine(x, y), plain_mining(x.tolist(), y.tolist())
    assert [(source, target) for source, target, _ in ours] == [(source, target) for source, target, _ in plain]
    assert [score for *_, score in ours] == pytest.approx([score for *_, score in plain], rel=1e-4)


@pytest.mark.parametrize("block", [1, 2, 7, 100])
def test_blocks_change_nothing(block):
    x, y = clouds(99)
    assert [(a, b) for a, b, _ in mine(x, y, block=block)] == [(a, b) for a, b, _ in mine(x, y)]
    cosines, rows = nearest(x, y, 5, block)
    expected = np.argsort(-((x / np.linalg.norm(x, axis=1, keepdims=True)) @ (y / np.linalg.norm(y, axis=1, keepdims=True)).T), axis=1)[
        :, :5
    ]
    assert (rows == expected).all()
    assert (np.diff(cosines) <= 0).all()


def test_a_pair_by_hand():
    """Two sources, two targets on axes: cosines 1 and 0; each neighbourhood has mean 1/2, so a right pair scores 1 / (1/2) = 2."""
    x, y = np.eye(2), np.eye(2)[::-1]
    assert mine(x, y) == [(0, 1, 2.0), (1, 0, 2.0)]
    found = margin_scores(x, y, margin="distance")
    assert found.forward_scores.tolist() == [[0.5, -0.5], [0.5, -0.5]]
    assert margin_scores(x, y, margin="absolute").forward_scores.tolist() == [[1.0, 0.0], [1.0, 0.0]]


def test_a_target_is_used_once():
    x, y = np.array([[1, 0], [1, 0.01]]), np.array([[1, 0]])
    (pair,) = mine(x, y)
    assert pair.target == 0


def test_the_nearest_of_equal_ones_is_the_first():
    """Two identical sentences of the pool: the row that stands first, whatever the block."""
    pool = np.array([[0, 1], [1, 0], [1, 0], [1, 0]])
    for block in (1, 2, 3, 10):
        assert nearest(np.array([[1.0, 0]]), pool, 3, block)[1].tolist() == [[1, 2, 3]]


def test_vectors_of_zeros_and_small_sets():
    assert nearest(np.zeros((1, 2)), np.eye(2), 1)[0].tolist() == [[0.0]]
    assert mine(np.empty((0, 3)), np.ones((2, 3))) == []
    assert mine(np.ones((2, 3)), np.empty((0, 3))) == []
    assert nearest(np.eye(2), np.eye(2), 9)[1].shape == (2, 2), "k is cut to the pool"
    with pytest.raises(StiltsReportError, match="NaN or infinity"):
        nearest(np.array([[np.nan, 1]]), np.eye(2), 1)
    with pytest.raises(ValueError, match="at least 1"):
        nearest(np.eye(2), np.eye(2), 0)


def plain_threshold(scored, gold):
    """XTREME's bucc_optimize: the best F1 so far sets the threshold half way to the next score."""
    ordered = sorted(scored, key=lambda each: -each[2])
    best, threshold, right = 0.0, 0.0, 0
    for place, (source, target, score) in enumerate(ordered, start=1):
        right += (source, target) in gold
        if right:
            precision, recall = right / place, right / len(gold)
            f1 = 2 * precision * recall / (precision + recall)
            if f1 > best:
                best, threshold = f1, (score + ordered[place][2]) / 2 if place < len(ordered) else score
    return threshold


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.1, 0.2, 0.5, 0.9, 1.0, 1.3])),
        max_size=15,
        unique_by=lambda each: each[:2],
    ),
    st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=8),
)
def test_the_threshold_is_that_of_xtremes_script(scored, gold):
    assert best_threshold(scored, gold) == pytest.approx(plain_threshold(scored, gold))


def test_a_threshold_by_hand():
    """Right, right, wrong, right of four gold pairs: F1 is 2/5, 4/6, 4/7, 6/8: the last place is best, and the threshold its own score."""
    scored = [("a", "A", 1.5), ("b", "B", 1.4), ("c", "X", 1.3), ("d", "D", 1.1)]
    gold = {("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")}
    assert best_threshold(scored, gold) == 1.1
    assert best_threshold([*scored, ("e", "Y", 0.9)], gold) == pytest.approx(1.0), "half way to the next"
    assert above(scored, 1.3) == {"a": "A", "b": "B", "c": "X"}, "the threshold itself is in"
    assert best_threshold(scored, {("z", "Z")}) == 0.0
    assert best_threshold([], gold) == 0.0


def test_sentences_that_stand_twice_are_left_out():
    """XTREME's script finds ids by the text, so that a text on two lines has none: it takes part once and is dropped."""
    x, y = np.eye(3), np.eye(3)
    assert [(a, b) for a, b, _ in mine_texts(x, y, ["a", "b", "c"], ["A", "B", "C"])] == [(0, 0), (1, 1), (2, 2)]
    found = mine_texts(x, y, ["a", "b", "b"], ["A", "B", "C"])
    assert [(a, b) for a, b, _ in found] == [(0, 0)]
    assert [(a, b) for a, b, _ in mine_texts(x, y, ["a", "b", " b"], ["A", "B", "C"])] == [(0, 0)], "blanks around it aside"
    with pytest.raises(ValueError, match="3 and 3 vectors for 2 and 3 texts"):
        mine_texts(x, y, ["a", "b"], ["A", "B", "C"])
