"""Calling: the verdict on a claim from its adjusted p values, and what keeps it from one."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.stats.claims.answer import ClaimVerdict
from stiltsreport.stats.claims.raw import Raw

NEGLIGIBLE = "real, but less than the declared margin"
CHANCE = "the test cannot tell it from what the claim is set against"
CORRECTED = "not significant once all claims are corrected together"
RETRIEVAL_ALONE = "within the margin with retrieval tasks alone"
SIZE = "better, but one run would not give the size that is claimed; that is not beyond chance once all claims are corrected together"


@dataclass(frozen=True)
class Adjusted:
    """The p values of one claim after the correction over all claims; None: not computed."""

    p_value: float | None = None
    equivalence: float | None = None
    size: float | None = None


def called(raw: Raw, kind: str, adjusted: Adjusted, alpha: float) -> tuple[ClaimVerdict, tuple[str, ...], tuple[str, ...]]:
    """(verdict, reasons why it is undecided, notes).

    A difference on the claimed side supports, one on the other side contradicts; within the margin and no difference: equivalent. A claim
    of equivalence is supported within its margin and contradicted beyond it. One of a published size needs the difference and a replication
    whose interval covers that size; it is contradicted where the interval excludes it. An average that turns without retrieval decides
    nothing.
    """
    if raw.reasons:
        return "undecided", raw.reasons, ()
    differs, within = _low(adjusted.p_value, alpha), _low(adjusted.equivalence, alpha)
    excluded = raw.covered is False and _low(adjusted.size, alpha)
    if kind == "equivalent":
        verdict: ClaimVerdict = "supported" if within else "contradicted" if differs else "undecided"
    elif raw.covered is not None:
        verdict = _sized(raw, differs=differs, within=within, excluded=excluded)
    elif differs:
        verdict = "supported" if raw.claimed else "contradicted"
    else:
        verdict = "equivalent" if within else "undecided"
    of_margin = verdict == "equivalent" or (kind == "equivalent" and verdict == "supported")
    if of_margin and raw.driven_equivalence:
        return "undecided", (RETRIEVAL_ALONE,), ()
    if verdict in ("supported", "contradicted") and not of_margin and raw.driven:
        return "undecided", (raw.driven,), ()
    if verdict == "undecided":
        if differs and raw.claimed and raw.covered is False:
            return verdict, (SIZE,), ()
        tested = raw.equivalence_p_value if kind == "equivalent" else raw.p_value
        return verdict, (CORRECTED if _low(tested, alpha) else CHANCE,), ()
    return verdict, (), (NEGLIGIBLE,) if differs and within and kind != "equivalent" else ()


def _sized(raw: Raw, *, differs: bool, within: bool, excluded: bool) -> ClaimVerdict:
    if (differs and not raw.claimed) or excluded:
        return "contradicted"
    if differs:
        return "supported" if raw.covered else "undecided"
    return "equivalent" if within else "undecided"


def _low(p_value: float | None, alpha: float) -> bool:
    return p_value is not None and p_value <= alpha
