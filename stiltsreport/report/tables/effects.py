"""Cells of explored gains: the difference in grey with half of its interval beneath, a diamond where it is discovered."""

from __future__ import annotations

from stiltsreport.report.design_words import test_of_seeds
from stiltsreport.report.document import Cell, Mark, Number
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import between, plural, probability, shown
from stiltsreport.stats.exploration import Explored
from stiltsreport.stats.verdicts import MINIMUM_SEEDS

_DETAIL = 2


def explored_cell(evidence: Evidence, found: Explored, missing: str = "", *, marks: tuple[Mark, ...] = ()) -> Cell:
    """The cell of an effect; `missing` says why there is none, or what it lacks."""
    one = found.effect
    if one.difference is None:
        return Cell(details=(("missing", missing or "no seed has both"),))
    signs: tuple[Mark, ...] = ("discovered",) if found.discovered(evidence.study) else ()
    if one.n < len(evidence.study.seeds) and not evidence.study.arm_seeds:
        marks = (*marks, "partial")
    bounds = (one.low, one.high) if one.low is not None and one.high is not None else None
    half = Number((bounds[1] - bounds[0]) / 2, half_width=True, grey=True) if bounds else None
    number = Number(one.difference, signed=True, grey=True, marks=(*signs, *marks))
    return Cell(number, half, interval=bounds, details=explored_details(evidence, found, missing))


def explored_details(evidence: Evidence, found: Explored, missing: str = "") -> tuple[tuple[str, str], ...]:
    """Gain with interval, test, seeds; what is missing."""
    one = found.effect
    if one.difference is None:
        return (("missing", missing or "no seed has both"),)
    gain = shown(one.difference, _DETAIL, signed=True)
    if one.low is not None and one.high is not None:
        gain += f", {interval_name(evidence)} {between(one.low, one.high, _DETAIL)}"
    rows = [("gain", gain), ("test", in_words(evidence, found)), ("seeds", plural(one.n, "seed"))]
    return tuple(rows + ([("missing", missing)] if missing else []))


def in_words(evidence: Evidence, found: Explored) -> str:
    """The test of an effect with its p values, or why there is none."""
    one = found.effect
    if one.n < MINIMUM_SEEDS:
        return f"descriptive only: under {MINIMUM_SEEDS} seeds"
    if one.p_value is None:
        return "not tested: no variance over seeds"
    adjusted = f", adjusted {probability(found.adjusted)}" if found.adjusted is not None else ""
    return f"{evidence.study.statistics.test}, p {probability(one.p_value)}{adjusted} (exploratory)"


def exploratory(evidence: Evidence, family: str) -> str:
    """A caption's sentence on the test, and over what it is adjusted."""
    chosen = evidence.study.statistics
    if evidence.study.fewest_seeds < MINIMUM_SEEDS:
        return f"Descriptive only: under {MINIMUM_SEEDS} seeds nothing is tested."
    corrected = "not adjusted" if chosen.correction == "none" else f"adjusted after Benjamini-Hochberg over {family}"
    return f"Exploratory: {test_of_seeds(evidence.study)}, {corrected}."


def interval_name(evidence: Evidence) -> str:
    """What the bounds are: the level and the kind of interval."""
    return f"{100 * (1 - evidence.study.statistics.alpha):g} % t interval"
