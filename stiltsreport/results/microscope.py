"""The transfer microscope: the same items under the baseline and under an arm, from the store.

Three views: which items turn in most of their languages (parallel targets), which classes are taken for which (classification), how far
spans overlap and which queries find their answer first. Of many arms only those that gain most and least on a target are looked at
closely: a full study has some eighty thousand evaluations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from stiltsreport.plan.plan import Plan
from stiltsreport.results.answers import AnswerReader, Answers, confusion
from stiltsreport.results.microscope_facts import (
    ENGLISH,
    OTHERS,
    ConfusionFacts,
    HitFacts,
    ItemFacts,
    LookedAt,
    Matrix,
    Microscope,
    SpanFacts,
)
from stiltsreport.results.paired_jobs import Arm, PairedJob, PairedJobs, Records
from stiltsreport.results.turned import WAYS, tally, turned_items
from stiltsreport.store import Store
from stiltsreport.study.study import TargetEntry

MOST_ITEMS, FEWEST_ITEMS = 12, 2  # an arm and way
ITEMS_OF_TARGET = 48  # of all models and arms, as far as each has its fewest
MOST_CLASSES = 10  # of a confusion that can be read
_RETRIEVAL = ("sentence_retrieval", "bitext_mining", "dual_encoder")
Counts = NDArray[np.int64]


def microscope(plan: Plan, records: Records, store: Store) -> Microscope:
    """What is seen of every model and target; empty without an arm beside the baseline, or items in the store."""
    jobs = PairedJobs(plan, records)
    looked = [jobs.looked_at(model.name, entry) for entry in plan.study.target for model in plan.study.models]
    looked = [one for one in looked if one.arms]
    items: list[ItemFacts] = []
    classes: list[ConfusionFacts] = []
    spans: list[SpanFacts] = []
    hits: list[HitFacts] = []
    for entry in plan.study.target:
        of_target = [one for one in looked if one.target == entry.task.name]
        most = items_shown(sum(len(one.arms) for one in of_target))
        view = _View(store, entry, jobs)
        for one in of_target:
            for arm in one.arms:
                if entry.task.parallel:
                    items += view.items(one.model, arm, most)
                if entry.task.type == "sequence_classification" and len(entry.task.labels) <= MOST_CLASSES:
                    classes += view.confusion(one.model, arm)
                elif entry.task.type in ("question_answering", "token_classification"):
                    spans += view.spans(one.model, arm)
                elif entry.task.type in _RETRIEVAL:
                    hits += view.hits(one.model, arm)
            view.forget()
    return Microscope(tuple(_with_items(looked, items, classes, spans, hits)), tuple(items), tuple(classes), tuple(spans), tuple(hits))


def items_shown(arms: int) -> int:
    """Items a way of each of so many arms of a target.

    >>> items_shown(2), items_shown(4), items_shown(10)
    (12, 6, 2)
    """
    return max(FEWEST_ITEMS, min(MOST_ITEMS, ITEMS_OF_TARGET // (2 * max(1, arms))))


def _with_items(looked: Sequence[LookedAt], *facts: Sequence[ItemFacts | ConfusionFacts | SpanFacts | HitFacts]) -> Iterator[LookedAt]:
    """Those of which anything was seen."""
    seen = {(row.model, row.target) for rows in facts for row in rows}
    return (one for one in looked if (one.model, one.target) in seen)


class _View:
    """One target. What was read of the baseline is kept until `forget`: every arm of a model is held against it."""

    def __init__(self, store: Store, entry: TargetEntry, jobs: PairedJobs) -> None:
        self._store, self._entry, self._jobs = store, entry, jobs
        self._reader = AnswerReader(store, entry.task)
        self._matrices: dict[str, Counts | None] = {}

    def forget(self) -> None:
        """The next model has a baseline of its own."""
        self._reader.forget()
        self._matrices.clear()

    def _pairs(self, model: str, arm: Arm) -> Iterator[tuple[str, tuple[PairedJob, ...]]]:
        """(language, pairs) of those that have any."""
        for language in self._entry.languages:
            pairs = self._jobs.of(model, self._entry.task.name, arm, language)
            if pairs:
                yield language, pairs

    def _grouped(self, model: str, arm: Arm) -> Iterator[tuple[str, list[tuple[str, tuple[PairedJob, ...]]]]]:
        """(group of languages, its pairs by language)."""
        found = list(self._pairs(model, arm))
        for group, english in ((ENGLISH, True), (OTHERS, False)):
            part = [one for one in found if (one[0] == "en") == english]
            if part:
                yield group, part

    def items(self, model: str, arm: Arm, most: int) -> Iterator[ItemFacts]:
        """Both ways; nothing where fewer than two languages have items."""
        tallies = [found for language, pairs in self._pairs(model, arm) if (found := tally(self._reader, language, pairs)) is not None]
        if len(tallies) < 2:  # noqa: PLR2004 - one language has none to stand beside
            return
        seeds = tuple(sorted({seed for one in tallies for seed in one.seeds}))
        for name, way in WAYS:
            for one in turned_items(tallies, way, most):
                right = ", ".join(f"{language} {' '.join(map(str, counts))}" for language, counts in one.right.items())
                yield ItemFacts(model, *arm, self._entry.task.name, name, one.item, one.turned, one.languages, seeds, right)

    def confusion(self, model: str, arm: Arm) -> Iterator[ConfusionFacts]:
        """English, and the other languages."""
        for group, part in self._grouped(model, arm):
            sides = [np.zeros((len(self._entry.task.labels),) * 2, dtype=np.int64) for _ in range(2)]
            told = _Told()
            for language, pairs in part:
                for pair in pairs:
                    base, own = self._matrix(pair.baseline), self._matrix(pair.own)
                    if base is not None and own is not None and (base.sum(axis=1) == own.sum(axis=1)).all():
                        sides[0] += base
                        sides[1] += own
                        told.add(language, pair.seed)
            if told.seeds:
                yield ConfusionFacts(model, *arm, self._entry.task.name, group, *told.both, *map(_matrix, sides))

    def _matrix(self, job: str) -> Counts | None:
        if job not in self._matrices:
            try:
                file = self._store.path("evaluations", job) / "predictions.jsonl"
                self._matrices[job] = confusion(file, self._entry.task.labels)
            except (OSError, ValueError, KeyError, TypeError):  # not there, or damaged
                self._matrices[job] = None
        return self._matrices[job]

    def _answers(self, part: Sequence[tuple[str, tuple[PairedJob, ...]]], told: _Told) -> Iterator[tuple[Answers, Answers]]:
        """(baseline, arm) of the same items, seed by seed."""
        for language, pairs in part:
            for pair in pairs:
                base, own = self._reader.baseline(pair.baseline), self._reader.read(pair.own)
                if base is not None and own is not None and base.digest == own.digest:
                    told.add(language, pair.seed)
                    yield base, own

    def spans(self, model: str, arm: Arm) -> Iterator[SpanFacts]:
        """English, and the other languages."""
        for group, part in self._grouped(model, arm):
            sides = [np.zeros(4, dtype=np.int64) for _ in range(2)]
            up = down = 0
            told = _Told()
            for base, own in self._answers(part, told):
                if base.overlap is not None and own.overlap is not None:
                    sides[0] += spread(base.overlap)
                    sides[1] += spread(own.overlap)
                    up += int((own.overlap > base.overlap).sum())
                    down += int((own.overlap < base.overlap).sum())
            if sides[1].any():
                before, after = (tuple(int(count) for count in side) for side in sides)
                yield SpanFacts(model, *arm, self._entry.task.name, group, *told.both, before, after, up, down)

    def hits(self, model: str, arm: Arm) -> Iterator[HitFacts]:
        """English, and the other languages."""
        for group, part in self._grouped(model, arm):
            sums = np.zeros(5, dtype=np.int64)
            told = _Told()
            for base, own in self._answers(part, told):
                before, after = base.right & base.asked, own.right & own.asked
                sums += [base.asked.sum(), before.sum(), after.sum(), (after & ~before).sum(), (before & ~after).sum()]
            if sums[0]:
                yield HitFacts(model, *arm, self._entry.task.name, group, *told.both, *(int(number) for number in sums))


class _Told:
    """The languages and seeds that a sum rests on."""

    def __init__(self) -> None:
        self.languages: dict[str, None] = {}
        self.seeds: set[int] = set()

    def add(self, language: str, seed: int) -> None:
        """One more."""
        self.languages[language] = None
        self.seeds.add(seed)

    @property
    def both(self) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """As facts keep them."""
        return tuple(self.languages), tuple(sorted(self.seeds))


def spread(overlap: NDArray[np.float64]) -> Counts:
    """How many are 0, at most a half, more, and 1.

    >>> spread(np.array([0.0, 0.5, 0.4, 0.6, 1.0])).tolist()
    [1, 2, 1, 1]
    """
    places = np.where(overlap <= 0, 0, np.where(overlap <= 0.5, 1, np.where(overlap < 1, 2, 3)))  # noqa: PLR2004 - a half
    return np.bincount(places, minlength=4)


def _matrix(counts: Counts) -> Matrix:
    return tuple(tuple(int(count) for count in row) for row in counts)
