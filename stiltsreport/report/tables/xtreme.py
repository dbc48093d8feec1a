"""The main table: intermediate tasks by model against targets by group, group averages and the average over tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stiltsreport.report.arms import Arm
from stiltsreport.report.design_words import over_the_tasks, test_of_averages
from stiltsreport.report.document import Cell, Column, Mark, Row, RowGroup, Spanner, Table
from stiltsreport.report.evaluated_data import ENGLISH
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed
from stiltsreport.report.tables.best_set import best_note, with_best_set
from stiltsreport.report.tables.cells import difference, evaluated, footnotes, score_cell, shortened, with_best
from stiltsreport.report.titles import metric_title
from stiltsreport.stats.aggregate import GROUPS, average_title
from stiltsreport.study.study import BASELINE, TargetEntry

GROUP_TITLES = {"classification": "Classification", "structured": "Structured", "qa": "QA", "retrieval": "Retrieval"}
SECOND = "gain"


@dataclass(frozen=True)
class ScoreColumn:
    """A column of scores: a target, or the name of an average."""

    column: Column
    entry: TargetEntry | None
    average: str = ""


def xtreme(evidence: Evidence) -> list[Table]:
    """The table `xtreme`."""
    columns, spanners = columns_of(evidence)
    groups = with_best([_group(evidence, model.name, columns) for model in evidence.study.models])
    groups = with_best_set(evidence, groups, [column.entry.task.name if column.entry else column.average for column in columns])
    entries = evidence.study.target
    return [
        Table(
            id="xtreme",
            title="Zero-shot cross-lingual transfer after intermediate training",
            caption=(
                f"Mean over {evidence.seeds} and over languages; the second line is the gain over {BASELINE}, the same model without "
                f"intermediate "
                f"training. {evaluated(evidence)} "
                f"{test_of_averages(evidence.study)} over the averages; {over_the_tasks(evidence.study)}. {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=tuple(column.column for column in columns),
            groups=groups,
            spanners=spanners,
            footnotes=footnotes(evidence, groups),
            source_notes=(*notes(evidence), *best_note(evidence, groups)),
            signature=evidence.signature(
                evidence.study.benchmark or "own-tasks", *(f"[{evidence.data.protocol(entry)}]" for entry in entries)
            ),
            second_title=SECOND,
        )
    ]


def columns_of(evidence: Evidence) -> tuple[list[ScoreColumn], tuple[Spanner, ...]]:
    """Targets by group, a group's average where it has several, the average; and the spanners over them."""
    columns: list[ScoreColumn] = []
    spanners: list[Spanner] = []
    for group in GROUPS:
        entries = [entry for entry in evidence.study.target if entry.task.group == group]
        first = len(columns)
        columns += [ScoreColumn(Column(entry.task.title, metric_title(entry.task), key=f"{entry.task.name}/*"), entry) for entry in entries]
        if len(entries) > 1:
            columns.append(ScoreColumn(Column("mean", f"{len(entries)} tasks", key=f"group:{group}"), None, f"group:{group}"))
        if entries:
            spanners.append(Spanner(GROUP_TITLES[group], first, len(columns) - 1))
    columns.append(ScoreColumn(Column("Average", f"{len(evidence.study.target)} tasks", key="average"), None, "average"))
    return columns, tuple(spanners)


def notes(evidence: Evidence) -> tuple[str, ...]:
    """What a reader must know of the columns."""
    found = [f"Average: {average_title(evidence.study)}, each the mean over its languages."]
    if any(len(entry.task.metrics) > 1 for entry in evidence.study.target):
        found.append("F1/EM: the mean of F1 and exact match.")
    if any(not entry.task.train for entry in evidence.study.target):
        found.append(f"A retrieval score of {BASELINE} stands once where nothing was trained.")
    for entry in evidence.study.target:
        found.extend(evidence.data.notes(entry))
    shared = [entry.task.title for entry in evidence.study.target if ENGLISH in entry.languages and evidence.data.shares_file(entry)]
    if shared:
        found.append(f"On {listed(shared)} English checkpoints are selected on the reported file; the English cells are marked.")
    return tuple(found)


def marks_of(evidence: Evidence, arm: Arm, entry: TargetEntry | None) -> tuple[Mark, ...]:
    """What has to be said of a cell beside its number."""
    return ("own-data",) if entry is not None and evidence.own(arm, entry.task.name) else ()


def _group(evidence: Evidence, model: str, columns: Sequence[ScoreColumn]) -> RowGroup:
    rows = []
    for arm in evidence.arms(model):
        cells = [score(evidence, arm, column) for column in columns]
        rows.append(Row(evidence.arm_title(arm), tuple(cells), key=row_key(arm), baseline=arm.baseline))
    return RowGroup(evidence.model_title(model), tuple(rows))


def row_key(arm: Arm) -> str:
    """A row's part of a cell's key: MODEL/INTERMEDIATE, with +VARIANT."""
    return f"{arm.model}/{arm.intermediate}" + (f"+{arm.variant}" if arm.variant != "plain" else "")


def score(evidence: Evidence, arm: Arm, column: ScoreColumn) -> Cell:
    """The cell of an arm: its mean on a target or average, with the gain over the baseline."""
    aggregates, plain = evidence.aggregates, Arm(arm.model, "plain", BASELINE)
    if column.entry is not None:
        name = column.entry.task.name
        series, baseline = (aggregates.task(one.model, one.variant, one.intermediate, name) for one in (arm, plain))
        comparison = evidence.comparison(arm, name, "task")
        gaps = evidence.gaps(arm, name)
    else:
        kind = column.average
        series, baseline = (aggregates.average(one.model, one.variant, one.intermediate, kind, arm.intermediate) for one in (arm, plain))
        comparison = evidence.comparison(arm, kind, "average")
        missing = aggregates.missing_of(arm.model, arm.variant, arm.intermediate, kind, arm.intermediate)
        gaps = ((), shortened(missing) or "no task belongs to it")
    gain = None if arm.baseline or comparison else difference(series, baseline)
    return score_cell(evidence, series, comparison, gaps, marks=marks_of(evidence, arm, column.entry), gain=gain)
