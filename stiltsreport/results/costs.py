"""From the records of a plan's jobs to the rows of efficiency.jsonl."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stiltsreport.plan.stilts import Plan
from stiltsreport.results.efficiency import EfficiencyRow

Kind = Literal["intermediate", "target", "evaluate"]


@dataclass
class _Sum:
    seconds: float = 0.0
    examples: int = 0
    tokens: int = 0
    peak: int = 0
    jobs: int = 0


def efficiency(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> tuple[EfficiencyRow, ...]:
    """One row a model, kind of job, task and device, over the jobs that have run; jobs that took no time are left aside."""
    sums: dict[tuple[str, Kind, str, str], _Sum] = {}
    for train in plan.trainings.values():
        record = records.get(train.id)
        if record is not None:
            cost = record["efficiency"]
            kind: Kind = "intermediate" if train.stage == "intermediate" else "target"
            _add(sums, (train.pretrained.model.name, kind, train.training.task.name, device(record)), cost, cost.get("peak_bytes", 0))
    for run in plan.runs:
        for job in run.evaluations:
            record = records.get(job.id)
            if record is not None:
                _add(sums, (run.model.name, "evaluate", run.target, device(record)), record, 0)
    return tuple(
        EfficiencyRow(
            model, kind, task, found.examples / found.seconds, found.tokens / found.seconds if found.tokens else None, found.peak or None,
            None, name, found.jobs
        )
        for (model, kind, task, name), found in sums.items()
        if found.seconds > 0
    )  # fmt: skip


def _add(sums: dict[tuple[str, Kind, str, str], _Sum], key: tuple[str, Kind, str, str], cost: Mapping[str, Any], peak: int) -> None:
    found = sums.setdefault(key, _Sum())
    found.seconds += float(cost["seconds"])
    found.examples += int(cost["examples"])
    found.tokens += int(cost["tokens"])
    found.peak = max(found.peak, peak)
    found.jobs += 1


def device(record: Mapping[str, Any]) -> str:
    """What a report calls the device that a job ran on: the GPU's name, or the processor's."""
    machine = record.get("machine", {})
    name = str(record.get("efficiency", {}).get("device") or machine.get("device", "unknown"))
    return str(machine.get("processor") or name) if name == "cpu" else name
