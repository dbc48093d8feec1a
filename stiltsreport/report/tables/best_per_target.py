"""The best intermediate of each target: chosen on English dev data and told by the reported scores, beside what an oracle would take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Spanner, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted, listed, probability
from stiltsreport.report.tables.cells import footnotes, half_width_title, text_column
from stiltsreport.report.tables.effects import exploratory, explored_cell, interval_name
from stiltsreport.stats.aggregate import Floats, average_title
from stiltsreport.stats.best_per_target import Chosen, choose, eligible, oracle, reported
from stiltsreport.stats.effect import effect
from stiltsreport.stats.exploration import Explored, Sides, explore
from stiltsreport.stats.selection_scores import SelectionScores
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry

_FEWEST = 2  # intermediates among which there is a choice


@dataclass(frozen=True)
class _Line:
    """A target or an average: what is taken by dev and by the oracle, and the values of both and of the baseline by seed."""

    title: str
    chosen: tuple[Chosen, ...]
    best: tuple[Chosen, ...]
    dev: Sides
    oracle: Sides
    n: int


def best_per_target(evidence: Evidence) -> list[Table]:
    """The table `best-per-target`; none without the dev scores of target trainings, or without two intermediates to choose from."""
    study = evidence.study
    if not evidence.results.setup.selection or not any(len(eligible(study, entry.task.name)) >= _FEWEST for entry in study.target):
        return []
    scores = SelectionScores(study, evidence.results.setup.selection)
    lines = {model.name: _lines(evidence, scores, model.name) for model in study.models}
    groups = tuple(RowGroup(evidence.model_title(name), _rows(evidence, name, own)) for name, own in lines.items())
    counts = [line.n for own in lines.values() for line in own if line.n]
    span = " to ".join(dict.fromkeys(counted(edge(counts)) for edge in (min, max))) if counts else ""
    examples = f"n = {span} evaluated examples a seed. " if counts else ""
    return [
        Table(
            id="best-per-target",
            title="The best intermediate task of each target, chosen on English dev data",
            caption=(
                f"In each seed a target takes the plain intermediate task whose English dev score is highest; the gain over {BASELINE} is "
                f"of the reported scores, over {evidence.seeds}, with half of its {interval_name(evidence)} beneath. {examples}"
                f"Oracle: chosen on the reported scores themselves. Optimism: oracle minus chosen, which is how much such a choice "
                f"flatters itself. {evidence.limits}"
            ).strip(),
            stub="Target",
            columns=(
                text_column("Taken (seeds)", wide=True), Column("Score"), Column("Gain"), Column("adjusted"),
                text_column("Taken (seeds)", wide=True), Column("Gain"), Column("Optimism"),
            ),
            groups=groups,
            spanners=(Spanner("Chosen on dev", 0, 3), Spanner("Oracle", 4, 6)),
            footnotes=footnotes(evidence, groups),
            source_notes=_notes(evidence, scores),
            signature=evidence.signature("best-per-target", study.benchmark or "own-tasks"),
            second_title=half_width_title(evidence),
        )
    ]  # fmt: skip


def _lines(evidence: Evidence, scores: SelectionScores, model: str) -> list[_Line]:
    entries = evidence.study.target
    lines = [_line(evidence, scores, model, [entry], entry.task.title) for entry in entries]
    if len(entries) > 1:
        title = average_title(evidence.study)
        lines.append(_line(evidence, scores, model, entries, title[0].upper() + title[1:]))
        if any(eligible(evidence.study, entry.task.name) != eligible(evidence.study, entry.task.name, own=True) for entry in entries):
            lines.append(_line(evidence, scores, model, entries, "The same, own data allowed", own=True))
    return lines


def _line(
    evidence: Evidence, scores: SelectionScores, model: str, entries: Sequence[TargetEntry], title: str, *, own: bool = False
) -> _Line:
    study, aggregates = evidence.study, evidence.aggregates
    chosen = tuple(choose(study, scores, model, entry.task.name, own=own) for entry in entries)
    best = tuple(oracle(study, aggregates, model, entry.task.name, own=own) for entry in entries)
    base = aggregates.mean_over((model, PLAIN, BASELINE), entries)[0]
    values, n = reported(aggregates, model, chosen)
    return _Line(title, chosen, best, (values, base), (reported(aggregates, model, best)[0], base), n)


def _rows(evidence: Evidence, model: str, lines: Sequence[_Line]) -> tuple[Row, ...]:
    by_dev, by_oracle = (explore(evidence.study, [getattr(line, side) for line in lines]) for side in ("dev", "oracle"))
    return tuple(_row(evidence, model, line, dev, best) for line, dev, best in zip(lines, by_dev, by_oracle, strict=True))


def _row(evidence: Evidence, model: str, line: _Line, dev: Explored, best: Explored) -> Row:
    missing = "; ".join(dict.fromkeys(one.missing for one in line.chosen if one.missing))
    values = line.dev[0][~np.isnan(line.dev[0])]
    score = Cell(Number(float(values.mean()))) if len(values) else Cell(details=(("missing", missing or "not run yet"),))
    untested = replace(best, adjusted=None)  # what was chosen on the scores themselves is no finding of theirs
    return Row(
        line.title,
        (
            _taken(evidence, model, line.chosen),
            score,
            explored_cell(evidence, dev, missing),
            Cell(text=probability(dev.adjusted) or " "),
            _taken(evidence, model, line.best),
            explored_cell(evidence, untested, "; ".join(dict.fromkeys(one.missing for one in line.best if one.missing))),
            _optimism(evidence, line.oracle[0], line.dev[0]),
        ),
    )


def _optimism(evidence: Evidence, best: Floats, chosen: Floats) -> Cell:
    """Both are of the same seeds, so they pair whatever the study's test is. Never below zero, so that it is shown and not tested."""
    found = effect(best, chosen, replace(evidence.study.statistics, test="paired-t"))
    if found.difference is None:
        return Cell(details=(("missing", "no seed has both"),))
    return Cell(Number(found.difference, grey=True))


def _taken(evidence: Evidence, model: str, choices: Sequence[Chosen]) -> Cell:
    if len(choices) != 1:
        return Cell(text=" ")
    names = [f"{evidence.arm_title(Arm(model, PLAIN, name))} ({count})" for name, count in choices[0].counts()]
    return Cell(text=", ".join(names), details=(("missing", choices[0].missing),) if choices[0].missing else ())


def _notes(evidence: Evidence, scores: SelectionScores) -> tuple[str, ...]:
    study = evidence.study
    bare = [entry.task.title for entry in study.target if not entry.train]
    shared = [entry.task.title for entry in study.target if entry.train and evidence.data.shares_file(entry)]
    elsewhere = [
        f"{entry.task.title} on {study.tasks[name].title}"
        for entry in study.target
        if (name := scores.dev_task(entry.task.name)) and name != entry.task.name and name in study.tasks
    ]
    left_out = [
        f"{entry.task.title}: {', '.join(study_entry.title for study_entry in study.intermediate if study_entry.name in names)}"
        for entry in study.target
        if (names := set(eligible(study, entry.task.name, own=True)) - set(eligible(study, entry.task.name)))
    ]
    found = [
        (
            f"{exploratory(evidence, 'the rows of a model')} A claim that names it has a test of its own. Of equal dev "
            "scores the first intermediate of the study is taken. No control stands in the choice."
        )
    ]
    if left_out:
        found.append(f"Left out of the choice, as the target's own training data: {'; '.join(left_out)}.")
    if bare:
        found.append(
            f"{listed(bare)} {'trains' if len(bare) == 1 else 'train'} nothing and so {'has' if len(bare) == 1 else 'have'} no dev score: "
            "the intermediate that gains most on the dev sets of the other targets is taken."
        )
    if elsewhere:
        found.append(f"Selected on the dev set of another task: {'; '.join(elsewhere)}.")
    if shared:
        found.append(f"On {listed(shared)} the English dev set is the reported file: the choice has seen those English scores.")
    return tuple(found)
