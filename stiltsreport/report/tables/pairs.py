"""The generalized setting: sentence pairs in two languages, in short by arm, and as a matrix of languages for each arm."""

from __future__ import annotations

import math

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Mark, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats.latex_text import label
from stiltsreport.report.panels import paired_arms
from stiltsreport.report.tables.cells import difference, examples, footnotes, score_cell, series_details
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.report.titles import language_title, metric_title
from stiltsreport.stats.aggregate import Series
from stiltsreport.stats.pairs import PairScores, languages_of
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry

_UNLIKE, _ALIKE = "two languages", "one language"


def pairs(evidence: Evidence) -> list[Table]:
    """The table `pairs`: means on and off the diagonal of every arm; none where no target is evaluated in pairs."""
    entries = evidence.pairs.entries
    if not entries:
        return []
    groups = tuple(
        RowGroup(
            evidence.model_title(model.name),
            tuple(
                Row(
                    evidence.arm_title(arm),
                    tuple(cell for entry in entries for cell in _summary(evidence, arm, entry)),
                    key=row_key(arm),
                    baseline=arm.baseline,
                )
                for arm in evidence.arms(model.name)
            ),
        )
        for model in evidence.study.models
    )
    columns = tuple(
        Column(f"{entry.task.title}, {title}", subtitle, key=f"{entry.task.name}/{key}")
        for entry in entries
        for title, subtitle, key in (
            (_UNLIKE, f"{sum(first != second for first, second in entry.pairs)} pairs", "pairs"),
            (_ALIKE, f"{len(set(entry.languages) & set(languages_of(entry)))} languages", "alike"),
        )
    )
    return [
        Table(
            id="pairs",
            title="The generalized setting: the two sentences in two languages",
            caption=(
                f"Mean over {evidence.seeds} and over ordered pairs of two languages, beside each language with itself; the second "
                f"line is the difference to {BASELINE}, or to plain of the same intermediate where a row has a method. Nothing is tested "
                f"here. {examples([_examples(evidence, entry) for entry in entries])} in all pairs of a seed. {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=columns,
            groups=groups,
            footnotes=footnotes(evidence, groups),
            source_notes=(
                (
                    "Sentences are joined by id (Huang et al. 2021); the label is that of both. Pairs stand in no average and in no "
                    "other table."
                ),
                *(
                    [f"Matrices and heatmaps are of {BASELINE} and its methods; the pairs of all rows stand in scores.jsonl."]
                    if any(len(paired_arms(evidence, model.name)) < len(evidence.arms(model.name)) for model in evidence.study.models)
                    else []
                ),
            ),
            signature=evidence.signature("pairs", *(f"[{evidence.data.protocol(entry)}]" for entry in entries)),
            second_title="difference",
        )
    ]


def pair_matrices(evidence: Evidence) -> list[Table]:
    """The tables `pairs-TARGET-ARM`: the languages of the first sentence by those of the second; an arm without a pair has none."""
    found = []
    for entry in evidence.pairs.entries:
        for model in evidence.study.models:
            for arm in paired_arms(evidence, model.name):
                own = evidence.pairs.of(_key(arm), entry)
                if own.any:
                    found.append(_matrix(evidence, arm, entry, own))
    return found


def reference(arm: Arm) -> Arm | None:
    """What an arm's pairs are compared with: plain of the same intermediate, or the baseline; None for the baseline."""
    if arm.variant != PLAIN:
        return arm.plain
    return None if arm.baseline else Arm(arm.model, PLAIN, BASELINE)


def _summary(evidence: Evidence, arm: Arm, entry: TargetEntry) -> tuple[Cell, Cell]:
    own, base = evidence.pairs.of(_key(arm), entry), reference(arm)
    other = evidence.pairs.of(_key(base), entry) if base else None
    unlike, alike = own.off_diagonal(), own.diagonal()
    gaps: tuple[tuple[Mark, ...], str] = (("not run",), "some pair has not run, has failed, or has no data")
    return (
        score_cell(evidence, unlike, None, gaps, gain=difference(unlike, other.off_diagonal() if other else None)),
        score_cell(evidence, alike, None, gaps, gain=difference(alike, other.diagonal() if other else None)),
    )


def _examples(evidence: Evidence, entry: TargetEntry) -> int:
    return max((evidence.pairs.of(_key(arm), entry).n for model in evidence.study.models for arm in evidence.arms(model.name)), default=0)


def _matrix(evidence: Evidence, arm: Arm, entry: TargetEntry, own: PairScores) -> Table:
    base = reference(arm)
    other = evidence.pairs.of(_key(base), entry) if base else None
    codes = own.languages
    rows = tuple(
        Row(code, tuple(_pair(own, other, first, second) for second in range(len(codes))), key=f"{row_key(arm)}/{entry.task.name}/{code}")
        for first, code in enumerate(codes)
    )
    named = f"{entry.task.title}, {evidence.arm_title(arm)}" + (
        f", {evidence.model_title(arm.model)}" if len(evidence.study.models) > 1 else ""
    )
    against = f"; the second line is the difference to {evidence.arm_title(base)}" if base else ""
    return Table(
        id=f"pairs-{label(entry.task.name)}-{label(row_key(arm))}",
        title=f"{named}: sentence 1 (rows) by sentence 2 (columns)",
        caption=f"{metric_title(entry.task)}, mean over {evidence.seeds}{against}. {evidence.limits}".strip(),
        stub="1 \\ 2",
        columns=tuple(Column(code, key=f"{entry.task.name}/*-{code}") for code in codes),
        groups=(RowGroup("", rows),),
        source_notes=(
            (
                f"Off the diagonal {_words(own.off_diagonal(), other.off_diagonal() if other else None)}, on it "
                f"{_words(own.diagonal(), other.diagonal() if other else None)}. Pairs that were not asked for are blank."
            ),
            "Languages: " + ", ".join(f"{code} {language_title(code)}" for code in codes) + ".",
        ),
        signature=evidence.signature(evidence.data.protocol(entry), "pairs"),
        second_title="diff." if base else "",
    )


def _pair(own: PairScores, other: PairScores | None, first: int, second: int) -> Cell:
    if not own.asked[first, second]:
        return Cell(text=" ")
    mean = float(own.means[first, second])
    if math.isnan(mean):
        return Cell(marks=("not run",), details=(("missing", "not run, failed, or without data"),))
    gain = mean - float(other.means[first, second]) if other is not None else math.nan
    values = own.values[first, second]
    there = [place for place, value in enumerate(values) if not math.isnan(value)]
    series = Series(tuple(own.seeds[place] for place in there), tuple(float(values[place]) for place in there), 0)
    details = tuple(part for part in series_details(series) if part[0] != "n")
    return Cell(Number(mean), None if math.isnan(gain) else Number(gain, signed=True, grey=True), details=details)


def _words(series: Series | None, base: Series | None) -> str:
    if series is None:
        return "the mean is not whole yet"
    gain = difference(series, base)
    return f"the mean is {Number(series.mean()).text}" + (f" ({Number(gain, signed=True).text})" if gain is not None else "")


def _key(arm: Arm) -> tuple[str, str, str]:
    return arm.model, arm.variant, arm.intermediate
