"""Claims of a count: better on at least, or on fewer than, so many targets; or so many arms better, on each quantity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stiltsreport.stats.claims.facts import Facts, quantity
from stiltsreport.stats.claims.raw import Raw, two_sided
from stiltsreport.stats.claims.single import Single, compared
from stiltsreport.stats.compare import margin_of
from stiltsreport.stats.inputs import digest
from stiltsreport.stats.own_data import own_data
from stiltsreport.stats.partial_conjunction import count_lower_bound, partial_conjunction
from stiltsreport.study.claims import Claim, Count

NO_MARGIN = "no margin is declared, so that nothing can be called no better"
SMALL = "better, but by less than the margin: they count as better"


@dataclass(frozen=True)
class _Unit:
    """What is counted: whether an arm is better, and whether it is not by as much as the margin."""

    better: Single
    short: Single | None

    @property
    def is_better(self) -> float:
        return np.nan if self.better.above is None else self.better.above

    @property
    def is_no_better(self) -> float:
        found = None if self.short is None else self.short.below
        return np.nan if found is None else found


def answer_count(facts: Facts, claim: Claim, said: Count) -> list[Raw]:
    """A Raw for each model: Bonferroni's partial conjunction over the units (Benjamini and Heller 2008), which may depend on each other.

    At least k of m are better: over their one-sided p values. That fewer are: at least m - k + 1 are better by less than the margin. Both
    hold of gains that are real and small; then at least k are better. Targets whose own training data one of the arms contains are left
    out; what is missing counts as p = 1.
    """
    answer = _of_targets if said.over == "targets" else _of_arms
    return [answer(facts, claim, said, model) for model in claim.models]


def _of_targets(facts: Facts, claim: Claim, said: Count, model: str) -> Raw:
    (arm,) = said.arms
    trained = {arm.intermediate, said.than.intermediate} if arm.intermediate != said.than.intermediate else set()
    own = [name for name in claim.on if any(own_data(facts.study, one, name) for one in trained)]
    kept = [name for name in claim.on if name not in own]
    units = [_unit(facts, name, model, said, place=0, on=name) for name in kept]
    titles = {entry.task.name: entry.task.title for entry in facts.study.target}
    notes = [f"own training data: {', '.join(titles[name] for name in own)} left out"] if own else []
    wanted = said.at_least if said.at_least is not None else said.fewer
    assert wanted is not None
    reasons = [f"{wanted} of {len(kept)} targets without an arm's own training data"] if wanted > len(kept) else []
    raw = _counted(facts, units, wanted, model, fewer=said.fewer is not None)
    return replace(raw, notes=(*notes, *raw.notes), reasons=(*reasons, *raw.reasons))


def _of_arms(facts: Facts, claim: Claim, said: Count, model: str) -> Raw:
    """On each quantity so many: the largest p; that on one of them fewer are: Bonferroni's."""
    assert said.at_least is not None
    raws = []
    for on in claim.on:
        units = [_unit(facts, arm.label, model, said, place=place, on=on) for place, arm in enumerate(said.arms)]
        raws.append((on, _counted(facts, units, said.at_least, model, fewer=False)))
    if len(raws) == 1:
        return raws[0][1]
    holds = [raw.p_value / 2 if raw.claimed else 1.0 for _, raw in raws if raw.p_value is not None]
    fails = [raw.p_value / 2 if not raw.claimed else 1.0 for _, raw in raws if raw.p_value is not None]
    p_value, claimed = two_sided(max(holds) if len(holds) == len(raws) else None, min(1.0, len(raws) * min(fails)) if fails else None)
    parts = tuple(replace(part, name=f"{part.name} on {on}") for on, raw in raws for part in raw.parts)
    reasons = tuple(f"{on}: {reason}" for on, raw in raws for reason in raw.reasons)
    notes = tuple(dict.fromkeys(note for _, raw in raws for note in raw.notes))
    first = raws[0][1]
    return replace(
        first,
        n=min(raw.n for _, raw in raws),
        effect=None,
        low=None,
        high=None,
        p_value=p_value,
        claimed=claimed,
        parts=parts,
        reasons=reasons,
        notes=notes,
        inputs=digest(raw.inputs for _, raw in raws),
    )


def _unit(facts: Facts, name: str, model: str, said: Count, *, place: int, on: str) -> _Unit:
    arms = (said.arms[place], said.than)
    of = quantity(facts, on, arms)
    margin = margin_of(facts.study.statistics.margin, of.scope)
    short = None if margin is None else compared(facts, name, model, arms, of, shift=margin, wants=-1)
    return _Unit(compared(facts, name, model, arms, of), short)


def _counted(facts: Facts, units: Sequence[_Unit], wanted: int, model: str, *, fewer: bool) -> Raw:
    settings, size = facts.study.statistics, len(units)
    better = np.array([unit.is_better for unit in units], dtype=np.float64)
    others = np.array([unit.is_no_better for unit in units], dtype=np.float64)
    many = few = None
    if 0 < wanted <= size:
        many = partial_conjunction(better, wanted) if not np.isnan(better).all() else None
        few = partial_conjunction(others, size - wanted + 1) if not np.isnan(others).all() else None
    small = many is not None and many <= settings.alpha / 2 and few is not None and few <= settings.alpha / 2
    if small:
        few = 1.0
    p_value, claimed = two_sided(few, many) if fewer else two_sided(many, few)
    tested = [unit.better for unit in units if not unit.better.reasons]
    missing = [f"{unit.better.name}: {reason}" for unit in units for reason in unit.better.reasons]
    with_margin = any(unit.short is not None for unit in units)
    positive = sum((unit.better.effect.difference or 0.0) > 0 for unit in units)
    low, short = (count_lower_bound(values, settings.alpha / 2) for values in (better, others))
    notes = ((SMALL,) if small else ()) + (() if with_margin else (NO_MARGIN,))
    return Raw(
        model,
        f"partial conjunction ({settings.test})",
        "seed",
        min((one.effect.n for one in tested), default=0),
        effect=float(positive) if tested else None,
        low=float(low) if tested else None,
        high=float(max(low, size - short)) if tested and with_margin else None,
        p_value=p_value,
        claimed=claimed,
        shift=float(wanted),
        parts=tuple(unit.better.part(settings.alpha) for unit in units),
        reasons=() if tested else tuple(dict.fromkeys(missing)) or ("there is nothing to count",),
        notes=(*(missing if tested else ()), *notes),
        inputs=digest(unit.better.inputs for unit in units),
    )
