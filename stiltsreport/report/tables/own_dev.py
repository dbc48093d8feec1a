"""The intermediate training's own English dev score beside each gain: whether what was to transfer was learnt at all."""

from __future__ import annotations

import statistics

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Number
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import shown
from stiltsreport.report.tables.intermediate import learnt_tasks
from stiltsreport.study.study import PLAIN

DEV_COLUMN = Column("Dev", "English")
DEV_NOTE = (
    "Dev: the English dev score of the intermediate training itself, mean over seeds; of a mixture the mean over its tasks. Blank: it "
    "learns no labels there."
)
_DETAIL = 2


def dev_cell(evidence: Evidence, arm: Arm) -> Cell:
    """The mean over tasks of the dev scores; blank where nothing with labels is learnt, missing where a task has none yet."""
    tasks = learnt_tasks(evidence, arm)
    if not tasks:
        return Cell(text=" ")
    variant = evidence.study.variant(arm.variant)
    owner = arm.variant if variant is not None and variant.of_intermediate else PLAIN  # target-phase methods share plain's training
    found = {task: evidence.aggregates.intermediate_dev(arm.model, owner, arm.intermediate, task.name) for task in tasks}
    series = {task.title: one for task, one in found.items() if one is not None}
    if len(series) < len(tasks):
        lacking = ", ".join(task.title for task, one in found.items() if one is None)
        return Cell(marks=("not run",), details=(("missing", f"no dev score of {lacking}: not trained yet, or without a dev set"),))
    details = [
        (
            title,
            shown(one.mean(), _DETAIL) + (f" (SD over {len(one.values)} seeds: {shown(spread, _DETAIL)})" if spread is not None else ""),
        )
        for title, one in series.items()
        for spread in (one.sd(),)
    ]
    return Cell(Number(statistics.fmean(one.mean() for one in series.values()), grey=True), details=tuple(details))
