"""Metrics of one label an example: accuracy, and the F1 of the class "duplicate" (QQP in GLUE)."""

from __future__ import annotations

from stiltsreport.metrics import ratios
from stiltsreport.metrics.metric import Metric

POSITIVE = frozenset({"duplicate", "1"})  # QQP's positive class as our task names it, and as GLUE's files write it


def count_correct(predicted: object, gold: object, _language: str) -> tuple[float, ...]:
    """(1 if the two are equal, 1). Both labels or both indices: a label never equals an index."""
    return (float(predicted == gold), 1.0)


def count_positive(predicted: object, gold: object, _language: str) -> tuple[float, ...]:
    """(both positive, predicted positive, gold positive). Positive is what reads "duplicate" or "1"; every other label is negative."""
    is_predicted, is_gold = str(predicted) in POSITIVE, str(gold) in POSITIVE
    return (float(is_predicted and is_gold), float(is_predicted), float(is_gold))


ACCURACY = Metric("accuracy", "accuracy", "Accuracy", ("correct", "examples"), count_correct, ratios.mean)
POSITIVE_F1 = Metric("positive_f1", "f1", "F1 of the class duplicate", ratios.MATCHED, count_positive, ratios.f1)
