"""Metrics of ranked passages and mined pairs: accuracy at rank 1, mAP@20, F1 of mined pairs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from stiltsreport.metrics import ratios
from stiltsreport.metrics.metric import Metric

CUT = 20  # XTREME-R's depth of a ranking


def count_first(ranked: Sequence[str], relevant: Collection[str], _language: str) -> tuple[float, ...]:
    """(1 if the passage at rank 1 is relevant, 1). An empty ranking is wrong."""
    return (float(bool(ranked) and ranked[0] in relevant), 1.0)


def average_precision(ranked: Sequence[str], relevant: Collection[str], cut: int = CUT) -> float:
    """AP at `cut`, 0 to 1: the sum over relevant ranks of the precision there, divided by min(number of relevant passages, cut).

    A passage that is ranked twice counts once, at its first rank (Ruder et al. 2021, XTREME-R; LAReQA's own paper has no cut). With one
    relevant passage it is the reciprocal rank (Mewsli-X). 0 where nothing is relevant.
    """
    wanted = set(relevant)
    possible = min(len(wanted), cut)
    total, hits = 0.0, 0
    for rank, passage in enumerate(ranked[:cut], start=1):
        if passage in wanted:
            wanted.remove(passage)
            hits += 1
            total += hits / rank
    return total / possible if possible else 0.0


def count_average_precision(ranked: Sequence[str], relevant: Collection[str], _language: str) -> tuple[float, ...]:
    """(average precision at 20, 1)."""
    return (average_precision(ranked, relevant), 1.0)


def count_mined(mined: str | None, gold: Collection[str], _language: str) -> tuple[float, ...]:
    """(1 if the mined partner is in the gold set, 1 if one was mined, partners in the gold set)."""
    return (float(mined is not None and mined in gold), float(mined is not None), float(len(set(gold))))


RETRIEVAL_ACCURACY = Metric("retrieval_accuracy", "accuracy", "Accuracy at rank 1", ("correct", "queries"), count_first, ratios.mean)
MAP_20 = Metric("map_20", "map@20", "mAP@20", ("average_precision", "queries"), count_average_precision, ratios.mean)
MINING_F1 = Metric("mining_f1", "f1", "F1 of mined pairs", ratios.MATCHED, count_mined, ratios.f1)
