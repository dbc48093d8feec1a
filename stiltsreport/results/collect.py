"""From a plan and its store to Results: the store is what is true, and the score table a view of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stiltsreport.errors import StiltsReportError, cause
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.prompts import PROMPTED_STAGE
from stiltsreport.plan.runs import IntermediateRun
from stiltsreport.results.cells import cells
from stiltsreport.results.costs import arm_costs, device, efficiency
from stiltsreport.results.facts import data_facts, model_facts, recipe_facts
from stiltsreport.results.fertility import fertility
from stiltsreport.results.flips import flips
from stiltsreport.results.health import curves, health
from stiltsreport.results.methods import method_facts, translation_facts
from stiltsreport.results.microscope import microscope
from stiltsreport.results.overlaps import overlaps
from stiltsreport.results.provenance import provenance
from stiltsreport.results.results import Results
from stiltsreport.results.score import Score
from stiltsreport.results.selection import selection
from stiltsreport.results.setup import Setup
from stiltsreport.store import DamagedArtifact, Kind, Store
from stiltsreport.study.study import BASELINE


def gather(plan: Plan, store: Store) -> Results:
    """Everything that is there of the plan. The data are read only for overlaps that the store's folder does not remember yet."""
    records = stored_records(plan, store)
    read = {use.source.fingerprint for use in _uses(plan, records)}
    found = overlaps(plan, store.folder / "overlaps", lambda use: use.source.fingerprint in read)
    setup = Setup(
        data_facts(plan, records),
        found,
        cells(plan, store),
        tuple(str(problem) for problem in plan.problems),
        recipe_facts(plan),
        model_facts(plan),
        _notes(plan, records),
        health(plan, records, store),
        plan.tuning,
        plan.layers,
        curves(plan, records, store),
        translation_facts(plan, store),
        method_facts(plan, records),
        arm_costs(plan, records),
        selection(plan, records),
        flips=flips(plan, records, store),
        fertility=fertility(plan, records),
        microscope=microscope(plan, records, store),
    )
    plan.data.memo.save()  # the counts of sets that were read for the first time
    return Results(scores(plan, records), efficiency(plan, records), setup, provenance(plan, store, setup, records))


def stored_records(plan: Plan, store: Store) -> dict[str, dict[str, Any]]:
    """The records of the plan's jobs that are in the store, by job id."""
    found = {}
    kinds: list[tuple[Kind, list[str]]] = [("trainings", list(plan.trainings)), ("evaluations", [*plan.evaluations, *plan.asked])]
    for kind, jobs in kinds:
        store.bring(kind, jobs)
        for job in jobs:
            if store.has(kind, job):
                try:
                    found[job] = store.record(kind, job)
                except DamagedArtifact:  # counts as missing from here on; the command says so
                    continue
                except OSError as error:
                    where = str(store.path(kind, job))
                    raise StiltsReportError(
                        f"its record cannot be read: {cause(error)}", where=where, hint="remove that folder and build again"
                    ) from error
    return found


def scores(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> tuple[Score, ...]:
    """The rows of scores.jsonl: targets in the order of the plan's runs, then the English dev scores of each intermediate training.

    Of a mixture each task has rows of its own. Reserve seeds have theirs too: what reads them looks for the study's own seeds.
    """
    rows = [
        Score(
            run.model.name, run.variant, run.intermediate, run.target, "target", job.split, job.language, job.second_language, run.seed,
            metric, float(value), int(records[job.id]["n"]), job.id,
        )
        for run in plan.runs
        for job in run.evaluations
        if job.id in records
        for metric, value in records[job.id]["values"].items()
    ]  # fmt: skip
    rows.extend(
        Score(
            job.checkpoint.model.unadapted, job.variant, BASELINE, job.data.task.name, PROMPTED_STAGE, job.split, job.language, None,
            job.number, metric, float(value), int(records[job.id]["n"]), job.id,
        )
        for job in plan.prompts
        if job.id in records
        for metric, value in records[job.id]["values"].items()
    )  # fmt: skip
    for item in plan.intermediates:
        rows.extend(_dev_scores(item, records.get(item.train.id, {})))
    return tuple(rows)


def _dev_scores(item: IntermediateRun, record: Mapping[str, Any]) -> list[Score]:
    """One row a task and metric of an intermediate training's own English dev sets."""
    rows: list[Score] = []
    for place, part in enumerate(item.train.parts):
        task = part.training.task.name
        dev = (record.get("devs") or {}).get(task) or (record.get("dev") if place == 0 else None)
        if dev and part.selection is not None:
            split = "held-out" if part.selection.part == "held-out" else part.selection.source.split
            rows.extend(
                Score(
                    item.model.name, item.variant, item.intermediate, task, "intermediate", split, part.selection.source.language, None,
                    item.seed, metric, float(value), int(dev["n"]), item.train.id,
                )
                for metric, value in dev["values"].items()
            )  # fmt: skip
    return rows


def _uses(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> list[DataUse]:
    """What jobs that have run have read."""
    uses: list[DataUse] = []
    for train in plan.trainings.values():
        if train.id in records:
            uses.extend(train.uses)
    uses.extend(job.data for job in plan.evaluations.values() if job.id in records)
    uses.extend(job.data for job in plan.asked.values() if job.id in records)
    return uses


def _notes(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    notes = []
    if plan.precision:
        notes.append(f"precision auto is {plan.precision} on the device that was planned for")
    devices = sorted({device(record) for record in records.values()})
    if len(devices) > 1:
        notes.append(
            f"the jobs ran on unlike devices ({', '.join(devices)}): differences at the level of float noise may stand between arms"
        )
    return tuple(notes)
