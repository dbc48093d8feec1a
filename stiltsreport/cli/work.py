"""The work of jobs, counted in tokens passed forward through the encoder at most: what the time left is guessed by."""

from __future__ import annotations

from collections.abc import Callable

from stiltsreport.plan.jobs import DataUse, Evaluate, Train
from stiltsreport.plan.units import Unit
from stiltsreport.tasks.sources import Source
from stiltsreport.tasks.task import Task

Count = Callable[[Task, Source], int | None]
_PASSES = 3  # a training step is a forward pass, and a backward pass of twice its cost
_UNKNOWN = 1000  # examples of a set that nobody has counted


def unit_work(unit: Unit, count: Count) -> float:
    """The work of everything that a unit does."""
    return sum(training_work(train, count) for train in unit.chain) + sum(evaluation_work(job, count) for job in unit.evaluations) or 1.0


def training_work(train: Train, count: Count) -> float:
    """Its examples, as often as they are seen."""
    recipe = train.recipe
    seen = recipe.steps * recipe.batch_size if recipe.steps else _examples(train.training, count) * recipe.epochs
    return float(_PASSES * seen * recipe.max_length)


def evaluation_work(job: Evaluate, count: Count) -> float:
    """Its examples, once."""
    return float(_examples(job.data, count) * job.protocol.max_length)


def _examples(use: DataUse, count: Count) -> int:
    known = [value for value in (count(use.task, use.source), use.limit) if value is not None]
    return min(known) if known else _UNKNOWN
