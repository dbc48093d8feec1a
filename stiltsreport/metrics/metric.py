"""Metric: per-example counts, and the value of their sum; every score, interval and paired test comes from these two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """A metric as counts plus a function of their sum, in the manner of sacreBLEU.

    `key` names it in METRICS and in tasks, `name` in tables and scores.jsonl (QA's and tagging's "f1" are two metrics of one name).
    `count(predicted, gold, language)` gives one number for each of `counts`. What predicted and gold are depends on the task type:
    classification: label, label; multiple choice: index, index; tagging: tags, tags; question answering: text, tuple of gold texts
    (empty: no answer); retrieval: ids in rank order, ids of the relevant passages; mining: the mined partner or None, the partners in the
    gold set.
    `value` maps summed counts of shape (..., len(counts)) to percent of shape (...); 0/0 is 0.
    """

    key: str
    name: str
    title: str
    counts: tuple[str, ...]
    count: Callable[[Any, Any, str], tuple[float, ...]]
    value: Callable[[Floats], Floats]
