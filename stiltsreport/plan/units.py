"""Units of work: a training with everything that is evaluated on it, so that a target checkpoint lives in one worker's memory alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from stiltsreport.plan.jobs import Checkpoint, Evaluate, Train, digest
from stiltsreport.plan.plan import Plan


class Stored(Protocol):
    """What is known of a store: which artifacts are there."""

    def has(self, kind: Literal["trainings", "checkpoints", "evaluations"], job: str) -> bool:
        """Whether that artifact is there, whole."""
        ...


@dataclass(frozen=True)
class Unit:
    """What one worker does in one go: load `start`, train `chain` one after another, then `evaluations` on the last.

    `keep` are the ids of the chain whose checkpoint is stored. `names` are the runs that it serves.
    """

    start: Checkpoint
    chain: tuple[Train, ...]
    evaluations: tuple[Evaluate, ...]
    keep: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def id(self) -> str:
        """The id of its training; of an evaluation on a stored checkpoint, one made of both."""
        return self.chain[-1].id if self.chain else digest(checkpoint=self.start.id, evaluations=[job.id for job in self.evaluations])

    @property
    def needs(self) -> str | None:
        """The id of the training whose stored checkpoint it starts from; None for a pretrained encoder."""
        return self.start.id if isinstance(self.start, Train) else None

    @property
    def title(self) -> str:
        """The first of its runs, and how many more there are."""
        return self.names[0] + (f" and {len(self.names) - 1} more" if len(self.names) > 1 else "")


def missing_units(plan: Plan, stored: Stored, keep_targets: bool = False) -> list[Unit]:
    """What has to be done for the plan's missing artifacts, parents before their children."""
    names: dict[str, list[str]] = {}
    for run in plan.runs:
        names.setdefault(run.evaluations[0].checkpoint.id, []).append(run.name)
    by_checkpoint: dict[str, list[Evaluate]] = {}
    checkpoints: dict[str, Checkpoint] = {}
    for job in plan.evaluations.values():
        checkpoints[job.checkpoint.id] = job.checkpoint
        by_checkpoint.setdefault(job.checkpoint.id, []).append(job)
    units: dict[str, Unit] = {}
    needed: dict[str, Train] = {}
    for intermediate in plan.intermediates:
        names.setdefault(intermediate.train.id, []).insert(0, intermediate.name)
        if not stored.has("trainings", intermediate.train.id):
            needed[intermediate.train.id] = intermediate.train
    for checkpoint_id, jobs in by_checkpoint.items():
        checkpoint = checkpoints[checkpoint_id]
        lacking = tuple(job for job in jobs if not stored.has("evaluations", job.id))
        ephemeral = isinstance(checkpoint, Train) and checkpoint.stage == "target"
        keep = (checkpoint_id,) if ephemeral and keep_targets else ()
        unkept = any(not stored.has("checkpoints", name) for name in keep)
        if not lacking and not unkept:
            continue
        chain: list[Train] = []
        start: Checkpoint = checkpoint
        while isinstance(start, Train) and start.stage == "target" and not stored.has("checkpoints", start.id):
            chain.insert(0, start)
            start = start.start
        if isinstance(start, Train) and not stored.has("checkpoints", start.id):
            needed[start.id] = start
        unit = Unit(start, tuple(chain), lacking, keep, tuple(names.get(checkpoint_id, ["?"])))
        units[unit.id] = unit
    parents = [Unit(train.start, (train,), (), (train.id,), tuple(names.get(train.id, ["?"]))) for train in needed.values()]
    return [*parents, *units.values()]


def served(unit: Unit) -> Iterator[str]:
    """Every job id that the unit makes."""
    yield from (train.id for train in unit.chain)
    yield from (job.id for job in unit.evaluations)
