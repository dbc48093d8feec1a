"""What a claim lacks: the effect that its design can see, and how many more seeds would decide it."""

from __future__ import annotations

from stiltsreport.stats.claims.raw import Raw
from stiltsreport.stats.power import seeds_for, seeds_for_equivalence, smallest_effect, upper_bound
from stiltsreport.study.study import Study

_FEWEST = 2  # seeds with an SD


def level(study: Study, tests: int) -> float:
    """The alpha of a claim while all others are undecided: Holm's first step."""
    return study.statistics.alpha / tests if study.statistics.correction == "holm" and tests > 1 else study.statistics.alpha


def smallest_detectable(study: Study, raw: Raw, tests: int) -> float | None:
    """The true effect, counted from what the claim names, that is seen with a power of 80 % at Holm's first step.

    The SD is the upper 80 % bound of that of the seeds: few seeds give too small a one as often as too large a one.
    """
    bound = _bound(raw)
    return None if bound is None else smallest_effect(raw.n, bound, level(study, tests))


def more_seeds(study: Study, raw: Raw, kind: str, tests: int) -> int | None:
    """How many more seeds would decide the claim at its declared smallest effect of interest; None where none is declared or none help.

    Never at the observed effect, which would make of every chance difference a promise.
    """
    bound = _bound(raw)
    if bound is None or not raw.interest:
        return None
    alpha = level(study, tests)
    needed = seeds_for_equivalence(raw.interest, bound, alpha) if kind == "equivalent" else seeds_for(raw.interest, bound, alpha)
    return needed - raw.n if needed is not None and needed > raw.n else None


def _bound(raw: Raw) -> float | None:
    return upper_bound(raw.sd, raw.n) if raw.sd and raw.n >= _FEWEST and raw.unit == "seed" else None
