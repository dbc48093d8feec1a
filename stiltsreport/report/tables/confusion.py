"""Which classes are taken for which, under the baseline and under a row, in English and in the other languages."""

from __future__ import annotations

from dataclasses import replace

from stiltsreport.report.document import Cell, Row, RowGroup, Spanner, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.looked_at import (
    NOTHING,
    alike,
    arm_of,
    baseline_arm,
    examples_of,
    groups_of,
    languages_in_words,
    left_out,
    not_seen,
    plain_columns,
    seeds_in_words,
    share,
)
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.results.microscope_facts import ConfusionFacts, Matrix
from stiltsreport.study.study import BASELINE, TargetEntry


def confusion(evidence: Evidence) -> list[Table]:
    """The tables `confusion-TARGET` of classification targets; none in reports of older stores."""
    found: dict[str, list[ConfusionFacts]] = {}
    for row in evidence.results.setup.microscope.confusion:
        if row.target in evidence.entries and len(row.own) == len(evidence.entries[row.target].task.labels):
            found.setdefault(row.target, []).append(row)
    return [_table(evidence, evidence.entries[target], rows) for target, rows in found.items()]


def _table(evidence: Evidence, entry: TargetEntry, rows: list[ConfusionFacts]) -> Table:
    names, labels = groups_of(rows), entry.task.labels
    groups = []
    for model in evidence.study.models:
        of_model = [row for row in rows if row.model == model.name]
        arms = dict.fromkeys(map(arm_of, of_model))
        title = evidence.model_title(model.name)
        if arms and alike(of_model):
            base = {row.group: row for row in of_model}
            cells = [
                _cells(labels, place, names, {name: (row.baseline, None) for name, row in base.items()}) for place in range(len(labels))
            ]
            key = f"{row_key(baseline_arm(model.name))}/{entry.task.name}"
            groups.append(RowGroup(f"{title}, {BASELINE}", _rows(labels, cells, key, baseline=True)))
        for arm in arms:
            own = {row.group: row for row in of_model if arm_of(row) == arm}
            cells = [
                _cells(labels, place, names, {name: (row.own, row.baseline) for name, row in own.items()}) for place in range(len(labels))
            ]
            link = examples_of(evidence, arm, entry.task.name, "gained", "lost")
            cells[0] = (replace(cells[0][0], link=link), *cells[0][1:])
            groups.append(RowGroup(f"{title}, {evidence.arm_title(arm)}", _rows(labels, cells, f"{row_key(arm)}/{entry.task.name}")))
    width = len(labels)
    return Table(
        id=f"confusion-{entry.task.name}",
        title=f"{entry.task.title}: which class is taken for which",
        caption=(
            f"Percent of the items of a class (row) that are called so (column); the second line is the change against {BASELINE}, in "
            f"points. Answers of {seeds_in_words(rows)} and of all languages of a group together ({languages_in_words(rows)}). Nothing is "
            f"tested here. {evidence.limits}"
        ).strip(),
        stub="Class",
        columns=plain_columns(labels * len(names)),
        groups=tuple(groups),
        spanners=tuple(
            Spanner(f"{name}, called"[0].upper() + f"{name}, called"[1:], place * width, place * width + width - 1)
            for place, name in enumerate(names)
        ),
        source_notes=(*left_out(evidence, entry.task.name), *not_seen(entry, (code for row in rows for code in row.languages))),
        signature=evidence.signature(f"confusion-{entry.task.name}"),
        second_title="change",
    )


def _rows(labels: tuple[str, ...], cells: list[tuple[Cell, ...]], key: str, *, baseline: bool = False) -> tuple[Row, ...]:
    return tuple(
        Row(label, row, key=key, baseline=baseline and place == len(labels) - 1)
        for place, (label, row) in enumerate(zip(labels, cells, strict=True))
    )


def _cells(labels: tuple[str, ...], gold: int, names: list[str], sides: dict[str, tuple[Matrix, Matrix | None]]) -> tuple[Cell, ...]:
    """A class's row: how its items are called, group by group of languages."""
    cells: list[Cell] = []
    for name in names:
        if name not in sides:
            cells += [NOTHING] * len(labels)
            continue
        own, before = sides[name][0][gold], sides[name][1]
        base = None if before is None else before[gold]
        cells += [share(count, sum(own), None if base is None else (base[place], sum(base)), of="items") for place, count in enumerate(own)]
    return tuple(cells)
