"""What a comparison may be called."""

from __future__ import annotations

from typing import Literal

from stiltsreport.stats.comparison import Comparison

Verdict = Literal["better", "worse", "better but negligible", "worse but negligible", "equivalent", "undecided", "descriptive only"]
MINIMUM_SEEDS = 5  # below, a paired test has too little power and its assumptions cannot be seen: no marks
DRIVEN_BY_RETRIEVAL = "driven by retrieval"
EXTENDED = "extended: descriptive"  # seeds were added after results had been seen, outside any plan of looks (looks.py)
DEPENDS_ON_COLLAPSE = "depends on collapsed runs"  # in place of a verdict (collapse.py)


def verdict(
    difference: float,
    p_value: float | None,
    equivalence_p_value: float | None,
    seeds: int,
    alpha: float,
    minimum: int = MINIMUM_SEEDS,
) -> Verdict:
    """The verdict on adjusted p values; None stands for a test that could not be made, or was not declared.

    Better or worse: the difference is significant. Equivalent: it is significantly within the margin. Both: real, but negligible.

    >>> verdict(0.2, 0.01, 0.02, 5, 0.05), verdict(0.2, 0.3, None, 5, 0.05), verdict(9.0, 0.001, None, 4, 0.05)
    ('better but negligible', 'undecided', 'descriptive only')
    """
    if seeds < minimum:
        return "descriptive only"
    differs = p_value is not None and p_value <= alpha
    negligible = equivalence_p_value is not None and equivalence_p_value <= alpha
    if differs and negligible:
        return "better but negligible" if difference > 0 else "worse but negligible"
    if differs:
        return "better" if difference > 0 else "worse"
    return "equivalent" if negligible else "undecided"


def enough_seeds(comparison: Comparison) -> bool:
    """Whether both arms have the seeds to decide anything: of two samples `seeds` are those of the first."""
    return len(comparison.seeds) >= MINIMUM_SEEDS and comparison.verdict != "descriptive only"


def significant(comparison: Comparison) -> bool:
    """Whether a table may mark the difference (a dagger in the confirmatory family, grey in the exploratory one)."""
    return comparison.verdict in ("better", "worse", "better but negligible", "worse but negligible")
