"""Claims of a trend: the gain goes up or down with the examples of the intermediate task, or with the languages' distance from English."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from stiltsreport.stats.by_examples import examples_of
from stiltsreport.stats.claims.answer import Part
from stiltsreport.stats.claims.by_language import ZERO_SHOT, gains_by_language, over_languages, slope, spoken, weighted
from stiltsreport.stats.claims.combined import all_of
from stiltsreport.stats.claims.facts import Facts, Quantity, Values, quantity, values
from stiltsreport.stats.claims.raw import Raw
from stiltsreport.stats.claims.single import Single, compared, single
from stiltsreport.stats.inputs import digest
from stiltsreport.study.claims import ArmName, Claim, Trend
from stiltsreport.study.study import IntermediateEntry, TargetEntry
from stiltsreport.tasks.languages import LANGUAGES

GENEALOGY = "distance: 0 for Germanic languages, 1 for other Indo-European ones, 2 for other families (XTREME's families, Hu et al. 2020)"
_FEWEST = 2  # sizes that a line needs


def answer_trend(facts: Facts, claim: Claim, said: Trend) -> list[Raw]:
    """A Raw for each model: the slope of the gain by seed, tested over seeds; over several quantities each slope must have the sign."""
    settings = facts.study.statistics
    unit = "a doubling of the examples" if said.axis == "examples" else "a step of distance"
    found = []
    for model in claim.models:
        make = _over_examples if said.axis == "examples" else _over_distance
        made = [make(facts, said, model, name) for name in claim.on]
        raw = all_of([one for one, _ in made], model, f"slope by seed, points for {unit} ({settings.test})", settings.alpha)
        found.append(replace(raw, parts=(*raw.parts, *(part for _, parts in made for part in parts))))
    return found


def distance(code: str) -> float:
    """How far a language is from English by descent.

    >>> distance("de"), distance("ru"), distance("sw")
    (0.0, 1.0, 2.0)
    """
    family, _, branch = LANGUAGES[code].family.partition(":")
    return 2.0 if family != "Indo-European" else 0.0 if branch.strip() == "Germanic" else 1.0


def _over_distance(facts: Facts, said: Trend, model: str, name: str) -> tuple[Single, tuple[Part, ...]]:
    of = quantity(facts, name, (said.arm, said.than))
    weights = slope(of, distance)
    left, right = (weighted(facts, model, arm, weights) for arm in (said.arm, said.than))
    rest = spoken(of, weights)
    both = None if rest is None else (weighted(facts, model, said.arm, rest), weighted(facts, model, said.than, rest))
    found = single(facts, name, left, right, wants=_wants(said), spoken=both)
    if not weights:
        return replace(found, reasons=("no target has languages at two distances from English",), notes=()), ()
    languages = gains_by_language(facts, model, (said.arm, said.than), replace(of, members=_of(of, list(weights))))
    notes = (*found.notes, f"of these languages; {GENEALOGY}; {ZERO_SHOT}", over_languages(languages, distance))
    return replace(found, notes=notes), ()


def _of(of: Quantity, targets: list[str]) -> tuple[TargetEntry, ...]:
    return tuple(entry for entry in of.members if entry.task.name in targets)


def _over_examples(facts: Facts, said: Trend, model: str, name: str) -> tuple[Single, tuple[Part, ...]]:
    sizes = _sizes(facts, said.arm, model)
    arms = [ArmName(entry.name, said.arm.variant) for _, entry in sizes]
    of = quantity(facts, name, (*arms, said.than))
    known = [(size, arm) for (size, _), arm in zip(sizes, arms, strict=True) if size]
    unknown = [arm.label for (size, _), arm in zip(sizes, arms, strict=True) if not size]
    if len({size for size, _ in known}) < _FEWEST or unknown:
        nothing = Values(np.full(facts.seeds, np.nan), ("",) * facts.seeds)
        why = f"the number of examples of {', '.join(unknown)} is not known" if unknown else "one number of examples alone"
        return replace(single(facts, name, nothing, nothing, wants=_wants(said)), reasons=(why,)), ()
    places = np.array([math.log2(size) for size, _ in known])
    weights = (places - places.mean()) / ((places - places.mean()) ** 2).sum()

    def line(of: Quantity) -> Values:
        each = [values(facts, model, arm, of) for _, arm in known]
        parts = tuple(digest(one.parts[place] for one in each) for place in range(facts.seeds))
        missing = tuple(f"{arm.label}: {gap}" for (_, arm), one in zip(known, each, strict=True) for gap in one.missing)
        return Values(weights @ np.stack([one.values for one in each]), parts, all(one.constant for one in each), missing)

    flat = Values(np.zeros(facts.seeds), ("",) * facts.seeds)  # what the gain is over cancels: every size has the same
    rest = of.spoken
    found = single(facts, name, line(of), flat, wants=_wants(said), spoken=None if rest is None else (line(rest), flat))
    titles = {entry.task.name: entry.task.title for entry in facts.study.target}
    left_out = (f"own training data: {', '.join(titles[target] for target in of.left_out)} left out",) if of.left_out else ()
    alpha = facts.study.statistics.alpha
    parts = tuple(
        replace(compared(facts, f"{arm.label} on {name}", model, (arm, said.than), of).part(alpha, f"{size:,} examples"), verdict="")
        for size, arm in known
    )
    return replace(found, notes=(*found.notes, *left_out)), parts


def _sizes(facts: Facts, arm: ArmName, model: str) -> list[tuple[int | None, IntermediateEntry]]:
    """The arms of the same tasks with their numbers of training examples, the fewest first; None: not known."""
    own = facts.study.entry(arm.intermediate)
    tasks = {task.name for task in own.tasks} if own else set()
    alike = [entry for entry in facts.study.intermediate if entry.control is None and {task.name for task in entry.tasks} == tasks]
    kept = [entry for entry in alike if (arm.variant, entry.name) in facts.study.arms]
    return sorted(((examples_of(facts.setup, model, entry), entry) for entry in kept), key=lambda pair: (pair[0] or 0, pair[1].name))


def _wants(said: Trend) -> int:
    return 1 if said.direction == "up" else -1
