"""One table a target with all its languages, and one for each further metric of it."""

from __future__ import annotations

from stiltsreport.metrics import METRICS
from stiltsreport.report.arms import Arm
from stiltsreport.report.design_words import explored_adjustment, test_in_words
from stiltsreport.report.document import Cell, Column, Mark, Row, RowGroup, Table
from stiltsreport.report.evaluated_data import ENGLISH
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats.latex_text import label
from stiltsreport.report.tables.cells import difference, examples, footnotes, score_cell, with_best
from stiltsreport.report.tables.xtreme import SECOND, row_key
from stiltsreport.report.titles import language_title, metric_title, short_metric
from stiltsreport.study.study import BASELINE, TargetEntry


def languages(evidence: Evidence) -> list[Table]:
    """The tables `languages-TARGET`, and `languages-TARGET-METRIC` where a target has more than one metric."""
    found = []
    for entry in evidence.study.target:
        found.append(_table(evidence, entry, None))
        single = [*entry.task.metrics, *entry.task.beside] if len(entry.task.metrics) > 1 or entry.task.beside else []
        names = dict.fromkeys(METRICS[key].name for key in single)
        found.extend(_table(evidence, entry, name) for name in names if [name] != [METRICS[key].name for key in entry.task.metrics])
    return found


def _table(evidence: Evidence, entry: TargetEntry, metric: str | None) -> Table:
    task = entry.task
    codes = sorted(entry.languages, key=lambda code: (code != ENGLISH, code))
    groups = with_best(
        [
            RowGroup(
                evidence.model_title(model.name),
                tuple(
                    Row(
                        evidence.arm_title(arm),
                        (_mean(evidence, arm, entry, metric), *(_cell(evidence, arm, entry, code, metric) for code in codes)),
                        key=row_key(arm),
                        baseline=arm.baseline,
                    )
                    for arm in evidence.arms(model.name)
                ),
            )
            for model in evidence.study.models
        ]
    )
    name = short_metric(metric) if metric else metric_title(task)
    part = f":{metric}" if metric else ""
    found = list(evidence.data.notes(entry))
    if task.chance is not None and metric in (None, "accuracy"):
        found.append(f"Guessing gives {task.chance:.1f} on average.")
    if evidence.data.shares_file(entry) and ENGLISH in codes:
        found.append("English checkpoints were selected on the file that the English column reports.")
    found.append("Languages: " + ", ".join(f"{code} {language_title(code)}" for code in codes) + ".")
    second = f"; the second line is the gain over {BASELINE}" if metric is None else ""
    return Table(
        id=f"languages-{label(task.name)}" + (f"-{label(metric)}" if metric else ""),
        title=f"{task.title} by language ({name})",
        caption=(
            f"Mean over {evidence.seeds}{second}. {examples([row.used or 0 for row in evidence.data.facts('evaluation', task.name)])} a "
            f"language, "
            f"split: {' and '.join(evidence.data.splits(entry)) or 'none evaluated yet'}. {test_in_words(evidence.study).split(',')[0]}, "
            f"{explored_adjustment(evidence.study)}. {evidence.limits}"
        ).strip(),
        stub="Intermediate",
        columns=(
            Column("mean", f"{len(codes)} languages" if len(codes) > 1 else "", key=f"{task.name}/*{part}"),
            *(Column(code, key=f"{task.name}/{code}{part}") for code in codes),
        ),
        groups=groups,
        footnotes=footnotes(evidence, groups),
        source_notes=tuple(note for note in found if note),
        signature=evidence.signature(evidence.data.protocol(entry), f"metric:{metric}" if metric else ""),
        second_title=SECOND if metric is None else "",
    )


def _mean(evidence: Evidence, arm: Arm, entry: TargetEntry, metric: str | None) -> Cell:
    name = entry.task.name
    series, baseline = (
        evidence.aggregates.task(arm.model, *which, name, metric) for which in ((arm.variant, arm.intermediate), ("plain", BASELINE))
    )
    comparison = evidence.comparison(arm, name, "task") if metric is None else None
    gain = difference(series, baseline) if metric is None and not arm.baseline and comparison is None else None
    own: tuple[Mark, ...] = ("own-data",) if evidence.own(arm, name) else ()
    return score_cell(evidence, series, comparison, evidence.gaps(arm, name), marks=own, gain=gain)


def _cell(evidence: Evidence, arm: Arm, entry: TargetEntry, code: str, metric: str | None) -> Cell:
    name = entry.task.name
    series, baseline = (
        evidence.aggregates.language(arm.model, *which, name, code, metric)
        for which in ((arm.variant, arm.intermediate), ("plain", BASELINE))
    )
    comparison = evidence.comparison(arm, name, f"language:{code}") if metric is None else None
    gain = difference(series, baseline) if metric is None and not arm.baseline and comparison is None else None
    shared: tuple[Mark, ...] = ("shared-file",) if code == ENGLISH and evidence.data.shares_file(entry) else ()
    return score_cell(evidence, series, comparison, evidence.gaps(arm, name, code), marks=shared, gain=gain)
