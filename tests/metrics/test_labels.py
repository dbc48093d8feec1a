"""Accuracy, the F1 of one class, and what every metric has in common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stiltsreport.metrics import METRICS
from stiltsreport.metrics.labels import ACCURACY, POSITIVE_F1


def value(metric, pairs):
    return float(metric.value(np.sum([metric.count(predicted, gold, "en") for predicted, gold in pairs], axis=0)))


def test_accuracy_by_hand():
    assert value(ACCURACY, [("entailment", "entailment"), ("neutral", "contradiction"), ("neutral", "neutral")]) == pytest.approx(200 / 3)
    assert value(ACCURACY, [(0, 0), (1, 0)]) == 50.0
    assert ACCURACY.count("1", 1, "en") == (0.0, 1.0), "a label is no index"


def test_f1_of_duplicates_by_hand():
    """GLUE's F1 of QQP: 2 right of 3 predicted and 4 there: P 2/3, R 1/2, F1 4/7."""
    pairs = (
        [("duplicate", "duplicate")] * 2
        + [("duplicate", "not_duplicate")]
        + [("not_duplicate", "duplicate")] * 2
        + [("not_duplicate", "not_duplicate")] * 9
    )
    assert value(POSITIVE_F1, pairs) == pytest.approx(400 / 7)
    assert value(POSITIVE_F1, [("not_duplicate", "not_duplicate")]) == 0.0


LABELS = st.sampled_from(["duplicate", "not_duplicate"])


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=40))
def test_f1_of_duplicates_is_sklearns(pairs):
    sklearn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    predicted, gold = zip(*pairs, strict=True)
    expected = sklearn.f1_score(gold, predicted, pos_label="duplicate", average="binary", zero_division=0)
    assert value(POSITIVE_F1, pairs) == pytest.approx(100 * expected)
    assert value(ACCURACY, pairs) == pytest.approx(100 * sklearn.accuracy_score(gold, predicted))


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.key)
def test_every_metric_maps_counts_of_any_shape_to_percent(metric):
    """Resampling asks for many sums at once: (..., counts) becomes (...); 0/0 is 0 and no warning."""
    counts = np.zeros((3, 5, len(metric.counts)))
    with np.errstate(all="raise"):
        assert metric.value(counts).shape == (3, 5)
        assert not metric.value(counts).any()
        assert float(metric.value(np.ones(len(metric.counts)))) == pytest.approx(100.0)
    assert METRICS[metric.key] is metric


EXAMPLES = {
    "accuracy": ("a", "a"), "positive_f1": ("duplicate", "duplicate"),
    "span_f1": (["NOUN"], ["NOUN"]), "span_f1:0.0.12": (["NOUN"], ["NOUN"]),
    "span_f1:1.2.2": (["NOUN"], ["NOUN"]), "token_accuracy": (["NOUN"], ["NOUN"]), "exact_match": ("x", ("x",)), "answer_f1": ("x", ("x",)),
    "squad2_exact_match": ("", ()), "squad2_f1": ("", ()), "mlqa_exact_match": ("x", ("x",)), "mlqa_f1": ("x", ("x",)),
    "retrieval_accuracy": (("p",), ("p",)), "map_20": (("p",), ("p",)), "mining_f1": ("p", ("p",)),
}  # fmt: skip


@pytest.mark.parametrize("key", METRICS)
def test_a_right_prediction_counts_fully(key):
    metric = METRICS[key]
    counts = metric.count(*EXAMPLES[key], "en")
    assert len(counts) == len(metric.counts)
    assert all(isinstance(number, float) for number in counts)
    assert float(metric.value(np.array(counts))) == pytest.approx(100.0)
