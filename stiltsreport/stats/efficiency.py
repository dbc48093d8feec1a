"""What a score costs: PER of a set of models, the Pareto front of score against cost, and the cheapest that reaches a score.

PER (Cao et al. 2026, 2603.21389) is the fourth root of accuracy, throughput, memory and latency, each brought to 0..1 over the
compared set. It is relative to that set: another model in it changes every value, and whoever is worst on one axis has 0. So it orders
nothing by itself, and no claim rests on it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stiltsreport.stats.significance import Floats

AXES = ("accuracy", "throughput", "memory", "latency")
_LESS_IS_BETTER = ("memory", "latency")


def performance_efficiency_ratio(accuracy: Floats, throughput: Floats, memory: Floats, latency: Floats) -> Floats:
    """PER of each model of a compared set, 0 to 1.

    Args:
        accuracy: (models,), in any unit that is one for all, NaN where it was not measured; so are the others.
        throughput: examples or tokens a second.
        memory: the peak.
        latency: the time of one example or token.

    Returns:
        (models,), NaN for a model that lacks a measure: it is no part of the compared set. NaN for all under two models, and where all
        are alike on an axis, which then has no scale.
    """
    measures = np.array([accuracy, throughput, memory, latency], dtype=np.float64)
    found = np.full(measures.shape[1], np.nan)
    whole = ~np.isnan(measures).any(axis=0)
    compared = measures[:, whole]
    if compared.shape[1] < 2:  # noqa: PLR2004 - a set of one has no scale
        return found
    low, high = compared.min(axis=1, keepdims=True), compared.max(axis=1, keepdims=True)
    if (high <= low).any():
        return found
    scaled = (compared - low) / (high - low)
    for place, axis in enumerate(AXES):
        if axis in _LESS_IS_BETTER:
            scaled[place] = 1 - scaled[place]
    found[whole] = scaled.prod(axis=0) ** 0.25
    return found


def pareto_front(cost: Floats, score: Floats) -> NDArray[np.bool_]:
    """Which points no other beats: none has as high a score at less cost, or a higher one at the same. NaN in either is on no front.

    >>> pareto_front(np.array([1.0, 2.0, 3.0, 2.0]), np.array([60.0, 70.0, 65.0, 70.0])).tolist()
    [True, True, False, True]
    """
    cost, score = np.asarray(cost, dtype=np.float64), np.asarray(score, dtype=np.float64)
    known = ~(np.isnan(cost) | np.isnan(score))
    no_dearer = cost[None, :] <= cost[:, None]
    no_worse = score[None, :] >= score[:, None]
    ahead = (cost[None, :] < cost[:, None]) | (score[None, :] > score[:, None])
    return np.asarray(known & ~(no_dearer & no_worse & ahead).any(axis=1), dtype=np.bool_)


def cheapest(cost: Floats, score: Floats, wanted: float) -> int | None:
    """The place of the least cost whose score is at least `wanted`, the higher score of two alike; None where none reaches it."""
    cost, score = np.asarray(cost, dtype=np.float64), np.asarray(score, dtype=np.float64)
    reach = [place for place in range(len(cost)) if not np.isnan(cost[place]) and score[place] >= wanted]
    return min(reach, key=lambda place: (cost[place], -score[place])) if reach else None
