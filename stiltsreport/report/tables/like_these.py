"""The mixed model by arm: the average gain in languages, and tasks, like these, beside what it varies by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Mark, Number, Row, RowGroup, Spanner, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import between, plural, probability, shown
from stiltsreport.report.tables.cells import evaluated, footnotes, half_width_title
from stiltsreport.report.tables.effects import interval_name
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.corrections import benjamini_hochberg, uncorrected
from stiltsreport.stats.exploration import without_own_data
from stiltsreport.stats.languages_like_these import FEWEST_OF_FAMILY, Estimate, LikeThese, like_these
from stiltsreport.stats.mixed_model import TERMS
from stiltsreport.stats.typology import FEWEST_LANGUAGES as FEWEST
from stiltsreport.stats.typology import languages_of
from stiltsreport.stats.verdicts import MINIMUM_SEEDS
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry


@dataclass(frozen=True)
class _Line:
    """An arm on some targets: what was found, or in words why nothing was, and the adjusted p value of it and of its families."""

    arm: Arm
    found: LikeThese | str
    adjusted: float | None = None
    families: tuple[float | None, ...] = ()


def languages_like_these(evidence: Evidence) -> list[Table]:
    """The tables `languages-like-these`, and `families-like-these` where a family has languages enough.

    None where nothing stands beside the baseline, or under five languages outside English are evaluated.
    """
    study = evidence.study
    if len(study.arms) < 2 or len(languages_of(study)) < FEWEST:  # noqa: PLR2004 - the baseline alone
        return []
    groups = [(title, _lines(evidence, model, members)) for title, model, members in _scopes(evidence)]
    if not any(isinstance(line.found, LikeThese) for _, lines in groups for line in lines):
        return []
    main = tuple(RowGroup(title, tuple(_row(evidence, line) for line in lines)) for title, lines in groups)
    every = [line for _, lines in groups for line in lines]
    tables = [
        Table(
            id="languages-like-these",
            title="Gains in languages and tasks like these",
            caption=(
                f"Mean difference to {BASELINE} in points by a mixed model of the differences paired by seed, over {evidence.seeds}, "
                f"in all languages but English, without targets whose own training data the intermediate task holds. Random terms: seed, "
                f"language, task, seed within task, task within language; REML, Student's t with Satterthwaite's degrees of freedom "
                f"(df); the second line is half of the {interval_name(evidence)}. {_exploratory(evidence)} "
                f"{evaluated(evidence)} {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=(
                Column("Gain"), Column("df"), Column("adjusted"), *(Column(term) for term in TERMS),
                Column("Languages"), Column("Tasks"), Column("Seeds"),
            ),
            groups=main,
            spanners=(Spanner("SD in points", 3, 2 + len(TERMS)), Spanner("number of", 3 + len(TERMS), 5 + len(TERMS))),
            footnotes=footnotes(evidence, main),
            source_notes=_notes(every),
            signature=evidence.signature("languages-like-these", study.benchmark or "own-tasks"),
            second_title=half_width_title(evidence),
        )
    ]  # fmt: skip
    return [*tables, *_families(evidence, groups)]


def _scopes(evidence: Evidence) -> list[tuple[str, str, list[TargetEntry]]]:
    """(title, model, targets) of each group of rows: all targets, and those without retrieval where that is another set."""
    entries = list(evidence.study.target)
    spoken = [entry for entry in entries if entry.task.group != "retrieval"]
    found = []
    for model in evidence.study.models:
        title = evidence.model_title(model.name)
        found.append((title, model.name, entries))
        if spoken and len(spoken) < len(entries):
            found.append((f"{title}, without retrieval", model.name, spoken))
    return found


def _lines(evidence: Evidence, model: str, members: Sequence[TargetEntry]) -> list[_Line]:
    """The arms of a model, adjusted together after Benjamini and Hochberg; the families' means are another family."""
    study = evidence.study
    level = 1 - study.statistics.alpha
    lines = []
    for arm in evidence.arms(model):
        if not arm.baseline:
            kept = without_own_data(study, members, arm.intermediate)
            fitted = partial(like_these, evidence.aggregates, model, (arm.variant, arm.intermediate), (PLAIN, BASELINE))
            lines.append(_Line(arm, fitted(kept, level) if kept else "the intermediate task holds the own data of every target"))
    one = _adjusted(evidence, [line.found.overall if _tested(line.found) else None for line in lines])  # type: ignore[union-attr]
    counts = [len(line.found.families) if isinstance(line.found, LikeThese) else 0 for line in lines]
    of_families = [
        estimate if _tested(line.found) else None
        for line in lines
        if isinstance(line.found, LikeThese)
        for _, _, estimate in line.found.families
    ]
    several = _adjusted(evidence, of_families)
    ends = np.cumsum([0, *counts])
    return [_Line(line.arm, line.found, one[place], tuple(several[ends[place] : ends[place + 1]])) for place, line in enumerate(lines)]


def _tested(found: LikeThese | str) -> bool:
    return isinstance(found, LikeThese) and found.seeds >= MINIMUM_SEEDS


def _adjusted(evidence: Evidence, estimates: Sequence[Estimate | None]) -> list[float | None]:
    values = np.array([np.nan if one is None or one.p_value is None else one.p_value for one in estimates], dtype=np.float64)
    if not len(values):
        return []
    correct = uncorrected if evidence.study.statistics.correction == "none" else benjamini_hochberg
    return [None if np.isnan(p) else float(p) for p in correct(values, 0)]


def _row(evidence: Evidence, line: _Line) -> Row:
    title, found = evidence.arm_title(line.arm), line.found
    if isinstance(found, str):
        return Row(title, tuple(Cell(details=(("missing", found),)) for _ in range(len(TERMS) + 6)), key=row_key(line.arm))
    spreads = tuple(
        Cell(Number(found.variances[term] ** 0.5, decimals=2, grey=True)) if term in found.variances else Cell(text="not fitted")
        for term in TERMS
    )
    counts = tuple(Cell(text=str(count)) for count in (found.languages, found.tasks, found.seeds))
    df = Cell(Number(found.overall.df, grey=True)) if found.overall.df is not None else Cell(text=" ")
    first = _cell(evidence, found.overall, line.adjusted, found.seeds, found.notes)
    return Row(title, (first, df, Cell(text=probability(line.adjusted) or " "), *spreads, *counts), key=row_key(line.arm))


def _cell(evidence: Evidence, one: Estimate, adjusted: float | None, seeds: int, notes: Sequence[str] = ()) -> Cell:
    chosen = evidence.study.statistics
    marks: tuple[Mark, ...] = ("discovered",) if adjusted is not None and adjusted <= chosen.alpha and not evidence.study.extended else ()
    bounds = (one.low, one.high) if one.low is not None and one.high is not None else None
    told = f"{shown(one.gain, 2, signed=True)}" + (f", {interval_name(evidence)} {between(*bounds, 2)}" if bounds else "")
    if seeds < MINIMUM_SEEDS:
        test = f"descriptive only: under {MINIMUM_SEEDS} seeds"
    elif one.p_value is None or one.df is None:
        test = "not tested: no variance"
    else:
        test = f"t with {one.df:.1f} df, p {probability(one.p_value)}, adjusted {probability(adjusted)} (exploratory)"
    details = (("gain", told), ("test", test), ("seeds", plural(seeds, "seed")), *(("note", note) for note in notes))
    half = Number((bounds[1] - bounds[0]) / 2, half_width=True, grey=True) if bounds else None
    return Cell(Number(one.gain, signed=True, grey=True, marks=marks), half, interval=bounds, details=details)


def _families(evidence: Evidence, groups: Sequence[tuple[str, list[_Line]]]) -> list[Table]:
    names = sorted(
        {name for _, lines in groups for line in lines if isinstance(line.found, LikeThese) for name, _, _ in line.found.families}
    )
    if not names:
        return []
    rows = tuple(RowGroup(title, tuple(_family_row(evidence, line, names) for line in lines)) for title, lines in groups)
    return [
        Table(
            id="families-like-these",
            title="Gains by family of languages",
            caption=(
                f"Mean difference to {BASELINE} in points by family, each with {FEWEST_OF_FAMILY} languages or more, in a mixed model as "
                f"that of languages like these with a mean for each family, over {evidence.seeds}; the second line is half of the "
                f"{interval_name(evidence)}. {_exploratory(evidence)} {evaluated(evidence)} {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=tuple(Column(name) for name in names),
            groups=rows,
            footnotes=footnotes(evidence, rows),
            source_notes=("Whether families differ is a test of its own: the kind interaction of claims.",),
            signature=evidence.signature("families-like-these", evidence.study.benchmark or "own-tasks"),
            second_title=half_width_title(evidence),
        )
    ]


def _family_row(evidence: Evidence, line: _Line, names: Sequence[str]) -> Row:
    found = line.found
    there = (
        {name: (count, one, p) for (name, count, one), p in zip(found.families, line.families, strict=True)}
        if isinstance(found, LikeThese)
        else {}
    )
    why = found if isinstance(found, str) else "fewer languages of the family in this row's targets"
    seeds = found.seeds if isinstance(found, LikeThese) else 0
    cells = tuple(
        _cell(evidence, there[name][1], there[name][2], seeds, (plural(there[name][0], "language"),))
        if name in there
        else Cell(details=(("missing", why),))
        for name in names
    )
    return Row(evidence.arm_title(line.arm), cells, key=row_key(line.arm))


def _exploratory(evidence: Evidence) -> str:
    if evidence.study.fewest_seeds < MINIMUM_SEEDS:
        return f"Descriptive only: under {MINIMUM_SEEDS} seeds nothing is tested."
    if evidence.study.statistics.correction == "none":
        return "Exploratory, not adjusted."
    return "Exploratory, adjusted after Benjamini-Hochberg over the rows of a model."


def _notes(lines: Sequence[_Line]) -> tuple[str, ...]:
    fitted = [line.found for line in lines if isinstance(line.found, LikeThese)]
    fallen = dict.fromkeys(one for found in fitted for one in found.fallen)
    capped = any(found.variances["seed"] == 0 for found in fitted)
    notes = [
        "The interval speaks of languages and tasks like these, as far as those of the study are a sample of such.",
        "The tests of the declared family speak of these alone.",
        *(f"Terms that fall: {one}." for one in fallen),
    ]
    if capped:
        notes.append("Where the SD between seeds is estimated as 0, df are at most seeds - 1.")
    return tuple(notes)
