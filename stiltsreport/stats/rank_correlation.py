"""Spearman's rank correlation with its interval, honest about few points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from stiltsreport.stats.significance import Floats

FEWEST = 3  # points with more than one order
_FEWEST_FOR_INTERVAL = 4  # the standard error has n - 3 in it


@dataclass(frozen=True)
class RankCorrelation:
    """rho from -1 to 1 over `n` points, with the bounds of its interval; None where it is not defined, `reason` says why."""

    rho: float | None
    low: float | None
    high: float | None
    n: int
    reason: str = ""


def rank_correlation(first: Floats, second: Floats, level: float = 0.95) -> RankCorrelation:
    """Spearman's rho of two columns of points, NaN in either left out.

    The interval is Fisher's z with the standard error of Bonett and Wright (2000, Psychometrika 65): sqrt((1 + rho^2 / 2) / (n - 3)). It is
    approximate, takes the points as independent, and is not defined where all ranks agree.

    R: `cor(cars$speed[1:10], cars$dist[1:10], method = "spearman")` is 0.6595217:

    >>> speed, stopping = np.array([4, 4, 7, 7, 8, 9, 10, 10, 10, 11.0]), np.array([2, 10, 4, 22, 16, 10, 18, 26, 34, 17.0])
    >>> round(rank_correlation(speed, stopping).rho or 0, 7)
    0.6595217
    """
    there = ~(np.isnan(first) | np.isnan(second))
    x, y = np.asarray(first, dtype=np.float64)[there].round(9), np.asarray(second, dtype=np.float64)[there].round(9)
    n = int(there.sum())
    if n < FEWEST:
        return RankCorrelation(None, None, None, n, f"under {FEWEST} points")
    if len(set(x)) == 1 or len(set(y)) == 1:
        return RankCorrelation(None, None, None, n, "all points have one score")
    rho = float(np.clip(stats.spearmanr(x, y).statistic, -1, 1))
    if abs(rho) > 1 - 1e-12:
        return RankCorrelation(math.copysign(1.0, rho), None, None, n, "all ranks agree: no interval is defined")
    if n < _FEWEST_FOR_INTERVAL:
        return RankCorrelation(rho, None, None, n, f"under {_FEWEST_FOR_INTERVAL} points: no interval")
    half = float(stats.norm.ppf((1 + level) / 2)) * math.sqrt((1 + rho**2 / 2) / (n - 3))
    return RankCorrelation(rho, math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half), n)
