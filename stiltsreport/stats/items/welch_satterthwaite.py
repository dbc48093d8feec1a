"""Student's t on a variance that is a sum of parts, each known by degrees of freedom of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special


@dataclass(frozen=True)
class Combined:
    """A difference in points, its standard error and degrees of freedom (Satterthwaite 1946)."""

    difference: float
    error: float
    df: float

    def interval(self, level: float) -> tuple[float, float]:
        """The ends of the interval that covers the true difference in this share of studies."""
        half = float(special.stdtrit(self.df, (1 + level) / 2)) * self.error
        return self.difference - half, self.difference + half

    def p_value(self) -> float:
        """Two-sided, of no difference."""
        return 2 * float(special.stdtr(self.df, -abs(self.difference) / self.error))

    def outside(self, margin: float) -> float:
        """The p value that the difference lies outside (-margin, margin): the larger of two one-sided tests (Schuirmann 1987)."""
        below = float(special.stdtr(self.df, -(self.difference + margin) / self.error))
        above = float(special.stdtr(self.df, (self.difference - margin) / self.error))
        return max(below, above)


def combined(difference: float, parts: Sequence[tuple[float, float]]) -> Combined | None:
    """The t of a difference whose variance is the sum of independent parts (variance, degrees of freedom).

    df = V^2 / sum(v^2 / df): for two samples this is Welch's. None where nothing varies.

    R: `t.test(extra ~ group, data = sleep)` has df = 17.776 and p = 0.07939, from the variances 3.200556 and 4.009 over 10 each:

    >>> found = combined(-1.58, [(0.3200556, 9), (0.4009, 9)])
    >>> round(found.df, 3), round(found.p_value(), 5)
    (17.776, 0.07939)
    """
    total = sum(variance for variance, _ in parts)
    if total <= 0 or not math.isfinite(total):
        return None
    df = total**2 / sum(variance**2 / freedom for variance, freedom in parts)
    return Combined(difference, math.sqrt(total), df)
