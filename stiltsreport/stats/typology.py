"""Facts of languages beside their gains: which languages gain, and whether size of pretraining, fertility, script or family go with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stiltsreport.models import Model
from stiltsreport.results import Setup
from stiltsreport.stats.aggregate import ENGLISH, Aggregates, Floats
from stiltsreport.stats.exploration import without_own_data
from stiltsreport.study.study import BASELINE, PLAIN, Study, TargetEntry
from stiltsreport.tasks.language_facts import Seen, pretraining
from stiltsreport.tasks.languages import LANGUAGES

PREDICTORS = ("log10 size", "fertility", "Latin script", "Indo-European")
FEWEST_LANGUAGES = 5  # outside English, of which anything is said
_EACH = 5  # languages for a coefficient, the intercept included
_COLLINEAR = 0.9  # the correlation from which two predictors are said to be one


@dataclass(frozen=True)
class LanguageFacts:
    """A language as a model meets it; None: unknown. `megabytes` of pretraining text, `fertility` in subwords a word."""

    code: str
    title: str
    family: str
    script: str
    seen: Seen
    megabytes: int | None
    fertility: float | None

    def predictor(self, name: str) -> float | None:
        """The value of one of PREDICTORS."""
        if name == "log10 size":
            return math.log10(self.megabytes) if self.megabytes else None
        if name == "fertility":
            return self.fertility
        if name == "Latin script":
            return float(self.script == "Latin")
        return float(self.family.startswith("Indo-European"))


@dataclass(frozen=True)
class Association:
    """Languages as units: gain ~ predictors, by least squares with HC3 errors (Long and Ervin 2000) and Student's t.

    `coefficients` has (estimate, low, high, p) by predictor, in points for a unit of it; `notes` say what was dropped and why, `n` counts
    languages. Empty coefficients: nothing could be fitted.
    """

    n: int
    coefficients: dict[str, tuple[float, float, float, float]]
    notes: tuple[str, ...] = ()


def language_facts(setup: Setup, model: Model, codes: Sequence[str]) -> list[LanguageFacts]:
    """What is known of these languages for a model."""
    known = pretraining(model.checkpoint)
    fertility = {row.language: row.tokens / row.words for row in setup.fertility if row.model == model.name}
    return [
        LanguageFacts(
            code, LANGUAGES[code].title, LANGUAGES[code].family, LANGUAGES[code].script, known.languages.get(code, "unknown"),
            known.megabytes.get(code), fertility.get(code),
        )
        for code in codes
    ]  # fmt: skip


def languages_of(study: Study) -> list[str]:
    """The study's languages that are known by family and script, by code, without English, which all is trained in."""
    return sorted({code for entry in study.target for code in entry.languages if code in LANGUAGES and code != ENGLISH})


def sides_of_language(aggregates: Aggregates, model: str, arm: tuple[str, str], code: str) -> tuple[Floats, Floats]:
    """The means of an arm (variant, intermediate) and the baseline over the targets with that language, by the place of the seed.

    Without targets whose own training data the intermediate task holds; NaN where a target is missing.
    """
    entries = [entry for entry in without_own_data(aggregates.study, aggregates.study.target, arm[1]) if code in entry.languages]
    if not entries:
        nothing = np.full(len(aggregates.seeds), np.nan)
        return nothing, nothing
    left, right = (
        np.stack([_row(aggregates, (model, *one), entry, code) for entry in entries]).mean(axis=0) for one in (arm, (PLAIN, BASELINE))
    )
    return left, right


def relative_gains(aggregates: Aggregates, model: str, arm: tuple[str, str]) -> dict[str, float]:
    """How much more a language gains than the others do on the same targets, in points, by code; over seeds and targets.

    Each target's mean gain over its languages is taken off, so that languages of targets that gain much do not seem to gain by themselves.
    """
    found: dict[str, list[float]] = {}
    for entry in without_own_data(aggregates.study, aggregates.study.target, arm[1]):
        codes = [code for code in entry.languages if code != ENGLISH and code in LANGUAGES]
        gains = {}
        for code in codes:
            difference = _row(aggregates, (model, *arm), entry, code) - _row(aggregates, (model, PLAIN, BASELINE), entry, code)
            if not np.isnan(difference).all():
                gains[code] = float(np.nanmean(difference))
        if len(gains) > 1:
            middle = float(np.mean(list(gains.values())))
            for code, gain in gains.items():
                found.setdefault(code, []).append(gain - middle)
    return {code: float(np.mean(gains)) for code, gains in sorted(found.items())}


def association(gains: Mapping[str, float], facts: Sequence[LanguageFacts], level: float = 0.95) -> Association:
    """The regression of gains by language, with as many of PREDICTORS, in their order, as are known and the number of languages bears."""
    notes: list[str] = []
    there = [one for one in facts if one.code in gains]
    kept: list[str] = []
    for name in PREDICTORS:
        known = [one for one in there if one.predictor(name) is not None]
        if len(known) < FEWEST_LANGUAGES:
            notes.append(f"{name}: known of {len(known)} languages")
        else:
            kept.append(name)
    rows = [one for one in there if all(one.predictor(name) is not None for name in kept)]
    if len(rows) < len(there):
        notes.append(f"languages left out, without a value of a predictor: {', '.join(one.title for one in there if one not in rows)}")
    values = np.array([[one.predictor(name) or 0.0 for name in kept] for one in rows], dtype=np.float64).reshape(len(rows), len(kept))
    y = np.array([gains[one.code] for one in rows])
    chosen = _borne(values, kept, notes)
    if not chosen:
        return Association(len(rows), {}, (*notes, f"{len(rows)} languages bear no regression"))
    if float(np.ptp(y)) <= 1e-9:  # noqa: PLR2004 - points
        return Association(len(rows), {}, (*notes, "every language gains the same"))
    return Association(len(rows), _fitted(y, values[:, chosen], [kept[place] for place in chosen], level), tuple(notes))


def _borne(values: Floats, names: Sequence[str], notes: list[str]) -> list[int]:
    """The places of the predictors that vary, are none of the others over again, and for which there are languages enough."""
    chosen: list[int] = []
    for place, name in enumerate(names):
        column = values[:, place]
        if len(column) == 0 or np.ptp(column) <= 1e-12:  # noqa: PLR2004 - any unit
            notes.append(f"{name}: the same in all languages")
            continue
        others = {names[one]: abs(float(np.corrcoef(column, values[:, one])[0, 1])) for one in chosen}
        twin = next((other for other, correlation in others.items() if correlation >= _COLLINEAR), None)
        if twin is not None:
            notes.append(f"{name}: collinear with {twin} (|r| = {others[twin]:.2f})")
        elif len(column) < _EACH * (len(chosen) + 2):
            notes.append(f"{name}: too few languages for a further predictor")
        else:
            chosen.append(place)
    return chosen


def _fitted(y: Floats, values: Floats, names: Sequence[str], level: float) -> dict[str, tuple[float, float, float, float]]:
    from statsmodels.regression.linear_model import OLS  # not statsmodels.api, which takes a second to import

    fit = OLS(y, np.column_stack((np.ones(len(y)), values))).fit(cov_type="HC3", use_t=True)
    bounds = np.asarray(fit.conf_int(1 - level))
    return {
        name: (float(fit.params[place]), float(bounds[place, 0]), float(bounds[place, 1]), float(fit.pvalues[place]))
        for place, name in enumerate(names, start=1)
    }


def _row(aggregates: Aggregates, arm: tuple[str, str, str], entry: TargetEntry, code: str) -> NDArray[np.float64]:
    block = aggregates.block(arm, entry.task.name)
    return np.asarray(block.values[block.languages.index(code)], dtype=np.float64)
