"""Evaluations of an arm beside those of the baseline: which are stored, paired by seed, and which arms are worth a closer look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stiltsreport.metrics import METRICS
from stiltsreport.plan.plan import Plan
from stiltsreport.results.microscope_facts import LookedAt
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry

MOST_ARMS = 4  # of a model on a target; of more, those that gain most and least
Arm = tuple[str, str]  # variant, intermediate
PLAIN_BASELINE: Arm = (PLAIN, BASELINE)
Records = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class PairedJob:
    """One seed of an arm with the baseline's evaluation of the same seed, or the only one where nothing was trained."""

    seed: int
    baseline: str
    own: str


class PairedJobs:
    """The stored evaluations of a plan by model, target, arm and language."""

    def __init__(self, plan: Plan, records: Records) -> None:
        self._study, self._records = plan.study, records
        self._jobs: dict[tuple[str, str, Arm, str], dict[int | None, str]] = {}
        for run in plan.runs:
            arm = (run.variant, run.intermediate)
            if run.seed is not None and run.seed not in plan.study.seeds_of(*arm):
                continue  # one that stands for a collapsed run
            for job in run.evaluations:
                if job.id in records and job.second_language in (None, job.language):
                    self._jobs.setdefault((run.model.name, run.target, arm, job.language), {})[run.seed] = job.id

    def of(self, model: str, target: str, arm: Arm, language: str) -> tuple[PairedJob, ...]:
        """In the order of the seeds; those that both arms have."""
        own = self._jobs.get((model, target, arm, language), {})
        base = self._jobs.get((model, target, PLAIN_BASELINE, language), {})
        pairs = [(seed, base.get(seed, base.get(None)), own[seed]) for seed in sorted(seed for seed in own if seed is not None)]
        return tuple(PairedJob(seed, job, mine) for seed, job, mine in pairs if job is not None)

    def looked_at(self, model: str, entry: TargetEntry) -> LookedAt:
        """The arms that have a pair: all of them, or of many the one that gains most over the baseline and the one that gains least."""
        gains = {arm: gain for arm in self._study.arms if arm != PLAIN_BASELINE and (gain := self._gain(model, entry, arm)) is not None}
        arms: Sequence[Arm] = tuple(gains)
        if len(arms) > MOST_ARMS:
            ends = {max(arms, key=gains.__getitem__), min(arms, key=gains.__getitem__)}
            arms = tuple(arm for arm in arms if arm in ends)
        return LookedAt(model, entry.task.name, tuple(arms), len(gains))

    def _gain(self, model: str, entry: TargetEntry, arm: Arm) -> float | None:
        """Points, the mean over languages of the mean over seeds; None where nothing can be paired."""
        means = []
        for language in entry.languages:
            found = [
                self._value(entry, pair.own) - self._value(entry, pair.baseline) for pair in self.of(model, entry.task.name, arm, language)
            ]
            if found:
                means.append(sum(found) / len(found))
        return sum(means) / len(means) if means else None

    def _value(self, entry: TargetEntry, job: str) -> float:
        values = self._records[job]["values"]
        return sum(float(values[METRICS[key].name]) for key in entry.task.metrics) / len(entry.task.metrics)
