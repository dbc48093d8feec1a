"""Tokens and hours of jobs: from the store's records of the same model on that kind of device where there are any, else by a cost model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stiltsreport.models import Model
from stiltsreport.plan import work
from stiltsreport.plan.counts import evaluated_in
from stiltsreport.plan.devices import Device, kind_of
from stiltsreport.plan.figure import UNKNOWN, Figure
from stiltsreport.plan.jobs import Evaluate, Train
from stiltsreport.plan.memory import trained
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.roofline import forward_flops, optimizer_seconds, training_flops
from stiltsreport.study.architectures import architecture_of

HOUR = 3600.0
UTILISATION = {"gpu": 0.4, "cpu": 0.5}  # of the device's speed that padded batches reach


@dataclass
class _Sum:
    seconds: float = 0.0
    examples: float = 0.0
    tokens: float = 0.0
    peak: float = 0.0


class Rates:
    """Speeds by model, kind of job and task, summed over the stored records of jobs on that kind of device."""

    def __init__(self, plan: Plan, records: Mapping[str, Mapping[str, Any]], device: Device) -> None:
        self._count, self._device = plan.data.count, device
        self._by_task: dict[tuple[str, str, str], _Sum] = {}
        self._by_kind: dict[tuple[str, str], _Sum] = {}
        self._peaks: dict[str, float] = {}
        for train in plan.trainings.values():
            if train.id in records:
                self._learn(train.pretrained.model.name, "train", train.training.task.name, records[train.id].get("efficiency", {}))
        for run in plan.runs:
            for job in run.evaluations:
                if job.id in records:
                    self._learn(run.model.name, "evaluate", job.data.task.name, records[job.id])

    def _learn(self, model: str, kind: str, task: str, cost: Mapping[str, Any]) -> None:
        seconds, examples = float(cost.get("seconds") or 0), float(cost.get("examples") or 0)
        if kind_of(str(cost.get("device", "cpu"))) != self._device.name or seconds <= 0 or examples <= 0:
            return
        for found in (self._by_task.setdefault((model, kind, task), _Sum()), self._by_kind.setdefault((model, kind), _Sum())):
            found.seconds += seconds
            found.examples += examples
            found.tokens += float(cost.get("tokens") or 0)
        self._peaks[model] = max(self._peaks.get(model, 0.0), float(cost.get("peak_bytes") or 0))

    def peak(self, model: Model) -> Figure | None:
        """Peak memory of the model's stored jobs; None where there are none."""
        found = self._peaks.get(model.name)
        return Figure(found, "measured", "stored jobs of this model") if found else None

    def examples(self, job: Evaluate) -> Figure:
        """Examples of an evaluation."""
        return evaluated_in(job.data, self._count)

    def training_tokens(self, job: Train) -> Figure:
        """Tokens of a training: by the mean length that was measured on the same task, or by that of samples."""
        return self._tokens(
            work.examples_seen(job, self._count), (job.pretrained.model.name, "train", job.training.task.name)
        ) or work.training_tokens(job, self._count)

    def evaluation_tokens(self, job: Evaluate) -> Figure:
        """Tokens of an evaluation."""
        return work.evaluation_tokens(job, self._count)

    def _tokens(self, seen: Figure, key: tuple[str, str, str]) -> Figure | None:
        known = self._by_task.get(key)
        if seen.value is None or known is None or not known.tokens:
            return None
        return Figure(seen.value * known.tokens / known.examples, "measured", "stored jobs of this model and task")

    def training_hours(self, job: Train) -> Figure:
        """Hours of one device for a training."""
        model = job.pretrained.model
        sizes = architecture_of(model)
        seen = work.examples_seen(job, self._count)
        steps = 0.0 if seen.value is None else seen.value / job.recipe.batch_size
        whole = job.recipe.trained == "all"
        products = training_flops(sizes, job.adaptation, recompute=job.recipe.recompute == "always", whole=whole) if sizes else 0.0
        traffic = (
            optimizer_seconds(trained(model), job.recipe.optimizer, self._device.bandwidth) if self._device.bandwidth and whole else 0.0
        )
        return self._hours(model, "train", job.training.task.name, seen, self.training_tokens(job), products, steps * traffic)

    def evaluation_hours(self, job: Evaluate) -> Figure:
        """Hours of one device for an evaluation."""
        start = job.checkpoint
        model = start.pretrained.model if isinstance(start, Train) else start.model
        found = self.examples(job)
        seen = Figure(found.value and found.value * work.sides(job), found.basis, found.source)
        sizes = architecture_of(model)
        products = forward_flops(sizes) if sizes else 0.0
        return self._hours(model, "evaluate", job.data.task.name, seen, self.evaluation_tokens(job), products, 0.0)

    def _hours(self, model: Model, kind: str, task: str, seen: Figure, tokens: Figure, products: float, fixed: float) -> Figure:
        """By examples a second of the same task, else by tokens a second of the same kind of job, else by a cost model."""
        same = self._by_task.get((model.name, kind, task))
        if same is not None and seen.value is not None:
            return Figure(seen.value / same.examples * same.seconds / HOUR, seen.basis, "stored jobs of this model and task")
        alike = self._by_kind.get((model.name, kind))
        if alike is not None and alike.tokens and tokens.value is not None:
            return Figure(tokens.value / alike.tokens * alike.seconds / HOUR, "estimated", "stored jobs of this model on other tasks")
        if tokens.value is None or not products or not self._device.flops:
            return UNKNOWN
        share = UTILISATION["gpu" if self._device.gpu else "cpu"]
        seconds = tokens.value * products / (self._device.flops * share) + fixed
        return Figure(seconds / HOUR, "estimated", f"cost model at {share:.0%} of {self._device.title}")
