"""The transfer gap of each target with its change against the baseline, and each row's mean rank over the targets."""

from __future__ import annotations

from dataclasses import replace

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.cells import evaluated, footnotes, score_cell
from stiltsreport.report.tables.effects import exploratory, explored_cell
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.aggregate import ENGLISH
from stiltsreport.stats.exploration import Explored, explore
from stiltsreport.stats.summaries import MeanRank, gap_values, mean_ranks, transfer_gap
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry

Changes = dict[tuple[Arm, str], Explored]
_RANK = Column("Mean rank", "1 is best", key="mean-rank")


def gap_table(evidence: Evidence) -> list[Table]:
    """The table `transfer-gap`; none where no target has a gap (English and another language) and there is one row to rank."""
    entries = [entry for entry in evidence.study.target if ENGLISH in entry.languages and len(entry.languages) > 1]
    ranked = len(evidence.study.arms) > 1
    if not entries and not ranked:
        return []
    groups, notes = [], []
    for model in evidence.study.models:
        ranks = {(found.variant, found.intermediate): found for found in mean_ranks(evidence.aggregates, model.name)} if ranked else {}
        changes = _changes(evidence, model.name, entries)
        rows = tuple(_row(evidence, arm, entries, changes, ranks if ranked else None) for arm in evidence.arms(model.name))
        groups.append(RowGroup(evidence.model_title(model.name), rows))
        notes += _left_out(evidence, model.title, ranks)
    return [
        Table(
            id="transfer-gap",
            title="Transfer gap and mean rank",
            caption=(
                f"English minus the mean of the other languages, in points, over {evidence.seeds}: a smaller gap is better transfer "
                f"only where English has not fallen. "
                f"{_second_line(evidence) if entries and ranked else ''}"
                f"Mean rank of each row among the rows of its model, over the targets. {evaluated(evidence)} {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=(*(Column(entry.task.title, key=entry.task.name) for entry in entries), *((_RANK,) if ranked else ())),
            groups=tuple(groups),
            footnotes=footnotes(evidence, tuple(groups)),
            source_notes=("Equal scores share the mean of their ranks; ranks are not tested.", *dict.fromkeys(notes)),
            signature=evidence.signature("transfer-gap", evidence.study.benchmark or "own-tasks"),
            second_title="change" if entries and ranked else "",
        )
    ]


def _second_line(evidence: Evidence) -> str:
    return (
        f"The second line is its change against {BASELINE}: below 0 the other languages have caught up. "
        f"{exploratory(evidence, 'the rows and targets of a model')} "
    )


def _changes(evidence: Evidence, model: str, entries: list[TargetEntry]) -> Changes:
    """The difference of the gap to that of the baseline, of every row and target, tested as one family."""
    keys = [(arm, entry.task.name) for arm in evidence.arms(model) if not arm.baseline for entry in entries]
    family = [
        (
            gap_values(evidence.aggregates, (model, arm.variant, arm.intermediate), target),
            gap_values(evidence.aggregates, (model, PLAIN, BASELINE), target),
        )
        for arm, target in keys
    ]
    return dict(zip(keys, explore(evidence.study, family), strict=True))


def _row(evidence: Evidence, arm: Arm, entries: list[TargetEntry], changes: Changes, ranks: dict[tuple[str, str], MeanRank] | None) -> Row:
    cells = []
    for entry in entries:
        series = transfer_gap(evidence.aggregates, arm.model, arm.variant, arm.intermediate, entry.task.name)
        cell = score_cell(evidence, series, None, evidence.gaps(arm, entry.task.name))
        cells.append(_with_change(evidence, cell, changes.get((arm, entry.task.name))))
    if ranks is not None:
        found = ranks.get((arm.variant, arm.intermediate))
        rank = Number(found.rank, decimals=2) if found else None
        cells.append(Cell(rank, details=(("targets", ", ".join(found.targets)),)) if found else Cell(marks=("not run",)))
    return Row(evidence.arm_title(arm), tuple(cells), key=row_key(arm), baseline=arm.baseline)


def _with_change(evidence: Evidence, cell: Cell, change: Explored | None) -> Cell:
    if change is None or cell.number is None or change.effect.difference is None:
        return cell
    found = explored_cell(evidence, change)
    details = tuple(("change" if label == "gain" else label, text) for label, text in found.details if label != "seeds")
    number = replace(found.number, marks=tuple(mark for mark in found.number.marks if mark != "partial")) if found.number else None
    return replace(cell, second=number, interval=found.interval, details=(*cell.details, *details))


def _left_out(evidence: Evidence, model: str, ranks: dict[tuple[str, str], MeanRank]) -> list[str]:
    """What the ranks of a model leave out, since some row lacks it."""
    names = next(iter(ranks.values())).left_out if ranks else ()
    titles = [evidence.entries[name].task.title for name in names]
    return [f"The ranks of {model} leave out {', '.join(titles)}, which some row lacks."] if titles else []
