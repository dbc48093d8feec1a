"""The cells of a study: every planned evaluation, and where its score is missing, why."""

from __future__ import annotations

from collections.abc import Iterator

from stiltsreport.plan.jobs import Evaluate
from stiltsreport.plan.stilts import Plan
from stiltsreport.plan.units import missing_units
from stiltsreport.results.setup import Cell, State
from stiltsreport.store import Store
from stiltsreport.study.study import BASELINE, PLAIN, Study, TargetEntry

NOT_YET = "not run yet"
_LONGEST = 300  # characters of a reason


def cells(plan: Plan, store: Store) -> tuple[Cell, ...]:
    """Every cell of the study in its order, whether the plan could make a job of it or not."""
    runs = {(run.model.name, run.variant, run.intermediate, run.target, run.seed): run for run in plan.runs}
    left_out = {run.name for run in plan.left_out}
    gaps = {(gap.model, gap.variant, gap.intermediate, gap.target, gap.seed, gap.language): gap.reason for gap in plan.gaps}
    failures = failed(plan, store)
    found = []
    for model, arm, entry, seed, language in planned(plan.study):
        key = (model, PLAIN, arm, entry.task.name, seed)
        run = runs.get(key)
        job = next((job for job in run.evaluations if job.language == language), None) if run else None
        if job is not None:
            state, reason = _state(job, store, failures)
        elif f"{model}/{arm}/{entry.task.name}/{'-' if seed is None else seed}" in left_out:
            state, reason = "left out", "left out by --only"
        else:
            state, reason = "no data", gaps.get((*key, language), "there are no data for it")
        found.append(Cell(model, PLAIN, arm, entry.task.name, seed, language, state, reason))
    return tuple(found)


def planned(study: Study) -> Iterator[tuple[str, str, TargetEntry, int | None, str]]:
    """(model, intermediate, target, seed, language) of every evaluation that the study asks for; seed None where nothing is trained."""
    for model in study.models:
        for arm in (BASELINE, *(task.name for task in study.intermediate)):
            for entry in study.target:
                untrained = arm == BASELINE and not entry.train
                for seed in (None,) if untrained else study.seeds:
                    for language in entry.languages:
                        yield model.name, arm, entry, seed, language


def failed(plan: Plan, store: Store) -> dict[str, str]:
    """Why, by the id of each evaluation whose last attempt failed, or whose training's did."""
    reasons: dict[str, str] = {}
    by_training: dict[str, str] = {}
    for unit in missing_units(plan, store, plan.study.keep != "none"):  # parents come before their children
        reason = store.failure(unit.id)
        above = by_training.get(unit.needs) if unit.needs else None
        told = last_line(reason) if reason else (f"its intermediate training has failed: {above}" if above else None)
        if told is None:
            continue
        for train in unit.chain:
            by_training[train.id] = told
        for job in unit.evaluations:
            reasons[job.id] = told
    return reasons


def last_line(text: str) -> str:
    r"""What a traceback or message ends with, cut to a length that a table's note bears.

    >>> last_line("Traceback (most recent call last):\n  ...\nValueError: no\n")
    'ValueError: no'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no reason was noted"]
    return lines[-1] if len(lines[-1]) <= _LONGEST else lines[-1][: _LONGEST - 1] + "…"


def _state(job: Evaluate, store: Store, failures: dict[str, str]) -> tuple[State, str]:
    if store.has("evaluations", job.id):
        return "stored", ""
    if job.id in failures:
        return "failed", failures[job.id]
    return "missing", NOT_YET
