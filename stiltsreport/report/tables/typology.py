"""Languages with what is known of them beside their gains, and the regression of the one on the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stiltsreport.models import Model
from stiltsreport.report.arms import Arm, is_control
from stiltsreport.report.document import Cell, Column, Mark, Number, Row, RowGroup, Spanner, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import between, probability, shown
from stiltsreport.report.tables.cells import evaluated, footnotes, half_width_title, text_column
from stiltsreport.report.tables.effects import exploratory, explored_cell, interval_name
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.corrections import benjamini_hochberg, uncorrected
from stiltsreport.stats.exploration import explore
from stiltsreport.stats.typology import (
    FEWEST_LANGUAGES,
    PREDICTORS,
    Association,
    LanguageFacts,
    association,
    language_facts,
    languages_of,
    relative_gains,
    sides_of_language,
)
from stiltsreport.stats.verdicts import MINIMUM_SEEDS
from stiltsreport.study.study import BASELINE, PLAIN
from stiltsreport.tasks.language_facts import pretraining

_GIGA = 1000
_UNITS = {
    "log10 size": "a tenfold of text",
    "fertility": "a subword a word",
    "Latin script": "against others",
    "Indo-European": "against others",
}


def typology(evidence: Evidence) -> list[Table]:
    """The table `typology`; none under five languages outside English, or where nothing stands beside the baseline."""
    arms, codes = compared_arms(evidence), languages_of(evidence.study)
    if not arms or len(codes) < FEWEST_LANGUAGES:
        return []
    groups = tuple(RowGroup(evidence.model_title(model.name), _languages(evidence, model, arms, codes)) for model in evidence.study.models)
    return [
        Table(
            id="typology",
            title="Languages and their gains",
            caption=(
                f"What is known of each language but English, and the mean difference to {BASELINE} in points over the targets that have "
                f"it, without those whose own training data the intermediate task holds, over {evidence.seeds}; the second line is half of "
                f"the {interval_name(evidence)}. {exploratory(evidence, 'the rows and columns of a model')} {evaluated(evidence)} "
                f"{evidence.limits}"
            ).strip(),
            stub="Language",
            columns=(
                text_column("Family"), text_column("Script"), text_column("Seen"), Column("Text", "GB"), Column("Fertility"),
                *(Column(evidence.arm_title(arm)) for arm in arms),
            ),
            groups=groups,
            spanners=(Spanner("gain", 5, 4 + len(arms)),),
            footnotes=footnotes(evidence, groups),
            source_notes=_sources(evidence),
            signature=evidence.signature("typology", evidence.study.benchmark or "own-tasks"),
            second_title=half_width_title(evidence),
        )
    ]  # fmt: skip


def typology_regression(evidence: Evidence) -> list[Table]:
    """The table `typology-regression`; none where the languages are too few for any predictor."""
    arms, codes = compared_arms(evidence), languages_of(evidence.study)
    if not arms or len(codes) < FEWEST_LANGUAGES:
        return []
    level = 1 - evidence.study.statistics.alpha
    found = {model.name: _associations(evidence, model, arms, codes, level) for model in evidence.study.models}
    if not any(one.coefficients for own in found.values() for one in own):
        return []
    groups = tuple(RowGroup(evidence.model_title(model), _regressions(evidence, model, arms, own)) for model, own in found.items())
    return [
        Table(
            id="typology-regression",
            title="What goes with a language's gain",
            caption=(
                f"Least squares over languages as the units, English left out: by how many points more a language gains over {BASELINE} "
                f"than the others do on the same targets, on facts of the language. HC3 errors, Student's t; the second line is half of "
                f"the {100 * level:g} % interval. n counts languages; gains are means over {evidence.seeds}. {_said(evidence)} "
                f"{evaluated(evidence)} {evidence.limits}"
            ).strip(),
            stub="Intermediate",
            columns=(*(Column(name, _UNITS[name]) for name in PREDICTORS), Column("n")),
            groups=groups,
            footnotes=footnotes(evidence, groups),
            source_notes=(
                "An association over the languages of the study, kin counted as independent: no cause is shown.",
                *dict.fromkeys(f"{note[0].upper()}{note[1:]}." for own in found.values() for one in own for note in one.notes),
            ),
            signature=evidence.signature("typology-regression", evidence.study.benchmark or "own-tasks"),
            second_title=f"± {100 * level:g} %",
        )
    ]


def compared_arms(evidence: Evidence) -> list[Arm]:
    """The plain intermediates of the first model, without controls; methods where there is nothing else."""
    arms = [arm for arm in evidence.arms(evidence.study.models[0].name) if not arm.baseline and not is_control(evidence.study, arm)]
    return [arm for arm in arms if arm.variant == PLAIN] or arms


def _languages(evidence: Evidence, model: Model, arms: Sequence[Arm], codes: Sequence[str]) -> tuple[Row, ...]:
    facts = language_facts(evidence.results.setup, model, codes)
    family = [sides_of_language(evidence.aggregates, model.name, (arm.variant, arm.intermediate), code) for code in codes for arm in arms]
    gains = explore(evidence.study, family)
    missing = "no target with it is there in this row and the baseline, or all such targets are the intermediate task's own data"
    return tuple(
        Row(
            f"{one.title} ({one.code})",
            (
                Cell(text=one.family), Cell(text=one.script), Cell(text=one.seen), _size(one), _fertility(one),
                *(explored_cell(evidence, gain, missing if gain.effect.difference is None else "")
                  for gain in gains[place * len(arms) : (place + 1) * len(arms)]),
            ),
            key=f"{model.name}/{one.code}",
        )
        for place, one in enumerate(facts)
    )  # fmt: skip


def _size(one: LanguageFacts) -> Cell:
    return Cell(Number(one.megabytes / _GIGA, decimals=2)) if one.megabytes is not None else Cell(text="unknown")


def _fertility(one: LanguageFacts) -> Cell:
    return Cell(Number(one.fertility, decimals=2)) if one.fertility is not None else Cell(text="unknown")


def _associations(evidence: Evidence, model: Model, arms: Sequence[Arm], codes: Sequence[str], level: float) -> list[Association]:
    facts = language_facts(evidence.results.setup, model, codes)
    return [association(relative_gains(evidence.aggregates, model.name, (arm.variant, arm.intermediate)), facts, level) for arm in arms]


def _regressions(evidence: Evidence, model: str, arms: Sequence[Arm], found: Sequence[Association]) -> tuple[Row, ...]:
    """The rows of a model; all their coefficients are one family."""
    tested = evidence.study.fewest_seeds >= MINIMUM_SEEDS and not evidence.study.extended
    keys = [(place, name) for place, one in enumerate(found) for name in one.coefficients]
    correct = uncorrected if evidence.study.statistics.correction == "none" else benjamini_hochberg
    values = np.array([found[place].coefficients[name][3] for place, name in keys], dtype=np.float64)
    adjusted = dict(zip(keys, correct(values, 0), strict=True)) if keys and tested else {}
    rows = []
    for place, (arm, one) in enumerate(zip(arms, found, strict=True)):
        cells = [_coefficient(evidence, one, name, adjusted.get((place, name))) for name in PREDICTORS]
        rows.append(Row(evidence.arm_title(arm), (*cells, Cell(text=str(one.n))), key=row_key(Arm(model, arm.variant, arm.intermediate))))
    return tuple(rows)


def _coefficient(evidence: Evidence, one: Association, name: str, adjusted: float | None) -> Cell:
    if name not in one.coefficients:
        why = next((note for note in one.notes if note.startswith(f"{name}:")), "; ".join(one.notes))
        return Cell(text="not fitted", details=(("why", why),) if why else ())
    value, low, high, p_value = one.coefficients[name]
    marks: tuple[Mark, ...] = ("discovered",) if adjusted is not None and adjusted <= evidence.study.statistics.alpha else ()
    test = (
        f"p {probability(p_value)}, adjusted {probability(float(adjusted))} (exploratory)" if adjusted is not None else "descriptive only"
    )
    details = (("slope", f"{shown(value, 2, signed=True)}, interval {between(low, high, 2)}"), ("test", f"{test}, {one.n} languages"))
    return Cell(
        Number(value, 2, signed=True, grey=True, marks=marks), Number((high - low) / 2, 2, half_width=True, grey=True),
        interval=(low, high), details=details,
    )  # fmt: skip


def _said(evidence: Evidence) -> str:
    if evidence.study.fewest_seeds < MINIMUM_SEEDS:
        return f"Descriptive only: under {MINIMUM_SEEDS} seeds nothing is tested."
    how = "not adjusted" if evidence.study.statistics.correction == "none" else "adjusted after Benjamini-Hochberg over a model"
    return f"Exploratory, {how}."


def _sources(evidence: Evidence) -> tuple[str, ...]:
    found = ["Families and scripts as in XTREME and XTREME-R."]
    for model in evidence.study.models:
        known = pretraining(model.checkpoint)
        seen = f"languages seen by {model.title}: {known.source or 'unknown'}"
        found.append(f"{seen[0].upper()}{seen[1:]}. Text: {known.size_source or 'unknown'}.")
    tasks = sorted({task for row in evidence.results.setup.fertility for task in row.tasks})
    titles = [evidence.study.tasks[task].title for task in tasks if task in evidence.study.tasks]
    if titles:
        found.append(f"Fertility: subwords a word in the evaluation sets of {' and '.join(titles)}, special tokens left out.")
    return tuple(dict.fromkeys(found))
