"""Every intermediate task against the baseline: tested by seed, corrected within its family, and called what the numbers allow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from stiltsreport.results.score import Score
from stiltsreport.stats.aggregate import Aggregates, Floats
from stiltsreport.stats.candidates import Candidate, Family, candidates
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.corrections import CORRECTIONS
from stiltsreport.stats.equivalence import tost
from stiltsreport.stats.intervals import t_interval
from stiltsreport.stats.significance import TESTS, constant, sign_flip, smallest_sign_flip
from stiltsreport.stats.unpaired import Unpaired, counts_of, unpaired
from stiltsreport.stats.verdicts import DRIVEN_BY_RETRIEVAL, EXTENDED, MINIMUM_SEEDS, verdict
from stiltsreport.study.study import Margin, Study

FAMILIES: tuple[Family, ...] = get_args(Family)
_DECLARED: tuple[Family, ...] = ("confirmatory", "methods")


def compare(study: Study, scores: Iterable[Score], minimum: int = MINIMUM_SEEDS) -> list[Comparison]:
    """Every comparison that has at least one seed in both arms (or is a constant in both), in the order of the study.

    Families, each of one model: the averages that carry a claim (the benchmark average of each intermediate task, without cells of the
    target's own training data) are confirmatory, under the study's correction; other averages, tasks and languages are three exploratory
    families under Benjamini and Hochberg's. Each method against plain of the same intermediate (`baseline` is that intermediate) has the
    same four families of its own, of which the averages' is called "methods". Variants and controls against the baseline are
    exploratory, in three families beside those of the plain arms.

    Where a margin is declared, the p values of equivalence stand in Holm's family beside those of the differences. Under Benjamini and
    Hochberg they are a family of their own: among many true equivalences the share of false claims would leave room for false
    differences. The size of a family is what the study plans: comparisons that are missing, or of fewer than 5 seeds, count as p = 1, so
    that a gap never makes another claim easier. `minimum`: that number of seeds, for analyses of sensitivity.

    Under Dunnett's test a declared family is adjusted by it, arm by arm of one quantity against one baseline (unpaired.py).
    """
    aggregates = Aggregates(study, scores)
    found: list[Comparison] = []
    for model in study.models:
        planned = list(candidates(aggregates, model.name))
        tested = _test(planned, study)
        for family in FAMILIES:
            rows = [place for place, one in enumerate(planned) if one.family == family]
            if rows:
                _correct(tested, rows, family, study, minimum)
        for place, one in enumerate(planned):
            found.extend(_comparisons(one, tested, place, study, minimum))
    return found


@dataclass
class _Tested:
    """Columns over the candidates of one model; NaN where there is no value."""

    differences: Floats
    seeds: Floats
    means: Floats
    low: Floats
    high: Floats
    p_values: Floats
    flips: Floats
    equivalence: Floats
    adjusted: Floats
    adjusted_equivalence: Floats
    still: NDArray[np.bool_]
    unpaired: Unpaired | None = None


def _test(planned: Sequence[Candidate], study: Study) -> _Tested:
    settings = study.statistics
    if not settings.paired:
        return _test_unpaired(planned, study)
    raw = np.array([one.differences for one in planned]).reshape(len(planned), len(study.seeds))
    # A constant in both arms is one observation, not one a seed: it is shown, and never tested.
    differences = np.where(np.array([one.constant for one in planned], dtype=bool)[:, None], np.nan, raw)
    low, high = t_interval(differences, 1 - settings.alpha)
    flips = sign_flip(differences)
    equivalence = np.full(len(planned), np.nan)
    for scope in ("average", "task", "language"):
        margin = margin_of(settings.margin, scope)
        rows = np.array([one.scope.partition(":")[0] == scope for one in planned], dtype=bool)
        if margin is not None and rows.any():
            equivalence[rows] = tost(differences[rows], margin, settings.test)
    p_values = flips.copy() if settings.test == "sign-flip" else TESTS[settings.test](differences, "two-sided", 0.0)
    empty = np.full(len(planned), np.nan)
    seeds = (~np.isnan(differences)).sum(axis=1)
    return _Tested(differences, seeds, _means(raw), low, high, p_values, flips, equivalence, empty, empty.copy(), constant(differences))


def _test_unpaired(planned: Sequence[Candidate], study: Study) -> _Tested:
    """By Welch's or Dunnett's test; `differences` hold the first arm's values, whose seeds are those of the comparison."""
    found = unpaired(planned, study.statistics)
    equivalence = np.full(len(planned), np.nan)
    for scope in ("average", "task", "language"):
        margin = margin_of(study.statistics.margin, scope)
        rows = np.array([one.scope.partition(":")[0] == scope for one in planned], dtype=bool)
        if margin is not None and rows.any():
            equivalence[rows] = found.gaps.outside(margin)[rows]
    empty = np.full(len(planned), np.nan)
    low, high = found.gaps.interval(1 - study.statistics.alpha)
    return _Tested(
        found.arms,
        found.seeds,
        found.means,
        low,
        high,
        found.gaps.p_values(),
        empty,
        equivalence,
        empty.copy(),
        empty.copy(),
        found.gaps.error == 0,
        found,
    )


def _means(differences: Floats) -> Floats:
    """The mean of each row, NaN where it is empty. Equal numbers have that number as their mean, which floating point might miss."""
    there = ~np.isnan(differences)
    with np.errstate(invalid="ignore"):
        means = np.where(there, differences, 0.0).sum(axis=1) / there.sum(axis=1)
    low, high = np.where(there, differences, np.inf).min(axis=1), np.where(there, differences, -np.inf).max(axis=1)
    return np.asarray(np.where(low == high, low, means), dtype=np.float64)


def _correct(tested: _Tested, rows: list[int], family: Family, study: Study, minimum: int) -> None:
    """Adjust the p values of one family, of difference and equivalence together."""
    settings = study.statistics
    method = settings.correction if family in _DECLARED or settings.correction == "none" else "benjamini-hochberg"
    scope = {"tasks": "task", "languages": "language"}.get(family.rpartition(" ")[2], "average")
    margins = margin_of(settings.margin, scope) is not None
    place = np.array(rows, dtype=np.int64)
    enough = tested.seeds[place] >= minimum
    p_values = np.where(enough, tested.p_values[place], np.nan)
    equivalence = np.where(enough, tested.equivalence[place], np.nan)
    correct = CORRECTIONS[method]
    if tested.unpaired is not None and settings.test == "dunnett" and family in _DECLARED and settings.correction != "none":
        tested.adjusted[place] = tested.unpaired.dunnett(rows, enough)
        tested.adjusted_equivalence[place] = np.minimum(1.0, equivalence * len(rows))  # Bonferroni: each arm is in one of the two
    elif margins and method == "holm":
        both = correct(np.concatenate((p_values, equivalence)), 0)
        tested.adjusted[place], tested.adjusted_equivalence[place] = both[: len(rows)], both[len(rows) :]
    else:
        tested.adjusted[place], tested.adjusted_equivalence[place] = correct(p_values, 0), correct(equivalence, 0)


def _comparisons(one: Candidate, tested: _Tested, place: int, study: Study, minimum: int) -> Iterable[Comparison]:
    settings = study.statistics
    difference = float(tested.means[place])
    if math.isnan(difference):
        return
    count = int(tested.seeds[place])
    adjusted, adjusted_equivalence = _number(tested.adjusted[place]), _number(tested.adjusted_equivalence[place])
    called: str = verdict(difference, adjusted, adjusted_equivalence, count, settings.alpha, minimum)
    if study.extended:
        called = "descriptive only"
    notes = list(_notes(one, tested, place, study))
    if one.without_retrieval is not None and difference * one.without_retrieval <= 0 and difference != 0:
        notes.insert(0, f"{DRIVEN_BY_RETRIEVAL}: without retrieval tasks the difference is {one.without_retrieval:+.2f}")
        if called.startswith(("better", "worse")):
            called = "undecided"  # an average claim counts only if it has the same sign without retrieval
    for name in one.names:
        yield Comparison(
            model=one.arm[0],
            variant=one.arm[1],
            intermediate=one.arm[2],
            baseline=one.baseline,
            target=name,
            scope=one.scope,
            difference=difference,
            low=_number(tested.low[place]),
            high=_number(tested.high[place]),
            p_value=_number(tested.p_values[place]),
            adjusted_p_value=adjusted,
            test=settings.test,
            interval="t",
            family=one.family if one.family in _DECLARED else "exploratory",
            seeds=tuple(seed for seed, value in zip(study.seeds, tested.differences[place], strict=True) if not math.isnan(value)),
            n=one.n,
            verdict=called,
            inputs=one.inputs(study.seeds, paired=settings.paired),
            sign_flip_p_value=_number(tested.flips[place]),
            smallest_sign_flip_p_value=smallest_sign_flip(count) if count > 1 and settings.paired else None,
            equivalence_p_value=_number(tested.equivalence[place]),
            adjusted_equivalence_p_value=adjusted_equivalence,
            margin=margin_of(settings.margin, one.scope.partition(":")[0]),
            own_data=one.own_data,
            note="; ".join(notes),
        )


def _notes(one: Candidate, tested: _Tested, place: int, study: Study) -> Iterable[str]:
    """What a reader has to know of a comparison beside its numbers."""
    count, settings = int(tested.seeds[place]), study.statistics
    if study.extended:
        yield EXTENDED
    if one.own_data:
        yield (
            "includes cells with the target's own training data"
            if one.scope == "average"
            else "the intermediate task contains the target's own data"
        )
    if one.constant:
        yield "nothing was trained in either arm: one constant against another"
    elif one.constant_baseline:
        yield "the baseline is not trained: a constant"
    if tested.still[place]:
        yield "the same difference in every seed: no variance to test against"
    planned = min(len(study.seeds_of(*arm)) for arm in (one.arm[1:], (one.baseline_variant, one.baseline)))
    if not one.constant and count < planned:
        yield f"{count} of {planned} seeds"
    elif not settings.paired and not one.constant_baseline and len({*counts_of(one)}) > 1:
        yield "{} seeds against {}".format(*counts_of(one))
    if settings.test == "sign-flip" and count >= MINIMUM_SEEDS and smallest_sign_flip(count) > settings.alpha:
        yield f"with {count} seeds the sign-flip test cannot reach {settings.alpha:g}"


def margin_of(margin: Margin, scope: str) -> float | None:
    """The declared margin of a scope (average, task, language)."""
    found: float | None = {"average": margin.average, "task": margin.task, "language": margin.language}[scope]
    return found


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
