"""From the records of a plan's jobs to the rows of efficiency.jsonl, and to what each arm took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from stiltsreport.plan.plan import Plan
from stiltsreport.results.efficiency import EfficiencyRow
from stiltsreport.results.setup import ArmCost
from stiltsreport.results.trainings import labels, owned


@dataclass
class _Sum:
    seconds: float = 0.0
    examples: int = 0
    tokens: int = 0
    peak: int = 0
    jobs: int = 0
    latencies: list[float] = field(default_factory=list)
    flops: float = 0.0
    possible: float = 0.0  # operations that the device could have done in the seconds of those jobs
    joules: float = 0.0
    metered: int = 0  # examples of the jobs whose energy is known


def efficiency(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> tuple[EfficiencyRow, ...]:
    """One row a model, kind of job, task and device, over the jobs that have run; jobs that took no time are left aside.

    The trainings of a variant stand apart, as TASK+VARIANT; a mixture goes by its own name.
    """
    names = labels(plan)
    sums: dict[tuple[str, str, str, str], _Sum] = {}
    for train in plan.trainings.values():
        record = records.get(train.id)
        if record is not None:
            cost = record["efficiency"]
            kind = "intermediate" if train.stage == "intermediate" else "target"
            _add(
                sums,
                (train.pretrained.model.name, kind, names.get(train.id, train.training.task.name), device(record)),
                cost,
                cost.get("peak_bytes", 0),
            )
    for run in plan.runs:
        for job in run.evaluations:
            record = records.get(job.id)
            if record is not None:
                _add(sums, (run.model.name, "evaluate", run.target, device(record)), record, record.get("peak_bytes") or 0)
    for prompt in plan.prompts:
        if (record := records.get(prompt.id)) is not None:
            key = prompt.checkpoint.model.name, prompt.variant, prompt.data.task.name, device(record)
            _add(sums, key, record, record.get("peak_bytes") or 0)
    return tuple(
        EfficiencyRow(
            model, kind, task, found.examples / found.seconds, found.tokens / found.seconds if found.tokens else None, found.peak or None,
            fmean(found.latencies) if found.latencies else None, name, found.jobs,
            found.flops / found.possible if found.possible else None, found.joules / found.metered if found.metered else None,
        )
        for (model, kind, task, name), found in sums.items()
        if found.seconds > 0
    )  # fmt: skip


def arm_costs(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> tuple[ArmCost, ...]:
    """Steps, examples and seconds by arm and stage, summed over the trainings of the study's own seeds that have run, each counted once.

    Seconds are those of all devices that a training had at the same time.
    """
    counted: dict[tuple[str, str, str, str], dict[str, int]] = {}
    for one in owned(plan):
        if one.seed in plan.study.seeds:
            counted.setdefault((one.model, one.variant, one.intermediate, one.stage), {})[one.train.id] = one.seed
    found = []
    for (model, variant, intermediate, stage), trainings in counted.items():
        there = [(records[name], seed) for name, seed in trainings.items() if name in records]
        if there:
            costs = [(record["efficiency"], record) for record, _ in there]
            found.append(
                ArmCost(
                    model, variant, intermediate, stage, len(there), len(trainings), len({seed for _, seed in there}),
                    sum(int(record.get("steps") or 0) for _, record in costs), sum(int(cost["examples"]) for cost, _ in costs),
                    sum(int(record.get("training_examples") or 0) for _, record in costs),
                    sum(float(cost["seconds"]) * int(record.get("processes") or 1) for cost, record in costs),
                )
            )  # fmt: skip
    return tuple(found)


def _add(sums: dict[tuple[str, str, str, str], _Sum], key: tuple[str, str, str, str], cost: Mapping[str, Any], peak: int) -> None:
    found = sums.setdefault(key, _Sum())
    found.seconds += float(cost["seconds"])
    found.examples += int(cost["examples"])
    found.tokens += int(cost["tokens"])
    found.peak = max(found.peak, peak)
    found.jobs += 1
    if cost.get("flops") and cost.get("peak_flops"):
        found.flops += float(cost["flops"])
        found.possible += float(cost["peak_flops"]) * float(cost["seconds"])
    if cost.get("energy_joules") is not None:
        found.joules += float(cost["energy_joules"])
        found.metered += int(cost["examples"])
    if cost.get("latency_seconds") is not None:
        found.latencies.append(float(cost["latency_seconds"]))


def device(record: Mapping[str, Any]) -> str:
    """What a report calls the device that a job ran on: the GPU's name, or the processor's."""
    machine = record.get("machine", {})
    name = str(record.get("efficiency", {}).get("device") or machine.get("device", "unknown"))
    return str(machine.get("processor") or name) if name == "cpu" else name
