"""On how many targets a row is better than the baseline, and with how many rows a target gains: counts that tests allow."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.report.arms import Arm, is_control
from stiltsreport.report.document import Cell, Column, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.counts import Counted, counted
from stiltsreport.study.study import BASELINE, PLAIN

_FEWEST = 2  # a count of one is a test


def counts(evidence: Evidence) -> list[Table]:
    """The tables `counts` (by row, over targets) and `counts-by-target` (by target, over the plain intermediate tasks).

    None where seeds were added after the results had been seen, and where no comparison has been tested.
    """
    if evidence.study.extended:
        return []
    by_row, by_target = [], []
    for model in evidence.study.models:
        arms = [arm for arm in evidence.arms(model.name) if not arm.baseline]
        rows = [_row(evidence, _over_targets(evidence, arm), evidence.arm_title(arm), row_key(arm)) for arm in arms]
        by_row.append(RowGroup(evidence.model_title(model.name), tuple(row for row in rows if row is not None)))
        plain = [arm for arm in arms if arm.variant == PLAIN and not is_control(evidence.study, arm)]
        found = [
            _row(evidence, _over_arms(evidence, plain, name), entry.task.title, f"{model.name}/{name}")
            for name, entry in evidence.entries.items()
        ]
        by_target.append(RowGroup(evidence.model_title(model.name), tuple(row for row in found if row is not None)))
    tables = [
        _table(evidence, "counts", "On how many targets a row is better", "Intermediate", "targets", by_row),
        _table(evidence, "counts-by-target", "With how many intermediate tasks a target gains", "Target", "intermediate tasks", by_target),
    ]
    return [table for table in tables if table.rows]


def _over_targets(evidence: Evidence, arm: Arm) -> list[Comparison | None]:
    return [evidence.comparison(arm, name, "task") for name in evidence.entries if not evidence.own(arm, name)]


def _over_arms(evidence: Evidence, arms: Sequence[Arm], name: str) -> list[Comparison | None]:
    return [evidence.comparison(arm, name, "task") for arm in arms if not evidence.own(arm, name)]


def _row(evidence: Evidence, rows: Sequence[Comparison | None], title: str, key: str) -> Row | None:
    found = counted(rows, evidence.study.statistics.alpha)
    if found.of < _FEWEST or not found.tested:
        return None
    return Row(title, tuple(Cell(text=text) for text in _texts(found)), key=key)


def _texts(found: Counted) -> tuple[str, ...]:
    tested = str(found.of) if found.tested == found.of else f"{found.tested} of {found.of}"
    return (tested, str(found.above), str(found.below), f"{found.better} of {found.of}", f"{found.worse} of {found.of}")


def _table(evidence: Evidence, name: str, title: str, stub: str, over: str, groups: Sequence[RowGroup]) -> Table:
    alpha = evidence.study.statistics.alpha
    how = (
        "At least: Bonferroni's partial conjunction (Benjamini and Heller 2008) over the one-sided p values, which need not be "
        f"independent: {over} share an encoder, a baseline or runs. Exploratory, row by row."
    )
    left_out = "Cells with the target's own training data are left out, and what is missing counts as not better and not worse."
    return Table(
        id=name,
        title=title,
        caption=(
            f"Counts of {over} against {BASELINE}, over {evidence.seeds}. Above and below: the sign of the mean alone, which says "
            f"little. At least: what holds at {100 * (1 - alpha):g} % for a row of this table. {evidence.limits}"
        ).strip(),
        stub=stub,
        columns=(Column("Tested"), Column("Above"), Column("Below"), Column("Better", "at least"), Column("Worse", "at least")),
        groups=tuple(group for group in groups if group.rows),
        source_notes=(how, left_out),
        signature=evidence.signature(name),
    )
