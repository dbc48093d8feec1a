"""The official metrics by key: per-example counts, and the value of their sum in percent."""

from __future__ import annotations

from stiltsreport.metrics.answers import ANSWER_F1, EXACT_MATCH, MLQA_EXACT_MATCH, MLQA_F1, SQUAD2_EXACT_MATCH, SQUAD2_F1
from stiltsreport.metrics.labels import ACCURACY, POSITIVE_F1
from stiltsreport.metrics.metric import Metric
from stiltsreport.metrics.ranking import MAP_20, MINING_F1, RETRIEVAL_ACCURACY
from stiltsreport.metrics.spans import SPAN_F1, SPAN_F1_0_0_12, SPAN_F1_1_2_2, TOKEN_ACCURACY

METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        ACCURACY,
        POSITIVE_F1,
        SPAN_F1,
        SPAN_F1_0_0_12,
        SPAN_F1_1_2_2,
        TOKEN_ACCURACY,
        EXACT_MATCH,
        ANSWER_F1,
        SQUAD2_EXACT_MATCH,
        SQUAD2_F1,
        MLQA_EXACT_MATCH,
        MLQA_F1,
        RETRIEVAL_ACCURACY,
        MAP_20,
        MINING_F1,
    )
}

__all__ = ["METRICS", "Metric"]
