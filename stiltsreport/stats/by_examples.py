"""How the gain of one intermediate task goes with the number of its training examples: {task, examples: N} arms beside the whole task."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.results import Setup
from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.exploration import Explored, explore, sides, without_own_data
from stiltsreport.study.study import BASELINE, PLAIN, IntermediateEntry, Study


@dataclass(frozen=True)
class Step:
    """An arm by its number of examples, of `task`; None: not known. `whole`: all that the task has (or that the study's limit leaves)."""

    task: str
    arm: str
    examples: int | None
    whole: bool
    gain: Explored


def by_examples(study: Study, aggregates: Aggregates, setup: Setup, model: str) -> list[Step]:
    """The gains over the baseline on the average without the task's own data, by task and number of examples, the fewest first.

    Adjusted together. Empty where no task of the study stands in two sizes.
    """
    arms = [(entry.tasks[0].name, entry) for entry in study.intermediate if _single(entry)]
    sizes = {task for task, _ in arms if len({examples_of(setup, model, entry) for name, entry in arms if name == task}) > 1}
    kept = [(task, entry) for task, entry in arms if task in sizes]
    family = []
    for _, entry in kept:
        members = without_own_data(study, study.target, entry.name)
        family.append(sides(aggregates, (model, PLAIN, entry.name), (model, PLAIN, BASELINE), members))
    found = [
        Step(task, entry.name, examples_of(setup, model, entry), entry.examples is None, gain)
        for (task, entry), gain in zip(kept, explore(study, family), strict=True)
    ]
    order = list(dict.fromkeys(task for task, _ in kept))
    return sorted(found, key=lambda step: (order.index(step.task), step.examples is None, step.examples or 0, step.whole))


def examples_of(setup: Setup, model: str, entry: IntermediateEntry) -> int | None:
    """The size of an arm's training set: as it was trained, else as the data are, capped as the arm says; None where unknown."""
    rows = [
        row for row in setup.costs if (row.model, row.intermediate, row.variant, row.stage) == (model, entry.name, PLAIN, "intermediate")
    ]
    if rows and rows[0].training_examples:
        return rows[0].training_examples // rows[0].trainings
    used = next((row.used for row in setup.data if row.role == "training" and row.task == entry.tasks[0].name and row.used), None)
    if entry.examples is None:
        return used
    return min(entry.examples, used) if used else entry.examples


def _single(entry: IntermediateEntry) -> bool:
    return len(entry.tasks) == 1 and entry.control is None
