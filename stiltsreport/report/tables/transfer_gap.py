"""The transfer gap of each target, and each row's mean rank over the targets."""

from __future__ import annotations

from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Arm, Evidence
from stiltsreport.report.tables.cells import footnotes, score_cell
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.aggregate import ENGLISH
from stiltsreport.stats.summaries import MeanRank, mean_ranks, transfer_gap
from stiltsreport.study.study import TargetEntry

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
        rows = tuple(_row(evidence, arm, entries, ranks if ranked else None) for arm in evidence.arms(model.name))
        groups.append(RowGroup(evidence.model_title(model.name), rows))
        notes += _left_out(evidence, model.title, ranks)
    return [
        Table(
            id="transfer-gap",
            title="Transfer gap and mean rank",
            caption=(
                f"English minus the mean of the other languages, in points, over {evidence.seeds}: a smaller gap is better transfer "
                f"only where English has not fallen. Mean rank of each row among the rows of its model, over the targets. {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=(*(Column(entry.task.title, key=entry.task.name) for entry in entries), *((_RANK,) if ranked else ())),
            groups=tuple(groups),
            footnotes=footnotes(evidence, tuple(groups)),
            source_notes=("Equal scores share the mean of their ranks; nothing is tested here.", *dict.fromkeys(notes)),
            signature=evidence.signature("transfer-gap", evidence.study.benchmark or "own-tasks"),
        )
    ]


def _row(evidence: Evidence, arm: Arm, entries: list[TargetEntry], ranks: dict[tuple[str, str], MeanRank] | None) -> Row:
    cells = []
    for entry in entries:
        series = transfer_gap(evidence.aggregates, arm.model, arm.variant, arm.intermediate, entry.task.name)
        cells.append(score_cell(evidence, series, None, evidence.gaps(arm, entry.task.name)))
    if ranks is not None:
        found = ranks.get((arm.variant, arm.intermediate))
        rank = Number(found.rank, decimals=2) if found else None
        cells.append(Cell(rank, details=(("targets", ", ".join(found.targets)),)) if found else Cell(marks=("not run",)))
    return Row(evidence.arm_title(arm), tuple(cells), key=row_key(arm), baseline=arm.baseline)


def _left_out(evidence: Evidence, model: str, ranks: dict[tuple[str, str], MeanRank]) -> list[str]:
    """What the ranks of a model leave out, since some row lacks it."""
    names = next(iter(ranks.values())).left_out if ranks else ()
    titles = [evidence.entries[name].task.title for name in names]
    return [f"The ranks of {model} leave out {', '.join(titles)}, which some row lacks."] if titles else []
