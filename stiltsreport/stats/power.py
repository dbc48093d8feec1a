"""Power over seeds: how often a test sees an effect that is there, and how many seeds it takes.

The conditional power given the sample SD is a normal probability; its mean over the chi distribution of that SD is exact for few seeds and
large effects, where noncentral t of libraries is not (Cohen 1988, section 2; for two one-sided tests Phillips 1990; for Welch's test
the degrees of freedom are taken from each pair of sample variances, as the test does). All effects, margins and SDs are in points.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from stiltsreport.plan.detectable import POWER, smallest_effect, upper_bound

__all__ = [
    "POWER",
    "equivalence_power",
    "power_of",
    "seeds_for",
    "seeds_for_equivalence",
    "smallest_effect",
    "smallest_welch",
    "upper_bound",
    "welch_power",
]

Floats = NDArray[np.float64]

FEWEST = 2  # seeds with an SD
MOST = 1000  # seeds that are looked at: more are no plan
_POINTS = 4000  # of the quadrature
_SQUARE = 160  # of each side of the quadrature over two SDs


def power_of(effect: float, seeds: int, sd: float, alpha: float) -> float:
    """The probability that a two-sided paired t test rejects when the true mean difference is `effect`.

    `sd`: of the difference by seed. 0 under two seeds.

    >>> round(power_of(1.0, 5, 1.0, 0.05), 4)  # R: power.t.test(n = 5, delta = 1, sd = 1, type = "paired", strict = TRUE)$power is 0.4014
    0.4014
    """
    if seeds < FEWEST:
        return 0.0
    if sd == 0:
        return 1.0 if effect else 0.0
    df = seeds - 1
    bounds = float(special.stdtrit(df, 1 - alpha / 2)) * _sample_sds(df)
    centre = effect / sd * math.sqrt(seeds)
    return float(np.mean(special.ndtr(centre - bounds) + special.ndtr(-centre - bounds)))


def seeds_for(effect: float, sd: float, alpha: float, power: float = POWER) -> int | None:
    """The fewest seeds at which a two-sided paired t test sees that effect with that power; None where even MOST seeds do not.

    >>> seeds_for(1.0, 1.0, 0.05)  # R: power.t.test(delta = 1, sd = 1, power = .8, type = "paired")$n is 9.94
    10
    """
    return _fewest(lambda seeds: power_of(abs(effect), seeds, sd, alpha), power) if effect else None


def equivalence_power(margin: float, seeds: int, sd: float, alpha: float, effect: float = 0.0) -> float:
    """The probability that two one-sided paired t tests place the difference within (-margin, margin) when it truly is `effect`.

    >>> round(equivalence_power(0.5, 5, 0.5, 0.05), 2)
    0.29
    """
    if seeds < FEWEST:
        return 0.0
    if sd == 0:
        return 1.0 if abs(effect) < margin else 0.0
    df = seeds - 1
    scale = math.sqrt(seeds) / sd
    room = margin * scale - float(special.stdtrit(df, 1 - alpha)) * _sample_sds(df)
    room = np.maximum(room, 0.0)
    centre = effect * scale
    return float(np.mean(special.ndtr(room - centre) - special.ndtr(-room - centre)))


def seeds_for_equivalence(margin: float, sd: float, alpha: float, power: float = POWER) -> int | None:
    """The fewest seeds at which two arms without any difference are shown to be equivalent with that power; None where MOST do not."""
    return _fewest(lambda seeds: equivalence_power(margin, seeds, sd, alpha), power)


def welch_power(effect: float, seeds: tuple[int, int], sds: tuple[float, float], alpha: float) -> float:
    """The probability that Welch's two-sided test rejects: two independent arms with their own seeds and SDs."""
    if min(seeds) < FEWEST:
        return 0.0
    if not any(sds):
        return 1.0 if effect else 0.0
    first, second = (sd**2 / count * _sample_sds(count - 1, _SQUARE) ** 2 for sd, count in zip(sds, seeds, strict=True))
    left, right = first[:, None], second[None, :]
    df = (left + right) ** 2 / (left**2 / (seeds[0] - 1) + right**2 / (seeds[1] - 1))
    spread = math.sqrt(sum(sd**2 / count for sd, count in zip(sds, seeds, strict=True)))
    bounds = special.stdtrit(df, 1 - alpha / 2) * np.sqrt(left + right) / spread
    centre = effect / spread
    return float(np.mean(special.ndtr(centre - bounds) + special.ndtr(-centre - bounds)))


def smallest_welch(seeds: tuple[int, int], sds: tuple[float, float], alpha: float, power: float = POWER) -> float | None:
    """The true difference at which Welch's two-sided test rejects with that power; None where an arm has under two seeds.

    >>> round(welch_power(smallest_welch((5, 15), (0.5, 0.5), 0.05), (5, 15), (0.5, 0.5), 0.05), 6)
    0.8
    """
    if min(seeds) < FEWEST:
        return None
    scale = math.sqrt(sum(sd**2 / count for sd, count in zip(sds, seeds, strict=True)))
    if scale == 0:
        return 0.0
    return float(optimize.brentq(lambda effect: welch_power(effect, seeds, sds, alpha) - power, 0.0, 1000 * scale))


@lru_cache(maxsize=128)  # the searches below come back to the same numbers of seeds
def _sample_sds(df: int, points: int = _POINTS) -> Floats:
    """Evenly likely values of a sample SD with so many degrees of freedom, the true one being 1: (points,)."""
    quantiles = (np.arange(points) + 0.5) / points
    return np.asarray(np.sqrt(2 * special.gammaincinv(df / 2, quantiles) / df))


def _fewest(power_at: Callable[[int], float], power: float) -> int | None:
    """The fewest seeds with that power, which only grows with them."""
    if power_at(MOST) < power:
        return None
    low, high = FEWEST - 1, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_at(middle) >= power else (middle, high)
    return high
