"""Items that turn: right in an arm and wrong in the baseline in most seeds, or the reverse; in how many languages, most first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stiltsreport.results.answers import AnswerReader
from stiltsreport.results.microscope_facts import Way
from stiltsreport.results.paired_jobs import PairedJob

Counts = NDArray[np.int64]
WAYS: tuple[tuple[Way, int], ...] = (("gained", 1), ("lost", -1))


@dataclass(frozen=True, eq=False)
class Tally:
    """Of the items of one language: how many of the `seeds` answer each rightly, under the baseline and in the arm."""

    language: str
    seeds: tuple[int, ...]
    ids: tuple[str, ...]
    baseline: Counts
    own: Counts

    @property
    def turns(self) -> Counts:
        """1 where most seeds are wrong under the baseline and right in the arm, -1 where it is the reverse, else 0."""
        before, after = (np.sign(2 * side - len(self.seeds)) for side in (self.baseline, self.own))
        return np.where((after > 0) & (before < 0), 1, np.where((after < 0) & (before > 0), -1, 0))


def tally(reader: AnswerReader, language: str, pairs: Sequence[PairedJob]) -> Tally | None:
    """None without a pair, and where an evaluation keeps no items or those of another set."""
    sides: list[Counts] = []
    digests: set[str] = set()
    ids: tuple[str, ...] = ()
    for read, jobs in ((reader.baseline, [pair.baseline for pair in pairs]), (reader.read, [pair.own for pair in pairs])):
        total: Counts | None = None
        for job in jobs:
            found = read(job)
            if found is None:
                return None
            digests.add(found.digest)
            if len(digests) > 1:
                return None
            ids = found.ids
            right = found.right.astype(np.int64)
            total = right if total is None else total + right
        if total is None:
            return None
        sides.append(total)
    return Tally(language, tuple(pair.seed for pair in pairs), ids, *sides)


@dataclass(frozen=True)
class TurnedItem:
    """An item with the languages that it turns in, of those that have it; `right`: language -> seeds right (baseline, arm, of all)."""

    item: str
    turned: int
    languages: int
    right: dict[str, tuple[int, int, int]]


def turned_items(tallies: Sequence[Tally], way: int, most: int, fewest_languages: int = 2) -> list[TurnedItem]:
    """At most `most` items that turn that way (1 or -1) in a language, of those that at least `fewest_languages` have.

    Those that turn in most languages stand first; then those that turn the other way in fewest, that most seeds turn, and that come first
    in the data.
    """
    places: dict[str, int] = {}
    for one in tallies:
        for name in one.ids:
            places.setdefault(name, len(places))
    turned, other, seeds, asked = (np.zeros(len(places), dtype=np.int64) for _ in range(4))
    inside = [np.array([places[name] for name in one.ids], dtype=np.int64) for one in tallies]
    for one, index in zip(tallies, inside, strict=True):
        turns = one.turns * way
        turned[index] += turns > 0
        other[index] += turns < 0
        seeds[index] += (one.own - one.baseline) * way
        asked[index] += 1
    order = np.lexsort((np.arange(len(places)), -seeds, other, -turned))
    chosen = [int(place) for place in order if turned[place] > 0 and asked[place] >= fewest_languages][:most]
    names = list(places)
    where = [dict(zip(one.ids, range(len(one.ids)), strict=True)) for one in tallies] if chosen else []
    found = []
    for place in chosen:
        name = names[place]
        right = {
            one.language: (int(one.baseline[rows[name]]), int(one.own[rows[name]]), len(one.seeds))
            for one, rows in zip(tallies, where, strict=True)
            if name in rows
        }
        found.append(TurnedItem(name, int(turned[place]), int(asked[place]), right))
    return found
