"""Two arms as two samples of seeds, of unlike numbers: Welch's test, and Dunnett's of many arms against one baseline.

Every function takes values of shape (comparisons, seeds), in points, NaN where an arm lacks a seed. A row needs two seeds in each arm. An
arm without variance counts as a constant: the other is then tested against it by itself. Where neither varies there is no t: p is 1 for
equal means and NaN else, as in significance.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from stiltsreport.stats.significance import EQUAL, Alternative, Floats

_NODES = 96  # of each quadrature of Dunnett's integral
_SPAN = 8.0  # standard deviations that the integral over the shared baseline runs to


@dataclass(frozen=True)
class Gaps:
    """The difference of two means with its standard error and degrees of freedom: (comparisons,) each, NaN where it is not defined."""

    difference: Floats
    error: Floats
    df: Floats

    def p_values(self, alternative: Alternative = "two-sided", shift: float = 0.0) -> Floats:
        """Student's t of the difference against `shift`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (self.difference - shift) / self.error
            tails = {
                "greater": special.stdtr(self.df, -t),
                "less": special.stdtr(self.df, t),
                "two-sided": 2 * special.stdtr(self.df, -np.abs(t)),
            }[alternative]
        still = self.error == 0
        return np.asarray(np.where(still, np.where(np.abs(self.difference - shift) <= EQUAL, 1.0, np.nan), tails), dtype=np.float64)

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Lower and upper bounds of the difference; NaN where nothing varies."""
        with np.errstate(invalid="ignore"):
            half = special.stdtrit(self.df, (1 + level) / 2) * np.where(self.error == 0, np.nan, self.error)
        return self.difference - half, self.difference + half

    def outside(self, margin: float) -> Floats:
        """The p values that the difference lies outside (-margin, margin): the larger of two one-sided tests."""
        return np.maximum(self.p_values("greater", -margin), self.p_values("less", margin))


def moments(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Number, mean and variance (n - 1) of each row without its NaN; values that are equal to 1e-9 points have the variance 0."""
    values = np.asarray(values, dtype=np.float64)
    there = ~np.isnan(values)
    count = there.sum(axis=1).astype(np.float64)
    low, high = np.where(there, values, np.inf).min(axis=1, initial=np.inf), np.where(there, values, -np.inf).max(axis=1, initial=-np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(there, values, 0.0).sum(axis=1) / count
        variance = np.where(there, (values - mean[:, None]) ** 2, 0.0).sum(axis=1) / np.where(count > 1, count - 1, np.nan)
        still = (count > 1) & (high - low <= EQUAL)
    return count, np.where(still, low, mean), np.where(still, 0.0, variance)


def welch(arm: Floats, than: Floats) -> Gaps:
    """The gaps by Welch's test, whose degrees of freedom are Satterthwaite's (Welch 1947).

    R: `t.test(extra ~ group, data = sleep)`: t = -1.8608, df = 17.776, p = 0.07939, interval -3.3654832 to 0.2054832:

    >>> first = np.array([[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]])
    >>> second = np.array([[1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]])
    >>> found = welch(first, second)
    >>> round(float(found.df[0]), 3), round(float(found.p_values()[0]), 5), [round(float(end[0]), 7) for end in found.interval()]
    (17.776, 0.07939, [-3.3654832, 0.2054832])
    """
    (counts, means, variances), (others, baselines, spreads) = moments(arm), moments(than)
    with np.errstate(divide="ignore", invalid="ignore"):
        left, right = variances / counts, spreads / others
        df = (left + right) ** 2 / (left**2 / (counts - 1) + right**2 / (others - 1))
    return Gaps(means - baselines, np.sqrt(left + right), df)


def pooled(arms: Floats, than: Floats) -> Gaps:
    """The gaps of several arms to one baseline, (seeds,), with the variance that they all share (Dunnett 1955).

    A baseline that is a constant has no variance to share.
    """
    (counts, means, variances), (others, baselines, spreads) = moments(arms), moments(than[None, :])
    usable = counts > 1
    fixed = spreads[0] == 0
    groups = [*zip(variances[usable], counts[usable], strict=True), *([] if fixed else [(spreads[0], others[0])])]
    df = float(sum(count - 1 for _, count in groups))
    shared = float(sum(variance * (count - 1) for variance, count in groups)) / df if df else np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(shared * (1 / counts + (0.0 if fixed else 1 / others[0])))
    return Gaps(means - baselines[0], np.where(usable, error, np.nan), np.where(usable, df, np.nan))


def dunnett(gaps: Gaps, seeds: Sequence[int], baseline_seeds: float, planned: int = 0) -> Floats:
    """Dunnett's two-sided p values: already over the family of all arms, so that no correction follows (Dunnett 1955).

    The statistics share the baseline and the variance, so that they are independent given both: the probability is an integral over the
    baseline's mean and the sample SD, done by Gauss's rules.

    Args:
        gaps: of each arm by `pooled`.
        seeds: of each arm.
        baseline_seeds: of the baseline; infinite for a constant, which no arms share any noise of.
        planned: the number of arms that the family was to have, where that is more than are given; those count as little correlated.

    Returns:
        (arms,), NaN where an arm has no t.

    Dunnett's own example, blood counts under two drugs against a control (1955, table 1; R's multcomp, glht of mcp(g = "Dunnett"), has
    0.620103 and 0.005821):

    >>> control = np.array([7.40, 8.50, 7.20, 8.24, 9.84, 8.32])
    >>> drugs = np.array([[9.76, 8.80, 7.68, 9.36, np.nan], [12.80, 9.68, 12.16, 9.20, 10.55]])
    >>> [round(float(p), 4) for p in dunnett(pooled(drugs, control), (4, 5), 6)]
    [0.6201, 0.0058]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = np.abs(gaps.difference / gaps.error)
    found = np.full(len(statistics), np.nan)
    there = [place for place, value in enumerate(statistics) if np.isfinite(value)]
    if not there:
        return found
    shares = [np.sqrt(seeds[place] / (seeds[place] + baseline_seeds)) for place in there]
    shares += [min(shares)] * (planned - len(there))
    for place in there:
        found[place] = _any_above(float(statistics[place]), np.array(shares), float(gaps.df[place]))
    return found


def _any_above(bound: float, shares: Floats, df: float) -> float:
    """The probability that any of the |t| is at least `bound` when no arm differs; two correlate by the product of their shares."""
    places, weights = np.polynomial.legendre.leggauss(_NODES)
    z, by_z = places * _SPAN, weights * _SPAN * np.exp(-((places * _SPAN) ** 2) / 2) / np.sqrt(2 * np.pi)
    # Quantiles of the sample SD, dense at both ends, where it runs off.
    quantiles, by_s = (1 + np.sin(places * np.pi / 2)) / 2, weights * np.cos(places * np.pi / 2) * np.pi / 4
    sds = np.sqrt(2 * special.gammaincinv(df / 2, quantiles) / df)
    rest = np.sqrt(1 - shares**2)
    centre = shares[:, None, None] * z[None, :, None]
    limit = bound * sds[None, None, :]
    within = special.ndtr((limit - centre) / rest[:, None, None]) - special.ndtr((-limit - centre) / rest[:, None, None])
    return float(np.clip(1 - np.einsum("zs,z,s->", within.prod(axis=0), by_z, by_s), 0.0, 1.0))
