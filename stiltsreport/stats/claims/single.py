"""Single: one test inside a claim, arm against arm by seed, with what keeps it from being decided."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stiltsreport.stats.claims.answer import Part
from stiltsreport.stats.claims.facts import Facts, Quantity, Values, values
from stiltsreport.stats.effect import Effect, effect, equivalence
from stiltsreport.stats.inputs import digest
from stiltsreport.stats.significance import EQUAL
from stiltsreport.study.claims import ArmName

NO_VARIANCE = "the same difference in every seed: no variance to test against"
UNTRAINED = "nothing was trained in either arm: one constant against another"
CHANCE = 0.5  # the one-sided p of what lies exactly at the shift


@dataclass(frozen=True)
class Single:
    """An effect tested against `shift`; `above` and `below` are the one-sided p values that it is no more, and no less, than that.

    `equivalence_p_value`: that it lies outside (-margin, margin). `spoken` is the effect without retrieval targets; None where that says
    nothing of its own. `wants`: 1 where the claim is that the effect lies above the shift, -1 below.
    """

    name: str
    effect: Effect
    shift: float = 0.0
    wants: int = 1
    margin: float | None = None
    equivalence_p_value: float | None = None
    spoken: float | None = None
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    inputs: str = ""

    @property
    def above(self) -> float | None:
        """The one-sided p value that the effect is at most the shift."""
        return self._side(1)

    @property
    def below(self) -> float | None:
        """The one-sided p value that the effect is at least the shift."""
        return self._side(-1)

    @property
    def holds(self) -> float | None:
        """The one-sided p value that the claim does not hold; None where it could not be tested, or too few seeds are there."""
        return self._side(self.wants)

    @property
    def fails(self) -> float | None:
        """The one-sided p value that the claim does hold."""
        return self._side(-self.wants)

    def _side(self, way: int) -> float | None:
        p_value, difference = self.effect.p_value, self.effect.difference
        if p_value is None or difference is None or self.reasons:
            return None
        if abs(difference - self.shift) <= EQUAL:
            return CHANCE
        return p_value / 2 if (difference > self.shift) == (way > 0) else 1 - p_value / 2

    def part(self, alpha: float, note: str = "") -> Part:
        """The test as a part of an answer, called by itself at alpha, before any correction."""
        one = self.effect
        verdict = "undecided"
        if self.holds is not None and self.fails is not None:
            verdict = "supported" if 2 * self.holds <= alpha else "contradicted" if 2 * self.fails <= alpha else "undecided"
        notes = (*self.reasons, *self.notes, *((note,) if note else ()))
        return Part(self.name, one.difference, one.low, one.high, one.p_value, one.n, verdict, "; ".join(notes))


def single(
    facts: Facts, name: str, left: Values, right: Values, *, shift: float = 0.0, wants: int = 1, margin: float | None = None,
    spoken: tuple[Values, Values] | None = None,
) -> Single:  # fmt: skip
    """The test of one arm's values against another's."""
    settings = facts.study.statistics
    one = effect(left.values, right.values, settings, shift)
    reasons, notes = _gaps(facts, one, left, right)
    rest = None
    if spoken is not None and one.difference is not None:
        there = ~np.isnan(left.values - right.values)
        with_both = settings.paired and there.any()
        first, second = (side.values[there] if with_both else side.values for side in spoken)
        rest = effect(first, second, settings).difference
    return Single(
        name,
        one,
        shift,
        wants,
        margin,
        equivalence(left.values, right.values, margin, settings) if margin is not None and not reasons else None,
        rest,
        reasons,
        notes,
        digest([*_used(left), *_used(right)]),
    )


def compared(
    facts: Facts, name: str, model: str, arms: tuple[ArmName, ArmName], of: Quantity, *, shift: float = 0.0, wants: int = 1,
    margin: float | None = None,
) -> Single:  # fmt: skip
    """The test of two arms in a quantity."""
    left, right = (values(facts, model, arm, of) for arm in arms)
    rest = of.spoken
    both = None if rest is None else (values(facts, model, arms[0], rest), values(facts, model, arms[1], rest))
    found = single(facts, name, left, right, shift=shift, wants=wants, margin=margin, spoken=both)
    titles = {entry.task.name: entry.task.title for entry in facts.study.target}
    notes = found.notes
    if of.left_out:
        notes += (f"own training data: {', '.join(titles[target] for target in of.left_out)} left out",)
    if of.own_data:
        notes += ("an arm's intermediate task contains the target's own training data",)
    reasons = found.reasons if of.members else ("every target contains the intermediate task's own data",)
    return replace(found, notes=notes, reasons=reasons)


def _gaps(facts: Facts, one: Effect, left: Values, right: Values) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(reasons why it cannot be decided, notes on what is missing)."""
    missing = tuple(dict.fromkeys((*left.missing, *right.missing)))
    named = f": {', '.join(missing)}" if missing else ""
    chosen = tuple(dict.fromkeys((*left.notes, *right.notes)))
    if one.difference is None:
        return (f"results are missing{named}",), chosen
    if left.constant and right.constant:
        return (UNTRAINED,), chosen
    planned = facts.study.fewest_seeds
    notes = chosen + ((f"{one.n} of {planned} seeds{named}",) if missing and one.n < planned else ())
    if one.n < facts.minimum:
        return (f"descriptive only: {one.n} seed{'' if one.n == 1 else 's'}, and {facts.minimum} are the fewest",), notes
    if one.p_value is None:
        return (NO_VARIANCE,), notes
    return (), notes


def _used(side: Values) -> list[str]:
    """The digests of the jobs of seeds that have a value."""
    return [part for part, value in zip(side.parts, side.values, strict=True) if not np.isnan(value)]
