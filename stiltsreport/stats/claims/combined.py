"""Several tests as one: a claim on several quantities, or a ranking, holds where every part of it does."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.stats.claims.raw import Raw, two_sided
from stiltsreport.stats.claims.single import Single
from stiltsreport.stats.inputs import digest
from stiltsreport.stats.verdicts import DRIVEN_BY_RETRIEVAL


def all_of(
    singles: Sequence[Single], model: str, test: str, alpha: float, *, interest: float | None = None, reasons: Sequence[str] = (),
    comparison: tuple[str, str, str, str, str, str] | None = None,
) -> Raw:  # fmt: skip
    """The claim that each of the tests' claims holds: an intersection-union test.

    That all hold is shown where the largest of their one-sided p values is small, with no further correction (Berger 1982). That not all
    do is shown where one of the opposite ones is small: their number times the smallest (Bonferroni). Equivalence of all by the largest p.
    One test alone is itself.
    """
    held = [one.holds for one in singles]
    failed = [one.fails for one in singles if one.fails is not None]
    holds = None if not held or None in held else max(p for p in held if p is not None)
    p_value, claimed = two_sided(holds, min(1.0, len(singles) * min(failed)) if failed else None)
    within = [one.equivalence_p_value for one in singles]
    alone = singles[0] if len(singles) == 1 else None
    n = min((one.effect.n for one in singles), default=0)
    return Raw(
        model,
        test,
        "seed",
        n,
        alone.effect.difference if alone else None,
        alone.effect.low if alone else None,
        alone.effect.high if alone else None,
        p_value,
        claimed,
        alone.shift if alone else 0.0,
        None if not within or None in within else max(p for p in within if p is not None),
        _margin(singles),
        sd=max((one.effect.sd for one in singles if one.effect.sd is not None and one.effect.low is not None), default=None),
        interest=interest,
        parts=tuple(one.part(alpha) for one in singles) if alone is None else (),
        reasons=(*reasons, *_told(singles, "reasons", alone=alone is not None)),
        notes=_told(singles, "notes", alone=alone is not None) if alone else (),
        driven=driven_by_retrieval(singles),
        driven_equivalence=any(one.spoken is not None and one.margin is not None and abs(one.spoken) >= one.margin for one in singles),
        comparison=comparison,
        inputs=digest(one.inputs for one in singles),
    )


def driven_by_retrieval(singles: Sequence[Single]) -> str:
    """That an average lies on the other side of its shift without retrieval; "" where none does."""
    told = [
        f"{DRIVEN_BY_RETRIEVAL}: without retrieval tasks the difference is {one.spoken:+.2f}"
        for one in singles
        if one.spoken is not None
        and one.effect.difference is not None
        and (one.effect.difference - one.shift) * (one.spoken - one.shift) <= 0
        and one.effect.difference != one.shift
    ]
    return told[0] if told else ""


def _margin(singles: Sequence[Single]) -> float | None:
    """The margin of equivalence, where every part has one: the largest, which parts show by themselves."""
    margins = [one.margin for one in singles]
    return max(margin for margin in margins if margin is not None) if margins and None not in margins else None


def _told(singles: Sequence[Single], kind: str, *, alone: bool) -> tuple[str, ...]:
    """Reasons or notes, with the part's name where there are several."""
    return tuple(dict.fromkeys(text if alone else f"{one.name}: {text}" for one in singles for text in getattr(one, kind)))
