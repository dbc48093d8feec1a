"""What `plan` says of the claims of a study: which effects they can see, which they cannot decide, and what would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from stiltsreport.cli.layout import table
from stiltsreport.cli.opening import Opened
from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.estimate import Estimate
from stiltsreport.plan.figure import summed
from stiltsreport.stats.claim_power import LEAST, OPEN, ClaimPower, claim_powers


def powers(opened: Opened, cost: Estimate) -> tuple[ClaimPower, ...]:
    """What each claim can show with the SDs that the plan reckons with."""
    return claim_powers(opened.study, {found.scope: found.sd.value or 0.0 for found in cost.detectable})


def lines(opened: Opened, cost: Estimate, found: Sequence[ClaimPower], width: int | None) -> Iterator[str]:
    """A row a claim and model, for a reader whose terminal has so many columns."""
    if not found:
        return
    tests = found[0].tests
    family = "declared claims" if opened.study.claims else "averages"
    yield f"what the {family} can show, {tests} test{'s' if tests > 1 else ''} in Holm's family, by effects found four times in five:"
    rows = []
    for one in found:
        name = one.claim if not one.model or len(opened.study.models) == 1 else f"{one.claim}, {one.model}"
        seeds = str(one.seeds[0]) if len(set(one.seeds)) == 1 else f"{one.seeds[0]}/{one.seeds[1]}"
        effects = map(_points, (one.smallest, one.smallest_first, one.interest))
        rows.append([name, seeds, f"{one.sd:.2f}", *effects, verdict(one, cost, opened.study.fewest_seeds)])
    yield from table(["", "seeds", "SD", "alone", "as first", "of interest", "decided"], rows, width, left=(0, 6), indent="  ")
    yield "alone: at alpha; as first: at Holm's first, strictest step; of interest: what the claim or the margin names"
    for scope in dict.fromkeys(one.scope for one in found):
        source = next(row.sd for row in cost.detectable if row.scope == scope)
        yield f"SD of {scope}s: {source.basis}, {source.source}"


def verdict(one: ClaimPower, cost: Estimate, seeds: int) -> str:
    """Whether the design decides it; else what is lacking, and what the seeds that would do would cost. `cost` is that of `seeds`."""
    if one.decided:
        return "yes"
    power = "" if one.power is None else f" ({one.power:.0%} power)".replace("%", " %")
    if one.reason and one.needed is None:
        return one.reason if one.reason.startswith(OPEN) else f"no: {one.reason}"
    if one.needed is None:
        return f"no{power}: no number of seeds up to 1,000 would"
    return f"no{power}: {one.needed} seeds would, {one.needed / min(one.seeds):.1f} times{_bill(cost, one.needed / seeds)}"


def refusals(opened: Opened, found: Sequence[ClaimPower]) -> list[StiltsReportError]:
    """Equivalences that the study would not show in half of the cases though the arms do not differ at all: not worth the run."""
    where = str(opened.study.path)
    refused = []
    for one in found:
        if one.refused:
            what = f"the equivalence {one.claim!r} would be shown with a power of {one.power_last:.0%} at most, under {LEAST:.0%}"
            seeds = f"{one.needed} seeds, " if one.needed else ""
            hint = f"{seeds}a wider margin than {one.interest:g} points, or no such claim"
            refused.append(StiltsReportError(what.replace("%", " %"), where=where, hint=hint))
    return list({str(error): error for error in refused}.values())


def as_json(found: Sequence[ClaimPower]) -> list[dict[str, Any]]:
    """Plain values."""
    return [{**asdict(one), "seeds": list(one.seeds), "decided": one.decided, "refused": one.refused} for one in found]


def _bill(cost: Estimate, times: float) -> str:
    """What so many times the seeds cost in all, in proportion to this plan: tokens through the encoder, and hours where they are known."""
    tokens = cost.tokens[-1].shared.value if cost.tokens else None  # of all jobs, stored or not
    choosing = cost.choosing.value or 0.0
    trained = [model for model in cost.models if not model.asked]  # prompts take no seeds
    left, spent = [model.tokens.value for model in trained], summed(model.hours for model in trained).value
    parts = []
    if tokens:
        more = choosing + (tokens - choosing) * times
        parts.append(f"{_short(more)} tokens")
        remaining = sum(value or 0.0 for value in left) if all(value is not None for value in left) else 0.0
        if spent and remaining:
            hours = spent * more / remaining
            parts.append(f"{hours:,.0f} {cost.hours_of}" if hours >= 10 else f"{hours:.2g} {cost.hours_of}")  # noqa: PLR2004 - digits shown
    return f" ({', '.join(parts)})" if parts else ""


def _short(count: float) -> str:
    for unit, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count:.0f}"


def _points(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
