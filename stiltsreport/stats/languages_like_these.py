"""The average gain of an arm in languages, and tasks, like these: the mixed model of mixed_model.py on a study's scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from stiltsreport.stats.aggregate import ENGLISH, Aggregates
from stiltsreport.stats.mixed_model import Cells, MixedModel, Term, fit
from stiltsreport.study.study import TargetEntry
from stiltsreport.tasks.languages import LANGUAGES

FEWEST_LANGUAGES = 8  # with a term of their own
FEWEST_OF_FAMILY = 3  # languages of a family that is shown
_OTHER = ""


@dataclass(frozen=True)
class Estimate:
    """A mean gain in points with its interval, degrees of freedom and two-sided p; None where the error is not known."""

    gain: float
    low: float | None
    high: float | None
    df: float | None
    p_value: float | None


@dataclass(frozen=True)
class LikeThese:
    """What the model says of an arm. `variances` by term, in points squared; `fallen` says which terms are not in it, and why.

    `families`: (name, languages, mean gain) of each with enough languages. `notes` say what was left out.
    """

    overall: Estimate
    variances: dict[Term, float]
    seeds: int
    tasks: int
    languages: int
    fallen: tuple[str, ...] = ()
    families: tuple[tuple[str, int, Estimate], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    differences: NDArray[np.float64]
    tasks: list[str]
    languages: list[str]
    notes: tuple[str, ...]


def like_these(
    aggregates: Aggregates, model: str, arm: tuple[str, str], than: tuple[str, str], members: Sequence[TargetEntry], level: float = 0.95
) -> LikeThese | str:
    """The fit for an arm (variant, intermediate) against another on these targets; in words why there is none.

    Differences are paired by seed, in the targets' languages but English, which they are trained in. Seeds that lack a cell are left out,
    and cells that no seed has.
    """
    found = _differences(aggregates, model, arm, than, members)
    seeds, cells = found.differences.shape
    if seeds < 2 or cells < 2:  # noqa: PLR2004 - one of either has no variance
        return f"{seeds} seeds with {cells} cells in both rows: nothing to fit"
    tasks, languages = list(dict.fromkeys(found.tasks)), list(dict.fromkeys(found.languages))
    terms, fallen = _terms(len(tasks), len(languages))
    of_task, of_language = (
        np.array([names.index(one) for one in of]) for names, of in ((tasks, found.tasks), (languages, found.languages))
    )
    data = Cells(found.differences, of_task, of_language, np.ones((cells, 1)))
    fitted = fit(data, terms)
    if fitted is None:
        return "the same difference in every seed, task and language: no variance to test against"
    families = _families(data, terms, found.languages, fitted, level)
    overall = estimate(fitted, np.ones(1), seeds, level)
    return LikeThese(overall, fitted.variances, seeds, len(tasks), len(languages), fallen, families, found.notes)


def _differences(aggregates: Aggregates, model: str, arm: tuple[str, str], than: tuple[str, str], members: Sequence[TargetEntry]) -> _Found:
    rows, tasks, languages, absent = [], [], [], []
    for entry in members:
        left, right = (aggregates.block((model, *one), entry.task.name) for one in (arm, than))
        if left.constant and right.constant:
            continue  # nothing was trained for it in either row
        for place, language in enumerate(left.languages):
            difference = left.values[place] - right.values[place]
            if language == ENGLISH:
                continue
            if np.isnan(difference).all():
                absent.append(f"{entry.task.title} in {language}")
                continue
            rows.append(difference)
            tasks.append(entry.task.name)
            languages.append(language)
    values = np.array(rows, dtype=np.float64).reshape(len(rows), len(aggregates.seeds)).T
    whole = ~np.isnan(values).any(axis=1)
    notes = [f"not there: {', '.join(absent)}"] if absent else []
    if not whole.all() and rows:
        notes.append(f"{int(whole.sum())} of {whole.size} seeds have every cell")
    return _Found(values[whole], tasks, languages, tuple(notes))


def _terms(tasks: int, languages: int) -> tuple[tuple[Term, ...], tuple[str, ...]]:
    """The random terms that so many tasks and languages bear, and what falls."""
    terms: list[Term] = ["seed"]
    fallen = []
    if languages >= FEWEST_LANGUAGES:
        terms.append("language")
    else:
        fallen.append(f"{languages} languages, and {FEWEST_LANGUAGES} are the fewest with a term: it speaks of these languages alone")
    if tasks > 1:
        terms += ["task", "seed:task"]
        if languages >= FEWEST_LANGUAGES:
            terms.append("task:language")
    else:
        fallen.append("one task: it speaks of this task alone")
    return tuple(terms), tuple(fallen)


def _families(
    data: Cells, terms: Sequence[Term], languages: Sequence[str], overall: MixedModel, level: float
) -> tuple[tuple[str, int, Estimate], ...]:
    """Group means of a second fit, in which families with enough languages have an intercept each, and the others one together."""
    of = {code: LANGUAGES[code].family.partition(":")[0] if code in LANGUAGES else _OTHER for code in languages}
    counts = {family: sum(one == family for one in of.values()) for family in dict.fromkeys(of.values())}
    shown = sorted(family for family, count in counts.items() if family != _OTHER and count >= FEWEST_OF_FAMILY)
    if not shown or (len(shown) == 1 and len(counts) == 1):
        return ()
    groups = [of[code] if of[code] in shown else _OTHER for code in languages]
    names = [*shown, *([_OTHER] if _OTHER in groups else [])]
    design = (np.array(groups)[:, None] == np.array(names)[None, :]).astype(np.float64)
    fitted = fit(Cells(data.differences, data.tasks, data.languages, design), terms, overall.variances)
    if fitted is None:
        return ()
    rows, seeds = np.eye(len(names)), len(data.differences)
    return tuple((family, counts[family], estimate(fitted, rows[place], seeds, level)) for place, family in enumerate(shown))


def estimate(fitted: MixedModel, row: NDArray[np.float64], seeds: int, level: float) -> Estimate:
    """By Student's t with Satterthwaite's degrees of freedom.

    At most seeds - 1 of them where the variance between seeds is estimated as 0, which few seeds do by chance: the model then takes all
    cells of a seed for independent, and its degrees of freedom mean little. The same where they cannot be computed.
    """
    value, error = fitted.estimate(row)
    if error == 0:
        return Estimate(value, None, None, None, None)
    df = fitted.df(row)
    if np.isnan(df):
        df = float(seeds - 1)
    elif fitted.variances["seed"] == 0:
        df = min(df, float(seeds - 1))
    half = float(special.stdtrit(df, (1 + level) / 2)) * error
    return Estimate(value, value - half, value + half, df, float(2 * special.stdtr(df, -abs(value) / error)))
