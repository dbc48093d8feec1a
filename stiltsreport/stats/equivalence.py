"""Equivalence: two one-sided tests against a margin that was declared beforehand."""

from __future__ import annotations

import numpy as np

from stiltsreport.stats.significance import TESTS, Floats


def tost(differences: Floats, margin: float, test: str = "paired-t") -> Floats:
    """The p values that the mean difference lies outside (-margin, margin): the larger of two one-sided tests (Schuirmann 1987).

    p <= alpha is the same as: the 1 - 2 alpha t interval lies within the margin.

    Args:
        differences: (comparisons, seeds), NaN where a seed lacks one of the two arms.
        margin: in points, above 0.
        test: which paired test stands on each side.

    Returns:
        (comparisons,); NaN under two seeds and, for the t test, where all seeds differ by the same amount: without variance there is no t.

    Raises:
        ValueError: the margin is not above 0.
    """
    if not margin > 0:
        raise ValueError(f"a margin of {margin} points")
    above = TESTS[test](differences, "greater", -margin)
    below = TESTS[test](differences, "less", margin)
    return np.maximum(above, below)
