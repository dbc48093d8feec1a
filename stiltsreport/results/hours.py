"""Hours of devices that a report's jobs took, by what they were for: trainings that are reported, trials that chose, and evaluations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stiltsreport.plan.plan import Plan

_HOUR = 3600.0


def hours(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float | int]]:
    """{"intermediate" | "target" | "trials" | "evaluations" | "trial evaluations": {"jobs": N, "hours": H}} of the jobs that are stored.

    "trials" are trainings that learning rates were chosen by, and "trial evaluations" those that layers were; both are in no score. A job
    on several devices counts the hours of each. Kinds without a stored job are left out.
    """
    trials = {train.id for train in plan.trials}
    layers = {job.id for job in plan.layer_trials}
    reported = {job.id for run in plan.runs for job in run.evaluations}
    kinds: dict[str, list[str]] = {"intermediate": [], "target": [], "trials": [], "evaluations": [], "trial evaluations": []}
    for train in plan.trainings.values():
        kinds["trials" if train.id in trials else train.stage].append(train.id)
    for job in plan.evaluations:
        kinds["trial evaluations" if job in layers - reported else "evaluations"].append(job)
    found = {kind: list(_seconds(jobs, records)) for kind, jobs in kinds.items()}
    return {kind: {"jobs": len(seconds), "hours": sum(seconds) / _HOUR} for kind, seconds in found.items() if seconds}


def _seconds(jobs: Iterable[str], records: Mapping[str, Mapping[str, Any]]) -> Iterable[float]:
    """Of each stored job, on all its devices together; a training keeps them among what it cost."""
    for job in jobs:
        record = records.get(job)
        if record is not None:
            seconds = record.get("efficiency", record).get("seconds")
            if seconds is not None:
                yield float(seconds) * int(record.get("processes") or 1)
