"""The three functions of summed counts that all our metrics share: a mean, an F1, and the division under both."""

from __future__ import annotations

import numpy as np

from stiltsreport.metrics.metric import Floats

MATCHED = ("matched", "predicted", "gold")  # the counts of an F1


def percent(part: Floats, whole: Floats) -> Floats:
    """100 * part / whole, element by element; 0/0 is 0."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.divide(100.0 * part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole != 0)


def mean(counts: Floats) -> Floats:
    """(sum, number) in the last axis -> 100 * sum / number."""
    counts = np.asarray(counts, dtype=np.float64)
    return percent(counts[..., 0], counts[..., 1])


def f1(counts: Floats) -> Floats:
    """(matched, predicted, gold) in the last axis -> 100 * 2 matched / (predicted + gold), the harmonic mean of precision and recall."""
    counts = np.asarray(counts, dtype=np.float64)
    return percent(2.0 * counts[..., 0], counts[..., 1] + counts[..., 2])
