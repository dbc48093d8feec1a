"""The best intermediate task of each target: a maximum, so it is chosen on English dev data and told by the reported scores.

Choosing and reporting on the same scores would show the luck of the draw as a gain (the "winner's curse"); how much it would is measured
beside, as the optimism of the oracle. Phang et al. 2020 (section 4) report such a choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from stiltsreport.results import SelectionFacts
from stiltsreport.stats.aggregate import Aggregates, Arm, Floats
from stiltsreport.stats.own_data import own_data
from stiltsreport.stats.selection_scores import SelectionScores
from stiltsreport.study.study import BASELINE, PLAIN, Study, TargetEntry

Picks = tuple[str | None, ...]  # an intermediate by the place of the seed; None: no choice could be made


@dataclass(frozen=True)
class Chosen:
    """What one target takes in each seed, by `rule`: "dev" (its own dev score), "others" (that of the other targets) or "oracle".

    `missing` says why seeds have no choice; "" where all have.
    """

    target: str
    rule: str
    picks: Picks
    missing: str = ""

    def counts(self) -> list[tuple[str, int]]:
        """(intermediate, in how many seeds it is taken), the most frequent first."""
        return Counter(name for name in self.picks if name is not None).most_common()


def best_per_target(
    study: Study, aggregates: Aggregates, selection: Iterable[SelectionFacts], model: str, members: Sequence[TargetEntry],
    language: str | None = None, *, without_english: bool = False,
) -> tuple[Floats, int, tuple[str, ...]]:  # fmt: skip
    """The reported values, by the place of the study's seed, of a model that takes for each target what English dev data choose.

    The mean over `members`, in one `language` or all. Chosen seed by seed among the plain intermediates that do not contain the target's
    own training data; a target that trains nothing takes what gains most on the dev sets of the others. NaN where a seed lacks a choice
    or a score. Beside them the number of evaluated examples, and notes on how it was chosen and what is missing.
    """
    scores = SelectionScores(study, selection)
    choices = [choose(study, scores, model, entry.task.name) for entry in members]
    values, n = reported(aggregates, model, choices, language, without_english)
    titles = {entry.task.name: entry.task.title for entry in members}
    notes = [f"{titles[one.target]}: {one.missing}" for one in choices if one.missing]
    borrowed = [titles[one.target] for one in choices if one.rule == "others"]
    if borrowed:
        notes.append(f"{', '.join(borrowed)}: chosen on the dev sets of the other targets")
    return values, n, (*notes, "chosen on English dev data seed by seed, among intermediates without the target's own training data")


def eligible(study: Study, target: str, *, own: bool = False) -> list[str]:
    """The intermediates among which a target chooses, in the study's order: no controls; with the target's own data only where asked."""
    return [entry.name for entry in study.intermediate if entry.control is None and (own or not own_data(study, entry.name, target))]


def choose(study: Study, scores: SelectionScores, model: str, target: str, *, own: bool = False) -> Chosen:
    """What a target's English dev score chooses in each seed, the first of equals; a seed that lacks one of the scores has no choice."""
    names = eligible(study, target, own=own)
    if not names:
        return Chosen(target, "dev", (None,) * len(study.seeds), "every intermediate contains its own training data")
    trained = next(entry for entry in study.target if entry.task.name == target).train
    if not trained:  # what holds the own data of all the others has nothing to be chosen by
        names = [name for name in names if any(entry.train and not own_data(study, name, entry.task.name) for entry in study.target)]
        if not names:
            return Chosen(
                target, "others", (None,) * len(study.seeds), "no other target has a dev score that is no intermediate's own data"
            )
    table = np.stack([_dev(scores, model, name, target) if trained else _dev_of_others(study, scores, model, name) for name in names])
    picks = _best(names, table)
    missing = "" if all(picks) else f"no dev score of every intermediate in {_seeds(study, picks)}"
    return Chosen(target, "dev" if trained else "others", picks, missing)


def oracle(study: Study, aggregates: Aggregates, model: str, target: str, *, own: bool = False) -> Chosen:
    """The same by the reported scores themselves, seed by seed: what no one can know beforehand."""
    names = eligible(study, target, own=own)
    if not names:
        return Chosen(target, "oracle", (None,) * len(study.seeds), "every intermediate contains its own training data")
    picks = _best(names, np.stack([aggregates.task_values((model, PLAIN, name), target)[0] for name in names]))
    missing = "" if all(picks) else f"no score of every intermediate in {_seeds(study, picks)}"
    return Chosen(target, "oracle", picks, missing)


def reported(
    aggregates: Aggregates, model: str, choices: Sequence[Chosen], language: str | None = None, without_english: bool = False
) -> tuple[Floats, int]:
    """The mean over the choices' targets of the reported value of what each takes, by the place of the seed; and the examples behind it."""
    seeds = len(aggregates.seeds)
    if not choices:
        return np.full(seeds, np.nan), 0
    rows, n = [], 0
    for one in choices:
        found = {name: _reported(aggregates, (model, PLAIN, name), one.target, language, without_english) for name, _ in one.counts()}
        rows.append([found[name][0][place] if name else np.nan for place, name in enumerate(one.picks)])
        n += max((examples for _, examples in found.values()), default=0)
    return np.asarray(rows, dtype=np.float64).mean(axis=0), n


def _reported(aggregates: Aggregates, arm: Arm, target: str, language: str | None, without_english: bool) -> tuple[Floats, int]:
    if language is None:
        values, n, _, _ = aggregates.task_values(arm, target, None, without_english)
        return values, n
    block = aggregates.block(arm, target)
    if language not in block.languages:
        return np.full(len(aggregates.seeds), np.nan), 0
    place = block.languages.index(language)
    return block.values[place], int(block.n[place])


def _dev(scores: SelectionScores, model: str, name: str, target: str) -> Floats:
    return scores.values((model, PLAIN, name), target)


def _dev_of_others(study: Study, scores: SelectionScores, model: str, name: str) -> Floats:
    """The mean gain over the baseline on the dev sets of the trained targets, without those whose own data the intermediate contains.

    Targets that share a training count once. Gains, not scores: intermediates may leave out unlike targets.
    """
    gains: dict[tuple[str, ...], Floats] = {}
    for entry in study.target:
        target = entry.task.name
        if entry.train and not own_data(study, name, target):
            gains[scores.alike((model, PLAIN, name), target)] = _dev(scores, model, name, target) - _dev(scores, model, BASELINE, target)
    return np.mean(list(gains.values()), axis=0) if gains else np.full(len(study.seeds), np.nan)


def _best(names: Sequence[str], table: Floats) -> Picks:
    """The name of the highest value in each column, the first of equals; None where a value is missing."""
    return tuple(None if np.isnan(column).any() else names[int(np.argmax(column.round(9)))] for column in table.T)


def _seeds(study: Study, picks: Picks) -> str:
    absent = [str(seed) for seed, pick in zip(study.seeds, picks, strict=True) if pick is None]
    return f"seed{'s' if len(absent) > 1 else ''} {', '.join(absent)}"
