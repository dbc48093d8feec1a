"""Facts: what claims are answered from, and the values of an arm in a quantity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np

from stiltsreport.results.setup import Setup
from stiltsreport.stats.aggregate import ENGLISH, Aggregates, Arm, Floats
from stiltsreport.stats.best_per_target import best_per_target, eligible
from stiltsreport.stats.inputs import Inputs, Parts, digest
from stiltsreport.stats.own_data import own_data
from stiltsreport.stats.pairs import Pairs
from stiltsreport.stats.verdicts import MINIMUM_SEEDS
from stiltsreport.study.claims import BEST_PER_TARGET, PAIRS, ArmName
from stiltsreport.study.study import BASELINE, PLAIN, Study, TargetEntry

Scope = Literal["average", "task", "language"]
RETRIEVAL = "retrieval"
_WITHOUT_RETRIEVAL = "average-without-retrieval"


@dataclass(frozen=True)
class Facts:
    """A study with the means of its scores and what else is known of its runs. `minimum`: seeds under which nothing is decided."""

    study: Study
    aggregates: Aggregates
    setup: Setup = field(default_factory=Setup)
    minimum: int = MINIMUM_SEEDS
    pairs: Pairs | None = None

    @cached_property
    def inputs(self) -> Inputs:
        """Digests of the jobs behind cells."""
        return Inputs(self.aggregates)

    @property
    def seeds(self) -> int:
        """How many places a series of values has."""
        return len(self.study.seeds)


@dataclass(frozen=True)
class Quantity:
    """What arms are compared in: the mean over `members`, or one of their languages.

    `left_out`: targets that an average leaves out, whose training data an arm's intermediate task contains. `own_data`: it is a target that
    one of the arms was trained on. `pairs`: of the target's sentence pairs in two languages.
    """

    name: str
    scope: Scope
    members: tuple[TargetEntry, ...]
    language: str | None = None
    without_english: bool = False
    left_out: tuple[str, ...] = ()
    own_data: bool = False
    pairs: bool = False

    @property
    def spoken(self) -> Quantity | None:
        """The same average without retrieval targets; None where that says nothing of its own."""
        kept = tuple(entry for entry in self.members if entry.task.group != RETRIEVAL)
        if self.scope != "average" or not kept or len(kept) == len(self.members):
            return None
        return replace(self, name=_WITHOUT_RETRIEVAL if self.name == "average" else self.name, members=kept)


@dataclass(frozen=True)
class Values:
    """An arm's values by the place of the study's seed, in points, NaN where there is none; `parts` the digests of the jobs behind them.

    `constant`: nothing was trained. `missing` names what keeps seeds out; `notes` say how an arm was chosen.
    """

    values: Floats
    parts: Parts
    constant: bool = False
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def quantity(facts: Facts, name: str, arms: Sequence[ArmName]) -> Quantity:
    """The quantity of that name for these arms.

    An average or a group leaves out the targets whose own training data one of them contains, unless all share the intermediate task.
    """
    own = _own(facts, arms)
    target, _, language = name.removeprefix(PAIRS).partition("/")
    entries = facts.aggregates.entries
    if name.startswith(PAIRS):
        return Quantity(name, "task", (entries[target],), own_data=target in own, pairs=True)
    if target in entries:
        return Quantity(name, "language" if language else "task", (entries[target],), language or None, own_data=target in own)
    members = facts.aggregates.members(name, BASELINE)
    kept = tuple(entry for entry in members if entry.task.name not in own)
    left_out = tuple(entry.task.name for entry in members if entry.task.name in own)
    without_english = name == "zero-shot-average" and any(ENGLISH in entry.languages for entry in kept)
    return Quantity(name, "average", kept, without_english=without_english, left_out=left_out)


def _own(facts: Facts, arms: Sequence[ArmName]) -> set[str]:
    """The targets that an arm's intermediate task contains the training data of, which what is chosen for a target never does."""
    intermediates = {arm.intermediate for arm in arms}
    if len(intermediates) == 1:
        return set()
    return {target for target in facts.aggregates.entries for name in intermediates if own_data(facts.study, name, target)}


def values(facts: Facts, model: str, arm: ArmName, of: Quantity) -> Values:
    """An arm's values in a quantity."""
    if arm.intermediate == BEST_PER_TARGET:
        return _chosen(facts, model, of)
    key: Arm = (model, arm.variant, arm.intermediate)
    if not of.members:
        return Values(np.full(facts.seeds, np.nan), ("",) * facts.seeds)
    names = [entry.task.name for entry in of.members]
    if of.pairs:
        return _of_pairs(facts, key, of.members[0])
    if of.language is not None:
        block = facts.aggregates.block(key, names[0])
        found = block.values[block.languages.index(of.language)]
        gone = (of.language,) if np.isnan(found).all() else ()
        return Values(found, facts.inputs.language(key, names[0], of.language), block.constant, gone)
    mean, _, missing, constant = facts.aggregates.mean_over(key, of.members, of.without_english)
    return Values(mean, facts.inputs.mean(key, names, of.without_english), constant, missing)


def _of_pairs(facts: Facts, arm: Arm, entry: TargetEntry) -> Values:
    if facts.pairs is None:
        return Values(np.full(facts.seeds, np.nan), ("",) * facts.seeds, missing=("all pairs",))
    found, jobs, missing = facts.pairs.generalized(arm, entry)
    return Values(found, tuple(digest(one) for one in jobs), missing=missing)


def _chosen(facts: Facts, model: str, of: Quantity) -> Values:
    found, _, notes = best_per_target(
        facts.study, facts.aggregates, facts.setup.selection, model, of.members, of.language, without_english=of.without_english
    )
    names = sorted({name for entry in of.members for name in eligible(facts.study, entry.task.name)})
    targets = [entry.task.name for entry in of.members]
    each = [facts.inputs.mean((model, PLAIN, name), targets) for name in names]
    parts = tuple(digest(part[place] for part in each) for place in range(facts.seeds))
    return Values(found, parts, notes=notes)


def minus(left: Values, right: Values) -> Values:
    """One arm's gain of a quantity over another quantity, by seed."""
    parts = tuple(digest(pair) for pair in zip(left.parts, right.parts, strict=True))
    return Values(left.values - right.values, parts, left.constant and right.constant, left.missing + right.missing)
