"""Claims on new test items: each tested once more over seeds and items together, corrected together again, and called."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.claims.calling import called
from stiltsreport.stats.claims.family import adjusted
from stiltsreport.stats.claims.raw import Raw
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.items.second import BOOTSTRAP
from stiltsreport.stats.items.welch_satterthwaite import Combined
from stiltsreport.study.study import Study

_SAME = 1e-6  # points: a claim and its row are of one difference


def on_new_items(study: Study, raws: Sequence[Raw], answers: Sequence[Answer], comparisons: Iterable[Comparison]) -> tuple[Answer, ...]:
    """The answers with `new_items`: whether the test over seeds and items gives the same verdict.

    `raws` are those behind the answers. A claim of two arms in one quantity has a row among the comparisons, and so a second test; its p
    values take the place of the first ones in the family of all claims, where the others keep theirs. None for what has no such row, or is
    undecided.
    """
    rows = {
        (row.model, (row.intermediate, row.variant, row.baseline, "plain", row.target, row.scope)): row
        for row in comparisons
        if row.interval == BOOTSTRAP and row.standard_error is not None
    }
    own = [rows.get((raw.model, raw.comparison)) if raw.comparison else None for raw in raws]
    second = [_second(raw, answer.kind, row) for raw, answer, row in zip(raws, answers, own, strict=True)]
    family = adjusted(study, [raw if one is None else one for raw, one in zip(raws, second, strict=True)])
    found = []
    for answer, one, ps in zip(answers, second, family, strict=True):
        stands = None
        if one is not None and answer.verdict != "undecided":
            stands = called(one, answer.kind, ps, study.statistics.alpha)[0] == answer.verdict
        found.append(replace(answer, new_items=stands))
    return tuple(found)


def _second(raw: Raw, kind: str, row: Comparison | None) -> Raw | None:
    """The claim's p values by the t over seeds and items."""
    if row is None or row.standard_error is None or row.degrees_of_freedom is None or raw.effect is None:
        return None
    if not math.isclose(raw.effect, row.difference, abs_tol=_SAME):
        return None
    one = Combined(row.difference, row.standard_error, row.degrees_of_freedom)
    p_value = (
        _beyond(one, raw.margin) if kind == "equivalent" and raw.margin else replace(one, difference=one.difference - raw.shift).p_value()
    )
    within = one.outside(raw.margin) if raw.margin and raw.equivalence_p_value is not None else None
    return replace(raw, p_value=p_value, equivalence_p_value=within)


def _beyond(one: Combined, margin: float) -> float:
    """Two-sided: that the difference does not lie beyond the margin, on whichever side it may."""
    return min(1.0, 2 * min(_above(replace(one, difference=sign * one.difference - margin)) for sign in (1, -1)))


def _above(one: Combined) -> float:
    """The one-sided p value that the difference is at most 0."""
    return one.p_value() / 2 if one.difference > 0 else 1 - one.p_value() / 2
