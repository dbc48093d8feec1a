"""The cells of a study: every planned evaluation, and where its score is missing, why."""

from __future__ import annotations

from collections.abc import Iterator

from stiltsreport.plan.jobs import Evaluate
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.runs import Run
from stiltsreport.plan.stilts import NOT_CHOSEN, NOT_TUNED
from stiltsreport.plan.units import missing_units
from stiltsreport.results.setup import Cell, State
from stiltsreport.store import Store
from stiltsreport.study.study import BASELINE, Study, TargetEntry

NOT_YET = "not run yet"
WAITING = (NOT_CHOSEN, NOT_TUNED)
_LONGEST = 300  # characters of a reason
Asked = tuple[str, str, str, TargetEntry, int | None, str, str | None]


def cells(plan: Plan, store: Store) -> tuple[Cell, ...]:
    """Every cell of the study in its order, whether the plan could make a job of it or not."""
    runs = {(run.model.name, run.variant, run.intermediate, run.target, run.seed): run for run in plan.runs}
    left_out = {(run.model.name, run.variant, run.intermediate, run.target, run.seed) for run in plan.left_out}
    gaps = {(gap.model, gap.variant, gap.intermediate, gap.target, gap.language, gap.seed): gap.reason for gap in plan.gaps}
    # What waits for a choice has gaps by seed even where it will turn out that nothing is trained.
    gaps |= {(*key[:5], None): reason for key, reason in gaps.items() if (*key[:5], None) not in gaps}
    jobs = {key: _by_language(run) for key, run in runs.items()}
    failures = failed(plan, store)
    found = []
    for model, variant, arm, entry, seed, language, second in planned(plan.study, [*plan.runs, *plan.left_out]):
        key = (model, variant, arm, entry.task.name, seed)
        job = jobs.get(key, {}).get((language, second))
        state: State
        if job is not None:
            state, reason = _state(job, store, failures)
        elif key in left_out:
            state, reason = "left out", "left out by --only"
        else:
            named = language if second is None else f"{language}-{second}"
            reason = gaps.get((*key[:4], named, seed), "there are no data for it")
            state = "missing" if reason in WAITING else "no data"
        found.append(Cell(model, variant, arm, entry.task.name, seed, language, state, reason, second))
    return tuple(found)


def planned(study: Study, runs: list[Run]) -> Iterator[Asked]:
    """(model, variant, intermediate, target, seed, language, second language) of every evaluation that the study asks for.

    The seed is None where nothing is trained. Seeds of the runs beside the study's own are reserve seeds: they follow the others.
    """
    reserve: dict[tuple[str, str, str, str], list[int]] = {}
    for run in runs:
        if run.seed is not None and run.seed not in study.seeds:
            reserve.setdefault((run.model.name, run.variant, run.intermediate, run.target), []).append(run.seed)
    for model in study.models:
        for variant, arm in study.arms:
            for entry in study.target:
                seeds: tuple[int | None, ...] = (None,) if untrained(study, variant, arm, entry) else study.seeds_of(variant, arm)
                for seed in (*seeds, *sorted(reserve.get((model.name, variant, arm, entry.task.name), ()))):
                    for language in entry.languages:
                        yield model.name, variant, arm, entry, seed, language, None
                    for first, second in entry.pairs:
                        if first != second or first not in entry.languages:
                            yield model.name, variant, arm, entry, seed, first, second


def untrained(study: Study, variant: str, intermediate: str, entry: TargetEntry) -> bool:
    """Whether an arm's score on a target comes from the encoder as it stands: neither phase trains anything for it."""
    if entry.train:
        return False
    found, method = study.entry(intermediate), study.variant(variant)
    without = intermediate == BASELINE or (found is not None and found.control == "none-longer")
    return without and (method is None or method.mlm is None)


def _by_language(run: Run) -> dict[tuple[str, str | None], Evaluate]:
    """The evaluations of a run by language; a pair in one language alone is that language's own."""
    found: dict[tuple[str, str | None], Evaluate] = {}
    for job in run.evaluations:
        found.setdefault((job.language, job.second_language), job)
        if job.second_language == job.language:
            found.setdefault((job.language, None), job)
    return found


def failed(plan: Plan, store: Store) -> dict[str, str]:
    """Why, by the id of each evaluation whose last attempt failed, or whose training's did."""
    reasons: dict[str, str] = {}
    above: dict[str, str] = {}  # by the id of a training or translation that others rest on
    for unit in missing_units(plan, store, plan.study.keep != "none"):  # parents come before their children
        reason = store.failure(unit.id)
        beneath = next((above[name] for name in unit.needs if name in above), None)
        told = last_line(reason) if reason else beneath
        if told is None:
            continue
        for train in unit.chain:
            above[train.id] = told if beneath and not reason else f"the training that it starts from has failed: {told}"
        if unit.translation is not None:
            above[unit.id] = f"its translation has failed: {told}"
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
    damage = store.damaged.get(("evaluations", job.id))
    return "missing", f"its stored result is damaged: {damage}" if damage else NOT_YET
