"""Weights over languages: what an interaction or a trend within targets is, as a number by seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from stiltsreport.stats.aggregate import ENGLISH, Floats
from stiltsreport.stats.claims.facts import Facts, Quantity, Values
from stiltsreport.stats.inputs import digest
from stiltsreport.study.claims import ArmName
from stiltsreport.study.study import TargetEntry
from stiltsreport.tasks.languages import LANGUAGES

Weights = Mapping[str, Floats]  # by target: of each of its languages; they add up to 0
ZERO_SHOT = "English, which targets are trained in, is left out"
_FEWEST_LANGUAGES = 3  # of a line with something left to judge it by


def zero_shot(entry: TargetEntry) -> list[str]:
    """The languages of a target but English, which it is trained in, those that are known by family and script."""
    return [code for code in entry.languages if code != ENGLISH and code in LANGUAGES]


def contrast(of: Quantity, first: Callable[[str], bool], second: Callable[[str], bool]) -> Weights:
    """The mean of one group of languages less that of another, by target; of the targets that have both."""
    found = {}
    for entry in of.members:
        kept = zero_shot(entry)
        left, right = (np.array([code in kept and group(code) for code in entry.languages]) for group in (first, second))
        if left.any() and right.any():
            found[entry.task.name] = left / left.sum() - right / right.sum()
    return found


def slope(of: Quantity, place: Callable[[str], float]) -> Weights:
    """The least squares slope over languages against their place, by target; of the targets whose languages differ in it."""
    found = {}
    for entry in of.members:
        kept = np.array([code in zero_shot(entry) for code in entry.languages], dtype=bool)
        places = np.array([place(code) if there else 0.0 for code, there in zip(entry.languages, kept, strict=True)])
        centred = np.where(kept, places - (places[kept].mean() if kept.any() else 0.0), 0.0)
        spread = float((centred**2).sum())
        if spread > 0:
            found[entry.task.name] = centred / spread
    return found


def weighted(facts: Facts, model: str, arm: ArmName, weights: Weights) -> Values:
    """The mean over targets of an arm's weighted languages, by seed."""
    if not weights:
        return Values(np.full(facts.seeds, np.nan), ("",) * facts.seeds)
    key = (model, arm.variant, arm.intermediate)
    sums, missing, constants = [], [], []
    parts: list[Sequence[str]] = []
    for target, own in weights.items():
        block = facts.aggregates.block(key, target)
        used = np.flatnonzero(own)
        sums.append(own[used] @ block.values[used])
        constants.append(block.constant)
        parts += [block.jobs[place] for place in used]
        missing += [f"{target} in {block.languages[place]}" for place in used if np.isnan(block.values[place]).all()]
    by_seed = tuple(digest(part[place] for part in parts) for place in range(facts.seeds))
    return Values(np.stack(sums).mean(axis=0), by_seed, all(constants), tuple(missing))


def spoken(of: Quantity, weights: Weights) -> Weights | None:
    """The weights without retrieval targets; None where that says nothing of its own."""
    rest = of.spoken
    kept = {} if rest is None else {entry.task.name: weights[entry.task.name] for entry in rest.members if entry.task.name in weights}
    return kept if kept and len(kept) < len(weights) else None


def gains_by_language(facts: Facts, model: str, arms: tuple[ArmName, ArmName], of: Quantity) -> dict[str, float]:
    """The mean gain in each language but English, over seeds and targets, each target's own mean gain taken off."""
    found: dict[str, list[float]] = {}
    for entry in of.members:
        left, right = (facts.aggregates.block((model, arm.variant, arm.intermediate), entry.task.name) for arm in arms)
        with np.errstate(all="ignore"):
            gains = _means(left.values) - _means(right.values)
        kept = {code: float(gains[entry.languages.index(code)]) for code in zero_shot(entry)}
        kept = {code: gain for code, gain in kept.items() if not np.isnan(gain)}
        for code, gain in kept.items():
            found.setdefault(code, []).append(gain - float(np.mean(list(kept.values()))))
    return {code: float(np.mean(gains)) for code, gains in sorted(found.items())}


def over_languages(gains: Mapping[str, float], place: Callable[[str], float]) -> str:
    """The same slope with languages as the units, in words; it speaks of other languages, though kin are not independent."""
    from scipy import stats

    places = [place(code) for code in gains]
    if len(gains) < _FEWEST_LANGUAGES or len(set(places)) < 2:  # noqa: PLR2004 - a line needs two places
        return f"with {len(gains)} languages nothing is said of other ones"
    fit = stats.linregress(places, list(gains.values()))
    test = f"slope {fit.slope:+.2f} points, p {fit.pvalue:.3f}, {len(gains)} languages"
    return f"with languages as the units: {test}, kin counted as independent"


def _means(values: Floats) -> Floats:
    there = ~np.isnan(values)
    return np.asarray(np.where(there, values, 0.0).sum(axis=1) / there.sum(axis=1), dtype=np.float64)
