"""Claims of two arms: better, worse, at_least, no_better, no_worse, equivalent."""

from __future__ import annotations

import math
from dataclasses import replace

from stiltsreport.stats.claims.answer import Part
from stiltsreport.stats.claims.combined import all_of
from stiltsreport.stats.claims.facts import Facts, Quantity, quantity
from stiltsreport.stats.claims.raw import Raw
from stiltsreport.stats.claims.single import Single, compared
from stiltsreport.stats.compare import margin_of
from stiltsreport.stats.effect import Effect
from stiltsreport.stats.verdicts import DRIVEN_BY_RETRIEVAL
from stiltsreport.study.claims import BEST_PER_TARGET, Claim, Paired
from stiltsreport.study.study import BASELINE, PLAIN

_WITHOUT_OWN_DATA = "average-without-own-data"


def answer_paired(facts: Facts, claim: Claim, said: Paired) -> list[Raw]:
    """A Raw for each model of the claim."""
    answer = _equivalent if said.kind == "equivalent" else _against
    return [answer(facts, claim, said, model) for model in claim.models]


def _against(facts: Facts, claim: Claim, said: Paired, model: str) -> Raw:
    """The difference against what is named: 0, or `by` points."""
    by = said.by or 0.0
    shift, wants = {"better": (0.0, 1), "worse": (0.0, -1), "at_least": (by, 1), "no_better": (by, -1), "no_worse": (-by, 1)}[said.kind]
    plain = said.kind in ("better", "worse")
    of = [quantity(facts, name, (said.arm, said.than)) for name in claim.on]
    margins = [margin_of(facts.study.statistics.margin, one.scope) for one in of]
    singles = [
        compared(facts, one.name, model, (said.arm, said.than), one, shift=shift, wants=wants, margin=margin if plain else None)
        for one, margin in zip(of, margins, strict=True)
    ]
    declared = min((margin for margin in margins if margin is not None), default=None)
    interest = {"better": said.by or declared, "worse": said.by or declared, "at_least": declared}.get(said.kind, by or declared)
    settings = facts.study.statistics
    raw = all_of(singles, model, settings.test, settings.alpha, interest=interest, comparison=row_of(said, of))
    return _with_size(raw, singles, wants * said.by, settings.alpha) if plain and said.by else raw


def _with_size(raw: Raw, singles: list[Single], size: float, alpha: float) -> Raw:
    """With the interval that one more run would fall into, by the seeds' SD, and whether it covers the published size.

    mean +- t(n - 1) * SD * sqrt(1 + 1 / n): one run, since how many stand behind a published number is mostly not said; a mean of
    several would fall into a narrower one.
    """
    found = [_predicted(one.effect, size, alpha) for one in singles if not one.reasons]
    if len(found) < len(singles) or None in found:
        return replace(raw, covered=None)
    known = [one for one in found if one is not None]
    parts = raw.parts or ()
    notes = tuple(f"a replication would fall into {low:+.2f} to {high:+.2f}" for low, high, _ in known)
    parts = tuple(replace(part, note="; ".join(filter(None, (part.note, note)))) for part, note in zip(parts, notes, strict=False))
    return replace(
        raw,
        parts=parts,
        size_p_value=min(1.0, len(known) * min(p for _, _, p in known)),
        predicted=known[0][:2] if len(known) == 1 else None,
        covered=all(low <= size <= high for low, high, _ in known),
    )


def _predicted(one: Effect, size: float, alpha: float) -> tuple[float, float, float] | None:
    """(low, high) of one replication, and the two-sided p value of the published size as one."""
    from scipy import stats

    if one.difference is None or one.low is None or not one.sd:  # no interval: nothing varies
        return None
    spread = one.sd * math.sqrt(1 + 1 / one.n)
    half = float(stats.t.ppf(1 - alpha / 2, one.n - 1)) * spread
    p_value = 2 * float(stats.t.sf(abs(one.difference - size) / spread, one.n - 1))
    return one.difference - half, one.difference + half, p_value


def _equivalent(facts: Facts, claim: Claim, said: Paired, model: str) -> Raw:
    """Within the margin on both sides by two one-sided tests; beyond it by the opposite ones: then the interval lies outside."""
    within = said.by
    assert within is not None
    settings, arms = facts.study.statistics, (said.arm, said.than)
    of = [quantity(facts, name, arms) for name in claim.on]
    inside = [compared(facts, one.name, model, arms, one, margin=within) for one in of]
    raw = all_of(inside, model, f"two one-sided tests ({settings.test})", settings.alpha, interest=within, comparison=row_of(said, of))
    beyond = [
        p
        for one, shown in zip(of, inside, strict=True)
        if not shown.reasons
        for p in (
            compared(facts, one.name, model, arms, one, shift=within).above,
            compared(facts, one.name, model, arms, one, shift=-within).below,
        )
        if p is not None
    ]
    parts = tuple(_within(part, shown, settings.alpha) for part, shown in zip(raw.parts, inside, strict=False))
    p_value = min(1.0, 2 * len(inside) * min(beyond)) if beyond else None
    return replace(raw, p_value=p_value, claimed=False if beyond else None, parts=parts, driven=_beyond_by_retrieval(inside, within))


def _beyond_by_retrieval(singles: list[Single], within: float) -> str:
    """That an average lies beyond the margin, on that side, with its retrieval targets alone; "" where none does."""
    told = [
        f"{DRIVEN_BY_RETRIEVAL}: without retrieval tasks the difference is {one.spoken:+.2f}"
        for one in singles
        if one.spoken is not None and one.effect.difference is not None and abs(one.effect.difference) > within
        if math.copysign(one.spoken, one.effect.difference) != one.spoken or abs(one.spoken) <= within
    ]
    return told[0] if told else ""


def _within(part: Part, shown: Single, alpha: float) -> Part:
    p_value = shown.equivalence_p_value
    return replace(part, p_value=p_value, verdict="supported" if p_value is not None and p_value <= alpha else "undecided")


def row_of(said: Paired, of: list[Quantity]) -> tuple[str, str, str, str, str, str] | None:
    """The row of comparisons.jsonl that a claim is about: of one quantity, an arm against the baseline or against plain of its own."""
    arm, than = said.arm, said.than
    against = than.variant == PLAIN and than.intermediate in (BASELINE, arm.intermediate)
    if len(of) != 1 or not against or arm.intermediate == BEST_PER_TARGET:
        return None
    one = of[0]
    if one.pairs or (one.scope == "average" and one.left_out and one.name != "average"):
        return None
    target = _WITHOUT_OWN_DATA if one.name == "average" else one.members[0].task.name if one.scope != "average" else one.name
    scope = f"language:{one.language}" if one.language else one.scope
    return arm.intermediate, arm.variant, than.intermediate, than.variant, target, scope
