"""Underlined numbers: the arms of a column that may be the best, where their means alone do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import RowGroup
from stiltsreport.report.evidence import Evidence
from stiltsreport.stats.aggregate import Floats
from stiltsreport.stats.best_set import best_set
from stiltsreport.stats.candidates import WITHOUT_OWN_DATA


def with_best_set(evidence: Evidence, groups: Sequence[RowGroup], columns: Sequence[str]) -> tuple[RowGroup, ...]:
    """The groups, one a model with a row an arm, with every number underlined that may be its column's best.

    `columns` name what stands in each: a target or an average.

    Columns of `average-without-own-data` stay as they are: each row is a mean over other tasks. Nothing is underlined where seeds are too
    few, or were added after the results had been seen.
    """
    if evidence.study.extended:
        return tuple(groups)
    return tuple(
        _underlined(evidence, evidence.arms(model.name), group, columns) for model, group in zip(evidence.study.models, groups, strict=True)
    )


def best_note(evidence: Evidence, groups: Sequence[RowGroup]) -> tuple[str, ...]:
    """What an underline says; nothing where none stands."""
    if not any(cell.number and "tied" in cell.number.marks for group in groups for row in group.rows for cell in row.cells):
        return ()
    level = f"{100 * (1 - evidence.study.statistics.alpha):g} %"
    text = (
        f"Bold: the highest mean of a column and model. Underlined: the {level} confidence set of the best by these seeds, column by "
        "column (multiple comparisons with the best, Hsu 1984, seeds as blocks): the data do not tell which of these is best. "
        "A column without one has no five seeds in common."
    )
    return (text,)


def _underlined(evidence: Evidence, arms: Sequence[Arm], group: RowGroup, columns: Sequence[str]) -> RowGroup:
    lines = [list(row.cells) for row in group.rows]
    for place, column in enumerate(columns):
        if column == WITHOUT_OWN_DATA:
            continue
        values = np.array([_values(evidence, arm, column) for arm in arms]).reshape(len(arms), -1)
        found = best_set(values, evidence.study.statistics.alpha)
        for line, inside in zip(lines, () if found is None else found, strict=False):
            number = line[place].number
            if inside and number is not None:
                line[place] = replace(line[place], number=replace(number, marks=("tied", *number.marks)))
    return RowGroup(group.title, tuple(replace(row, cells=tuple(line)) for row, line in zip(group.rows, lines, strict=True)))


def _values(evidence: Evidence, arm: Arm, column: str) -> Floats:
    aggregates, of = evidence.aggregates, (arm.model, arm.variant, arm.intermediate)
    if column in evidence.entries:
        return aggregates.task_values(of, column)[0]
    return aggregates.mean_over(of, aggregates.members(column, arm.intermediate), without_english=column == "zero-shot-average")[0]
