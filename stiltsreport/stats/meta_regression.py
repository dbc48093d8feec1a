"""Random-effects meta-regression: effects of few units (pretrained models) with known sampling variances, on facts of those units.

effect = X beta + u + e, u ~ N(0, tau^2) between units, e ~ N(0, v) with v known. tau^2 by REML (Fisher scoring; Viechtbauer 2005), by Paule
and Mandel (1982) where that does not converge. Tests and intervals after Knapp and Hartung (2003): the covariance of beta is scaled by the
weighted residual variance and referred to Student's t with units - coefficients degrees of freedom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]
Estimator = Literal["REML", "Paule-Mandel"]

_STEPS = 200
_CLOSE = 1e-12  # of the scale of the effects' variance: where a step of tau^2 is none
_FLOOR = 1e-9  # of that scale: the least that a unit's variance counts as, so that one without any has no infinite weight


@dataclass(frozen=True)
class MetaRegression:
    """A fit; everything in the units of the effects. `scale`: Knapp and Hartung's factor.

    Under 1 the units lie closer to the fit than their own sampling variances let expect.
    """

    coefficients: Floats
    covariance: Floats
    tau_squared: float
    df: int
    scale: float
    estimator: Estimator

    @property
    def errors(self) -> Floats:
        """Standard errors of the coefficients."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def estimate(self, row: Floats) -> tuple[float, float]:
        """A linear combination of the coefficients, and its standard error."""
        return float(row @ self.coefficients), math.sqrt(max(0.0, float(row @ self.covariance @ row)))

    def p_value(self, row: Floats) -> float:
        """Two-sided, against 0."""
        value, error = self.estimate(row)
        return float(2 * special.stdtr(self.df, -abs(value) / error))

    def interval(self, row: Floats, level: float = 0.95) -> tuple[float, float]:
        """Of the mean effect there."""
        value, error = self.estimate(row)
        half = float(special.stdtrit(self.df, (1 + level) / 2)) * error
        return value - half, value + half

    def prediction(self, row: Floats, level: float = 0.95) -> tuple[float, float]:
        """Of the true effect of a further unit there."""
        value, error = self.estimate(row)
        half = float(special.stdtrit(self.df, (1 + level) / 2)) * float(np.sqrt(error**2 + self.tau_squared))
        return value - half, value + half


def meta_regression(effects: Floats, variances: Floats, design: Floats) -> MetaRegression | None:
    """The fit; None where the design has not its full rank, no degree of freedom is left, or the effects fit without any error.

    Args:
        effects: (units,).
        variances: (units,), of the effects' sampling; 0 or more.
        design: (units, coefficients).
    """
    effects, variances, design = (np.asarray(one, dtype=np.float64) for one in (effects, variances, design))
    units, width = design.shape
    if units <= width or np.linalg.matrix_rank(design) < width or not np.isfinite([*effects, *variances]).all():
        return None
    rest = effects - design @ np.linalg.lstsq(design, effects, rcond=None)[0]
    spread = float(rest @ rest) / (units - width)
    largest = float(np.abs(effects).max())
    if spread <= (1e-12 * max(largest, 1e-300)) ** 2:
        return None
    known = np.maximum(variances, _FLOOR * spread)
    start = max(0.0, spread - float(known.mean()))
    found = _reml(effects, known, design, start, spread)
    estimator: Estimator = "REML"
    if found is None:
        found, estimator = _paule_mandel(effects, known, design, spread), "Paule-Mandel"
    weights = 1 / (known + found)
    bread = np.linalg.inv(design.T @ (weights[:, None] * design))
    beta = bread @ (design.T @ (weights * effects))
    scale = float(weights @ (effects - design @ beta) ** 2) / (units - width)
    return MetaRegression(beta, scale * bread, found, units - width, scale, estimator)


def _reml(effects: Floats, variances: Floats, design: Floats, start: float, spread: float) -> float | None:
    """tau^2 by Fisher scoring; None where it does not settle."""
    found = start
    for _ in range(_STEPS):
        projection = _projection(variances + found, design)
        pulled = projection @ effects
        information = float((projection**2).sum())
        step = (float(pulled @ pulled) - float(np.trace(projection))) / information
        following = max(0.0, found + step)
        if abs(following - found) <= _CLOSE * spread:
            return float(following)
        found = following
    return None


def _paule_mandel(effects: Floats, variances: Floats, design: Floats, spread: float) -> float:
    """The tau^2 at which the weighted residual sum of squares equals its degrees of freedom; 0 where even there it is smaller."""
    df = int(design.shape[0] - design.shape[1])

    def excess(found: float) -> float:
        return float(effects @ _projection(variances + found, design) @ effects) - df

    if excess(0.0) <= 0:
        return 0.0
    high = spread
    while excess(high) > 0:
        high *= 2
    return float(optimize.brentq(excess, 0.0, high, xtol=_CLOSE * spread))


def _projection(variances: Floats, design: Floats) -> Floats:
    weights = 1 / variances
    weighted = weights[:, None] * design
    return np.asarray(np.diag(weights) - weighted @ np.linalg.solve(design.T @ weighted, weighted.T))
