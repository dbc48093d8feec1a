"""Effect: one arm against another in one quantity, from the values of both by seed, by the test of the study."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stiltsreport.stats.equivalence import tost
from stiltsreport.stats.intervals import t_interval
from stiltsreport.stats.significance import TESTS, Floats
from stiltsreport.stats.two_samples import Gaps, moments, pooled, welch
from stiltsreport.study.study import StatisticsSettings


@dataclass(frozen=True)
class Effect:
    """The difference of two arms in points, with interval and two-sided p; None where it is not defined.

    `n` counts the seeds that it rests on, `sd` is that of the differences by seed. Of two samples (Welch, Dunnett) `n` is the smaller
    number of seeds, and `sd` what gives the difference's standard error with so many.
    """

    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    sd: float | None
    n: int


def effect(arm: Floats, than: Floats, settings: StatisticsSettings, shift: float = 0.0) -> Effect:
    """The effect of an arm over another, tested against a difference of `shift` points.

    `arm` and `than` are (seeds,): the values of both by the same seeds, in points, NaN where there is none. `settings` name the test, and
    alpha of the interval. Of two arms alone, Dunnett's test is Student's with a common variance.
    """
    if not settings.paired:
        return _of_two_samples(arm, than, settings, shift)
    differences = np.asarray(arm, dtype=np.float64) - np.asarray(than, dtype=np.float64)
    there = differences[~np.isnan(differences)]
    if not len(there):
        return Effect(None, None, None, None, None, 0)
    rows = differences[None, :]
    low, high = t_interval(rows, 1 - settings.alpha)
    p_value = TESTS[settings.test](rows, "two-sided", shift)
    sd = float(there.std(ddof=1)) if len(there) > 1 else None
    return Effect(float(there.mean()), _number(low[0]), _number(high[0]), _number(p_value[0]), sd, len(there))


def equivalence(arm: Floats, than: Floats, margin: float, settings: StatisticsSettings) -> float | None:
    """The p value that the true difference lies outside (-margin, margin), by two one-sided tests; None where it is not defined."""
    if not settings.paired:
        return _number(_gaps(arm, than, settings).outside(margin)[0])
    differences = np.asarray(arm, dtype=np.float64) - np.asarray(than, dtype=np.float64)
    return _number(tost(differences[None, :], margin, settings.test)[0])


def _of_two_samples(arm: Floats, than: Floats, settings: StatisticsSettings, shift: float) -> Effect:
    gaps = _gaps(arm, than, settings)
    counts = [int(moments(np.asarray(side)[None, :])[0][0]) for side in (arm, than)]
    if not all(counts):
        return Effect(None, None, None, None, None, 0)
    low, high = gaps.interval(1 - settings.alpha)
    n = min(counts)
    error = _number(gaps.error[0])
    sd = None if error is None else error * math.sqrt(n)
    return Effect(float(gaps.difference[0]), _number(low[0]), _number(high[0]), _number(gaps.p_values("two-sided", shift)[0]), sd, n)


def _gaps(arm: Floats, than: Floats, settings: StatisticsSettings) -> Gaps:
    rows = np.asarray(arm, dtype=np.float64)[None, :]
    other = np.asarray(than, dtype=np.float64)
    return pooled(rows, other) if settings.test == "dunnett" else welch(rows, other[None, :])


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
