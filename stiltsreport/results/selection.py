"""The English dev score of every target training: what its checkpoint was selected by, from the records of the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stiltsreport.plan.jobs import Checkpoint, Train
from stiltsreport.plan.plan import Plan
from stiltsreport.results.setup import SelectionFacts


def selection(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> tuple[SelectionFacts, ...]:
    """One row a target training that has run, metric of its dev set, and arm and target that rest on it, in the order of the runs.

    Of a target that trains in several steps (XCOPA's) it is the last step, whose checkpoint is evaluated. Reserve seeds have rows too.
    """
    found = []
    for run in plan.runs:
        for train in dict.fromkeys(_last(job.checkpoint) for job in run.evaluations):
            record = records.get(train.id) if train else None
            if train is None or record is None or run.seed is None:
                continue
            dev = record.get("dev") or {}
            found += [
                SelectionFacts(
                    run.model.name, run.variant, run.intermediate, run.target, run.seed, str(dev["task"]), metric, float(value),
                    int(dev["n"]), _step(record), train.id,
                )
                for metric, value in (dev.get("values") or {}).items()
            ]  # fmt: skip
    return tuple(found)


def _last(checkpoint: Checkpoint) -> Train | None:
    """The target training that gave a checkpoint; None where none did (the encoder is evaluated as it stands)."""
    return checkpoint if isinstance(checkpoint, Train) and checkpoint.stage == "target" else None


def _step(record: Mapping[str, Any]) -> int | None:
    step = record.get("selected_step")
    return int(step) if step is not None else None
