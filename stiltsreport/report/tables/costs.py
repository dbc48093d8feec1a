"""What the trainings of an arm took: the columns of steps, examples and hours beside every gain."""

from __future__ import annotations

import math

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted, decimals_of_hours, shown

_UNKNOWN = Cell(details=(("missing", "not measured, or its data were not at hand"),))
_NOTE = (
    "Examples (seen, in all passes), steps and hours (of the device that each training ran on) are those of one seed: the intermediate "
    "training, where there is one, and the trainings on all targets"
)
_NOTE_OF_ONE = "Examples, steps and hours are those of one intermediate training; hours follow from its measured speed."


def measured(evidence: Evidence) -> bool:
    """Whether costs were gathered by arm; reports of older versions have them by task alone."""
    return bool(evidence.results.setup.costs)


def cost_title(evidence: Evidence) -> str:
    """The spanner over the columns."""
    return "Training, one seed" if measured(evidence) else "Intermediate training"


def cost_columns() -> tuple[Column, Column, Column]:
    """Examples, steps, hours."""
    return Column("Examples"), Column("Steps"), Column("Hours")


def cost_cells(evidence: Evidence, arm: Arm) -> tuple[Cell, Cell, Cell]:
    """Examples, optimizer steps and hours of an arm; empty where they are not known."""
    if not measured(evidence):
        return _of_one(evidence, arm)
    found = evidence.costs(arm)
    if not found:
        return (_UNKNOWN,) * 3
    seeds = len(evidence.study.seeds_of(arm.variant, arm.intermediate))
    # What has not run yet is taken to cost as much as what has.
    shares = [row.planned / row.trainings / seeds for row in found]
    examples, steps, seconds = (
        sum(getattr(row, name) * share for row, share in zip(found, shares, strict=True)) for name in ("examples", "steps", "seconds")
    )
    details = tuple((f"{row.stage} trainings", f"{row.trainings} of {row.planned} have run, {row.steps:,} steps in all") for row in found)
    marks = ("partial",) if any(row.trainings < row.planned for row in found) else ()
    texts = (counted(round(examples)), counted(round(steps)), _hours(seconds))
    first, second, third = (Cell(text=text, marks=marks, details=details) for text in texts)  # type: ignore[arg-type]
    return first, second, third


def cost_note(evidence: Evidence) -> str:
    """What the columns say, with the baseline's own costs, since it has no row among the gains."""
    if not measured(evidence):
        return _NOTE_OF_ONE
    told = []
    for model in evidence.study.models:
        base = next(arm for arm in evidence.arms(model.name) if arm.baseline)
        if evidence.costs(base):
            examples, steps, hours = (cell.text for cell in cost_cells(evidence, base))
            name = f" of {evidence.model_title(model.name)}" if len(evidence.study.models) > 1 else ""
            told.append(f"{base.intermediate}{name} takes {examples} examples, {steps} steps and {hours} hours")
    return f"{_NOTE}{'; ' if told else ''}{'; '.join(told)}."


def _of_one(evidence: Evidence, arm: Arm) -> tuple[Cell, Cell, Cell]:
    """Examples of the set, optimizer steps and hours of one intermediate training on a single task."""
    used = next((row.used for row in evidence.data.facts("training", arm.intermediate) if row.used), None)
    recipe = evidence.study.intermediate_recipe.training(arm.intermediate)
    if used is None:
        return (_UNKNOWN,) * 3
    steps = recipe.steps or math.ceil(used / recipe.batch_size * recipe.epochs)
    speed = next(
        (
            row.examples_per_second
            for row in evidence.results.efficiency
            if (row.model, row.kind, row.task) == (arm.model, "intermediate", arm.intermediate)
        ),
        0.0,
    )
    seen = steps * recipe.batch_size
    hours = Cell(text=_hours(seen / speed)) if speed else _UNKNOWN
    return Cell(text=counted(used)), Cell(text=counted(steps)), hours


def _hours(seconds: float) -> str:
    return shown(seconds / 3600, decimals_of_hours(seconds / 3600))
