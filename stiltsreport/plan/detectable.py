"""The smallest effect that a study can be expected to see: paired t over seeds at a power of 80 %."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from stiltsreport.plan.figure import Figure
from stiltsreport.plan.known import task_value
from stiltsreport.plan.plan import Plan
from stiltsreport.study.study import BASELINE, PLAIN

Scope = Literal["average", "task", "language"]
SCOPES: tuple[Scope, ...] = ("average", "task", "language")
POWER = 0.8
# Standard deviation over seeds, in points, of a paired difference: what fine-tuned encoders of XTREME's size show as a rule. An
# assumption until the store has two seeds of its own.
ASSUMED: Mapping[Scope, float] = {"average": 0.5, "task": 1.0, "language": 1.5}
_POINTS = 20_000  # of the quadrature
_UPPER = 0.8  # of the pilot's bound: an SD from few seeds is as often too small as too large


@dataclass(frozen=True)
class Detectable:
    """For one scope: the SD of the difference that is planned with, and the smallest true difference that is found with a power of 80 %."""

    scope: Scope
    seeds: int
    sd: Figure
    effect: Figure


def smallest_effect(seeds: int, sd: float, alpha: float, power: float = POWER) -> float | None:
    """The true mean difference at which a two-sided paired t test over `seeds` rejects with that power; None under two seeds.

    Solves P(|T| > t) = power for T noncentral t with seeds - 1 degrees of freedom (Cohen 1988, section 2), as the mean over the chi
    distribution of the sample SD, which unlike SciPy's noncentral t stays exact for few seeds and large effects.

    >>> round(smallest_effect(5, 1.0, 0.05), 3)  # R: power.t.test(n = 5, sd = 1, power = .8, type = "paired")$delta is 1.682
    1.682
    """
    return sd * _in_sds(seeds, alpha, power) if seeds > 1 else None


@cache
def _in_sds(seeds: int, alpha: float, power: float) -> float:
    """The same for an SD of 1, to which it is in proportion; a study asks for few of them, many times."""
    import numpy as np
    from scipy import optimize, special

    df = seeds - 1
    critical = float(special.stdtrit(df, 1 - alpha / 2))
    quantiles = (np.arange(_POINTS) + 0.5) / _POINTS
    bounds = critical * np.sqrt(2 * special.gammaincinv(df / 2, quantiles) / df)

    def lacking(effect: float) -> float:
        centre = effect * math.sqrt(seeds)
        return float(np.mean(special.ndtr(centre - bounds) + special.ndtr(-centre - bounds))) - power

    return float(optimize.brentq(lacking, 1e-6, 1000.0))


def upper_bound(sd: float, seeds: int) -> float:
    """The upper 80 % confidence bound of a normal SD from `seeds` values: sd * sqrt((n - 1) / the 20 % quantile of chi2)."""
    from scipy import special

    return sd * math.sqrt((seeds - 1) / (2 * float(special.gammaincinv((seeds - 1) / 2, 1 - _UPPER))))


def detectable(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> tuple[Detectable, ...]:
    """By scope, with the SDs of the study's own stored scores where at least two seeds are there (their upper bound), else assumed ones."""
    pilot = pilot_sds(plan, records)
    found = []
    seeds = plan.study.fewest_seeds
    for scope in SCOPES:
        if scope in pilot:
            sd, tried = pilot[scope]
            bound = Figure(upper_bound(sd, tried), "measured", f"upper 80 % bound of {sd:.2f} points over {tried} stored seeds")
        else:
            bound = Figure(ASSUMED[scope], "estimated", "assumed, no two seeds of both arms are stored")
        assert bound.value is not None
        effect = smallest_effect(seeds, bound.value, plan.study.statistics.alpha)
        found.append(
            Detectable(scope, seeds, bound, Figure(effect, "unknown" if effect is None else bound.basis, "one test at alpha, 80 % power"))
        )
    return tuple(found)


def pilot_sds(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> dict[Scope, tuple[float, int]]:
    """(SD, seeds) of paired differences by scope, from the stored scores: root mean square over the cells, fewest seeds of any."""
    values: dict[tuple[str, str, str], dict[int | None, dict[str, float]]] = {}
    for run in plan.runs:
        for job in run.evaluations if run.variant == PLAIN else ():
            if job.id in records and job.second_language is None:
                cell = values.setdefault((run.model.name, run.intermediate, run.target), {})
                cell.setdefault(run.seed, {})[job.language] = task_value(job.data.task, records[job.id]["values"])
    rows: dict[Scope, list[list[float]]] = {scope: [] for scope in SCOPES}
    by_arm: dict[tuple[str, str], dict[str, dict[int | None, float]]] = {}
    for (model, arm, target), method in values.items():
        baseline = values.get((model, BASELINE, target), {})
        if arm == BASELINE:
            continue
        differences = {
            seed: {code: value - base[code] for code, value in languages.items() if code in base}
            for seed, languages in method.items()
            if (base := baseline.get(seed, baseline.get(None)))
        }
        codes = set.intersection(*(set(each) for each in differences.values())) if differences else set()
        for code in sorted(codes):
            rows["language"].append([each[code] for each in differences.values()])
        if codes:
            means = {seed: sum(each[code] for code in codes) / len(codes) for seed, each in differences.items()}
            rows["task"].append(list(means.values()))
            by_arm.setdefault((model, arm), {})[target] = means
    for targets in by_arm.values():
        shared = set.intersection(*(set(each) for each in targets.values()))
        rows["average"].append([sum(each[seed] for each in targets.values()) / len(targets) for seed in shared])
    return {scope: found for scope, cells in rows.items() if (found := _pooled(cells)) is not None}


def _pooled(cells: Sequence[Sequence[float]]) -> tuple[float, int] | None:
    usable = [cell for cell in cells if len(cell) > 1]
    if not usable:
        return None
    variances = [sum((value - sum(cell) / len(cell)) ** 2 for value in cell) / (len(cell) - 1) for cell in usable]
    pooled = math.sqrt(sum(variances) / len(variances))
    return (pooled, min(map(len, usable))) if pooled > 0 else None
