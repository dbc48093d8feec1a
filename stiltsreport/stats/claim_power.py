"""What a study's declared claims can be expected to show, before anything runs: by the SD of pilot seeds, or an assumed one.

The effect of interest is counted from what a claim names: the size that it names, or else the study's margin of that scope. A claim is
decided by the design where Holm's first step (alpha over the number of tests) sees that effect with a power of 80 %; with fewer tests left
the later steps see more. Under planned looks all is said of the last one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from stiltsreport.plan.detectable import Scope
from stiltsreport.stats.aggregate import AVERAGES, GROUP_AVERAGES
from stiltsreport.stats.claims.family import planned_tests
from stiltsreport.stats.claims.size_design import lacking
from stiltsreport.stats.looks import at_look
from stiltsreport.stats.power import (
    MOST,
    POWER,
    equivalence_power,
    power_of,
    seeds_for,
    seeds_for_equivalence,
    smallest_effect,
    smallest_welch,
    welch_power,
)
from stiltsreport.stats.verdicts import MINIMUM_SEEDS
from stiltsreport.study.claims import BEST_PER_TARGET, ArmName, Claim, Count, Interaction, Paired, Ranking, Trend
from stiltsreport.study.study import BASELINE, PLAIN, Study

Kind = Literal["difference", "equivalence"]
OPEN = "the spread of a trend"  # begins the reason where the design lacks nothing that can be said before the results
LEAST = 0.5  # power of an equivalence under which it is not worth planning
_SCOPES: tuple[Scope, ...] = ("average", "task", "language")


@dataclass(frozen=True)
class ClaimPower:
    """What one claim on one model ("": each alike) can show; None: not known or not to be had.

    `sd`: of the difference by seed, in points. `smallest`: the effect that is seen with a power of 80 % at alpha, `smallest_first` at
    Holm's first step; of an equivalence both are None. `interest`: the effect of interest, or the margin. `power`: for it, at Holm's first
    step, and `power_last` at alpha, where all other tests have been rejected. `needed`: the fewest seeds that decide it at the first
    step; of two samples that many in both arms. `seeds`: of the two arms.
    """

    claim: str
    model: str
    kind: Kind
    scope: Scope
    seeds: tuple[int, int]
    sd: float
    tests: int
    smallest: float | None
    smallest_first: float | None
    interest: float | None
    power: float | None
    power_last: float | None
    needed: int | None
    reason: str = ""

    @property
    def decided(self) -> bool:
        """Whether the design decides it at its effect of interest."""
        return self.power is not None and self.power >= POWER and not self.reason

    @property
    def refused(self) -> bool:
        """Whether it is an equivalence that even the last of Holm's steps would show in fewer than half of such studies."""
        return self.kind == "equivalence" and self.power_last is not None and self.power_last < LEAST


def declared_tests(study: Study) -> int:
    """How many p values Holm's family has: of all claims of all models; without claims the averages of one model. TOST's included."""
    if study.claims:
        return planned_tests(study)
    plain = sum(entry.control is None for entry in study.intermediate)
    return plain * (1 if study.statistics.margin.average is None else 2)


def claim_powers(study: Study, sds: Mapping[Scope, float]) -> tuple[ClaimPower, ...]:
    """Every claim on every model it is of; of a study without claims its default family, each average against the baseline.

    `sds`: of the paired difference of two arms over seeds, by scope.
    """
    whole = at_look(study, len(study.looks.seeds)) if study.looks else study
    tests = declared_tests(whole)
    if not whole.claims:
        plain = [entry.name for entry in whole.intermediate if entry.control is None]
        first = ArmName(min(plain, key=lambda name: len(whole.seeds_of(PLAIN, name)))) if plain else None
        margin = whole.statistics.margin.average
        return (_power(whole, "each average", "", "average", first, ArmName(BASELINE), sds["average"], margin, tests),) if first else ()
    return tuple(one for claim in whole.claims for one in _of(whole, claim, sds, tests))


def scope_of(quantity: str) -> Scope:
    """The scope of a quantity that a claim is on.

    >>> scope_of("average"), scope_of("group:qa"), scope_of("xnli"), scope_of("xnli/sw")
    ('average', 'average', 'task', 'language')
    """
    if quantity in AVERAGES or quantity in GROUP_AVERAGES:
        return "average"
    return "language" if "/" in quantity else "task"


def _of(study: Study, claim: Claim, sds: Mapping[Scope, float], tests: int) -> Iterator[ClaimPower]:
    """One a model; a trend over models has none by seeds, and other trends no SD that is known beforehand."""
    statement = claim.statement
    scope = _weakest(claim, sds)
    sd, margin = sds[scope], _margin(study, claim)
    models = claim.models or tuple(model.name for model in study.models)
    for model in models:
        match statement:
            case Paired(kind="equivalent"):
                yield _equivalence(study, claim.name, model, scope, statement.arm, statement.than, sd, statement.by, tests)
            case Paired():
                size = margin if statement.kind == "at_least" or statement.by is None else statement.by
                yield _power(study, claim.name, model, scope, statement.arm, statement.than, sd, size, tests)
            case Ranking():
                rows = [_power(study, claim.name, model, scope, arm, than, sd, margin, tests) for arm, than in statement.pairs]
                yield min(rows, key=lambda row: -1.0 if row.power is None else row.power)
            case Count():
                # Bonferroni's partial conjunction: the k-th smallest of m one-sided p values stands against alpha / (m - k + 1).
                units = len(claim.on) or len(study.target)
                units = len(statement.arms) if statement.over == "arms" else units
                wanted = statement.at_least or (units - (statement.fewer or 1) + 1)
                arm = min(statement.arms, key=lambda one: _seeds(study, one, statement.than)[0])
                yield _power(study, claim.name, model, scope, arm, statement.than, sd, margin, tests * max(1, units - wanted + 1))
            case Interaction():
                # Two gains that are taken as independent by seed, which they are not quite: their difference varies no more than this.
                yield _power(study, claim.name, model, scope, statement.arm, statement.than, sd * math.sqrt(2), margin, tests)
            case Trend():
                if statement.axis != "parameters" or model == models[0]:
                    empty = _power(study, claim.name, model, scope, statement.arm, statement.than, sd, None, tests)
                    over = "models" if statement.axis == "parameters" else "seeds"
                    reason = "; ".join(lacking(study, claim)) or f"{OPEN} over {over} is not known beforehand"
                    name = "" if statement.axis == "parameters" else model
                    yield replace(empty, model=name, smallest=None, smallest_first=None, reason=reason)


def _power(
    study: Study, claim: str, model: str, scope: Scope, arm: ArmName, than: ArmName, sd: float, interest: float | None, tests: int
) -> ClaimPower:
    """Of a difference."""
    settings, seeds = study.statistics, _seeds(study, arm, than)
    first = settings.alpha / tests
    few = min(seeds) < MINIMUM_SEEDS
    reach = settings.test != "sign-flip" or 2.0 ** (1 - min(seeds)) <= first
    reason = f"under {MINIMUM_SEEDS} seeds nothing is tested" if few else ""
    if not few and not reach:
        reason = f"with {min(seeds)} seeds the sign-flip test cannot reach {first:.2g}"
    return ClaimPower(
        claim, model, "difference", scope, seeds, sd, tests,
        _smallest(study, seeds, sd, settings.alpha), _smallest(study, seeds, sd, first) if reach else None, interest,
        None if interest is None else _found(study, interest, seeds, sd, first) if reach else 0.0,
        None if interest is None else _found(study, interest, seeds, sd, settings.alpha),
        None if interest is None else _needed(study, interest, sd, first),
        reason or ("" if interest is not None else f"no margin of {scope}s is declared"),
    )  # fmt: skip


def _equivalence(
    study: Study, claim: str, model: str, scope: Scope, arm: ArmName, than: ArmName, sd: float, margin: float | None, tests: int
) -> ClaimPower:
    """Of two one-sided tests, where the arms do not differ at all. Two samples are taken as pairs of the smaller number of seeds."""
    settings, seeds = study.statistics, _seeds(study, arm, than)
    first, n = settings.alpha / tests, min(seeds)
    needed = None if margin is None else seeds_for_equivalence(margin, sd, first)
    return ClaimPower(
        claim, model, "equivalence", scope, seeds, sd, tests, None, None, margin,
        None if margin is None else equivalence_power(margin, n, sd, first),
        None if margin is None else equivalence_power(margin, n, sd, settings.alpha),
        None if needed is None else max(needed, MINIMUM_SEEDS),
        f"under {MINIMUM_SEEDS} seeds nothing is tested" if n < MINIMUM_SEEDS else "",
    )  # fmt: skip


def _smallest(study: Study, seeds: tuple[int, int], sd: float, alpha: float) -> float | None:
    if study.statistics.paired:
        return smallest_effect(min(seeds), sd, alpha)
    return smallest_welch(seeds, (sd / math.sqrt(2),) * 2, alpha)


def _found(study: Study, effect: float, seeds: tuple[int, int], sd: float, alpha: float) -> float:
    """The power; two samples are taken to share the variance of a difference evenly."""
    if study.statistics.paired:
        return power_of(effect, min(seeds), sd, alpha)
    return welch_power(effect, seeds, (sd / math.sqrt(2),) * 2, alpha)


def _needed(study: Study, effect: float, sd: float, alpha: float) -> int | None:
    """The fewest seeds, of both arms."""
    found = seeds_for(effect, sd, alpha)
    if found is None:
        return None
    if not study.statistics.paired:
        each = (sd / math.sqrt(2),) * 2
        found = next((count for count in range(2, MOST) if welch_power(effect, (count, count), each, alpha) >= POWER), found)
    if study.statistics.test == "sign-flip":
        found = max(found, math.ceil(1 - math.log2(alpha)))
    return max(found, MINIMUM_SEEDS)


def _seeds(study: Study, arm: ArmName, than: ArmName) -> tuple[int, int]:
    left, right = (
        study.fewest_seeds if one.intermediate == BEST_PER_TARGET else len(study.seeds_of(one.variant, one.intermediate))
        for one in (arm, than)
    )
    return left, right


def _weakest(claim: Claim, sds: Mapping[Scope, float]) -> Scope:
    """The scope of what the claim is on whose SD is the largest: each of several must hold."""
    counted = isinstance(claim.statement, Count) and claim.statement.over == "targets"
    grouped = isinstance(claim.statement, Interaction) and claim.statement.dimension == "targets"
    found: set[Scope] = {"task"} if counted or grouped else {scope_of(quantity) for quantity in claim.on}
    return max(found or {"average"}, key=lambda scope: (sds[scope], _SCOPES.index(scope)))


def _margin(study: Study, claim: Claim) -> float | None:
    """The study's margin of the scope that the claim is on, the smallest of several."""
    margins = study.statistics.margin
    of: dict[Scope, float | None] = {"average": margins.average, "task": margins.task, "language": margins.language}
    counted = isinstance(claim.statement, Count) and claim.statement.over == "targets"
    scopes: set[Scope] = {"task"} if counted else {scope_of(quantity) for quantity in claim.on} or {"average"}
    found = [of[scope] for scope in scopes]
    return None if None in found else min(one for one in found if one is not None)
