"""The intermediate tasks' own English dev scores: whether the first training has learnt anything."""

from __future__ import annotations

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.cells import footnotes, score_cell
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.report.titles import metric_title
from stiltsreport.study.study import PLAIN
from stiltsreport.tasks.task import Task

_WITHOUT_LABELS = ("none-longer", "mlm-en")  # controls that learn no task in the intermediate phase


def intermediate(evidence: Evidence) -> list[Table]:
    """The table `intermediate`; none where a study has the baseline alone."""
    learnt = [entry for entry in evidence.study.intermediate if entry.control not in _WITHOUT_LABELS]
    tasks = list(dict.fromkeys(task for entry in learnt for task in entry.tasks))
    if not tasks:
        return []
    arms = [arm for arm in evidence.arms(evidence.study.models[0].name) if _trained(evidence, arm)]
    groups = _by_arm(evidence, tasks, arms)
    if all(arm.variant == PLAIN and [arm.intermediate] == [task.name for task in learnt_tasks(evidence, arm)] for arm in arms):
        # Single tasks alone: a row a model says it all.
        rows = [
            Row(
                evidence.model_title(model.name),
                tuple(_cell(evidence, Arm(model.name, PLAIN, task.name), task) for task in tasks),
                key=f"{model.name}/intermediate",
            )
            for model in evidence.study.models
        ]
        groups = (RowGroup("", tuple(rows)),)
    return [
        Table(
            id="intermediate",
            title="The intermediate tasks themselves",
            caption=(
                f"English dev scores after intermediate training: mean over {evidence.seeds}, and the SD over seeds (±) beneath it. "
                f"The checkpoint is the one that selection kept. {evidence.limits}"
            ).strip(),
            stub="Model" if groups[0].title == "" else "Intermediate",
            columns=tuple(Column(task.title, metric_title(task), key=f"{task.name}/en") for task in tasks),
            groups=groups,
            footnotes=footnotes(evidence, groups),
            source_notes=tuple(f"Guessing gives {task.chance:.1f} on {task.title}." for task in tasks if task.chance is not None),
            signature=evidence.signature("intermediate", "+".join(task.name for task in tasks)),
            second_title="± SD",
        )
    ]


def _by_arm(evidence: Evidence, tasks: list[Task], arms: list[Arm]) -> tuple[RowGroup, ...]:
    """A row an arm whose intermediate training is its own; tasks that it does not learn are blank."""
    return tuple(
        RowGroup(
            evidence.model_title(model.name),
            tuple(
                Row(
                    evidence.arm_title(arm),
                    tuple(_cell(evidence, arm, task) if task in learnt_tasks(evidence, arm) else Cell(text=" ") for task in tasks),
                    key=f"{row_key(arm)}/intermediate",
                )
                for arm in (Arm(model.name, one.variant, one.intermediate) for one in arms)
            ),
        )
        for model in evidence.study.models
    )


def _trained(evidence: Evidence, arm: Arm) -> bool:
    """Whether an arm has an intermediate training of its own on tasks: variants of the target phase share that of plain."""
    variant = evidence.study.variant(arm.variant)
    return bool(learnt_tasks(evidence, arm)) and (variant is None or variant.of_intermediate)


def learnt_tasks(evidence: Evidence, arm: Arm) -> tuple[Task, ...]:
    """The tasks whose labels the arm's intermediate training learns; empty for the baseline and for controls without labels."""
    entry = evidence.study.entry(arm.intermediate)
    return entry.tasks if entry is not None and entry.control not in _WITHOUT_LABELS else ()


def _cell(evidence: Evidence, arm: Arm, task: Task) -> Cell:
    series = evidence.aggregates.intermediate_dev(arm.model, arm.variant, arm.intermediate, task.name)
    cell = score_cell(evidence, series, None, (("not run",), "not trained yet, or without a dev score"))
    spread = series.sd() if series else None
    half = Number(spread, half_width=True) if spread is not None else None
    return Cell(cell.number, half, cell.text, cell.marks, details=cell.details)
