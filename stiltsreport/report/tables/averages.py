"""The averages side by side: all tasks, without retrieval, without English, without the target's own training data."""

from __future__ import annotations

from dataclasses import replace

from stiltsreport.report.design_words import test_of_averages
from stiltsreport.report.document import Column, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.best_set import best_note, with_best_set
from stiltsreport.report.tables.cells import evaluated, footnotes, with_best
from stiltsreport.report.tables.xtreme import SECOND, ScoreColumn, row_key, score
from stiltsreport.stats.aggregate import AVERAGES, average_title
from stiltsreport.study.study import BASELINE, PLAIN

AVERAGE_TITLES = {
    "average": ("All tasks", "all languages"),
    "average-without-retrieval": ("No retrieval", "all languages"),
    "zero-shot-average": ("Zero-shot", "no English"),
    "average-without-own-data": ("No own data", "see note"),
}


def averages(evidence: Evidence) -> list[Table]:
    """The table `averages`."""
    columns = [ScoreColumn(Column(*AVERAGE_TITLES[kind], key=kind), None, kind) for kind in AVERAGES]
    groups = with_best(
        [
            RowGroup(
                evidence.model_title(model.name),
                tuple(
                    Row(
                        evidence.arm_title(arm),
                        tuple(score(evidence, arm, column) for column in columns),
                        key=row_key(arm),
                        baseline=arm.baseline,
                    )
                    for arm in evidence.arms(model.name)
                ),
            )
            for model in evidence.study.models
        ]
    )
    groups = with_best_set(evidence, groups, AVERAGES)
    # Each row of the last column is a mean over other tasks, so that none of them is the best.
    groups = tuple(RowGroup(group.title, tuple(_without_best(row) for row in group.rows)) for group in groups)
    arms = [arm for arm in evidence.arms(evidence.study.models[0].name) if arm.variant == PLAIN]
    left_out = [
        f"{task.title}: {', '.join(entry.task.title for entry in evidence.study.target if evidence.own(arm, entry.task.name))}"
        for arm, task in ((arm, evidence.study.entry(arm.intermediate)) for arm in arms)
        if task and any(evidence.own(arm, entry.task.name) for entry in evidence.study.target)
    ]
    note = (
        "No own data: without the targets whose own English training data the intermediate task is or contains, in the row and in the "
        f"{BASELINE} that it is compared with ({'; '.join(left_out) or 'none here'})."
    )
    return [
        Table(
            id="averages",
            title="Averages with and without retrieval, English and own data",
            caption=(
                f"{average_title(evidence.study)[0].upper()}{average_title(evidence.study)[1:]}, over {evidence.seeds}; the second "
                f"line is the "
                f"gain over {BASELINE}. {evaluated(evidence)} {test_of_averages(evidence.study)}. {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=tuple(column.column for column in columns),
            groups=groups,
            footnotes=footnotes(evidence, groups),
            source_notes=(
                note,
                "A gain on the average whose sign turns without retrieval is driven by retrieval.",
                *best_note(evidence, groups),
            ),
            signature=evidence.signature("averages", evidence.study.benchmark or "own-tasks"),
            second_title=SECOND,
        )
    ]


def _without_best(row: Row) -> Row:
    last = row.cells[-1]
    if last.number is None:
        return row
    number = replace(last.number, marks=tuple(mark for mark in last.number.marks if mark != "best"))
    return replace(row, cells=(*row.cells[:-1], replace(last, number=number)))
