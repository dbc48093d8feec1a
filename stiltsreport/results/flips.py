"""Flips: the same test item in all its languages, under the baseline and under each arm; where the answer turns, as counts alone.

Of parallel targets, from the items of the store. An item is right where most of the seeds that both arms have answer it rightly, wrong
where most do not; where they are even it is neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stiltsreport.metrics import METRICS
from stiltsreport.metrics.item_counts import FILE, ItemFile
from stiltsreport.plan.plan import Plan
from stiltsreport.results.setup import FlipFacts
from stiltsreport.store import Store
from stiltsreport.study.study import BASELINE, PLAIN, TargetEntry

EVERYWHERE = "*"  # in place of a language: items that turn the same way in most of the languages that have them
_RIGHT = ("correct", "matches")  # counts that are 1 where an answer is right
_Jobs = dict[tuple[str, str, str, str, str], dict[int, str]]  # model, variant, intermediate, target, language -> job by seed
_Items = tuple[tuple[str, ...], NDArray[np.int64]]  # ids; 1 right, -1 wrong, 0 neither


def flips(plan: Plan, records: Mapping[str, Mapping[str, Any]], store: Store) -> tuple[FlipFacts, ...]:
    """One row a language of a parallel target and arm beside the baseline, then one for most languages at once.

    Empty for metrics that call no single answer right, and for stores of older versions, which keep no items.
    """
    jobs = _jobs(plan, records)
    found: list[FlipFacts] = []
    for entry in plan.study.target:
        key = _key(entry)
        if key is None or not entry.task.parallel:
            continue
        for model in plan.study.models:
            found += _of_target(plan, store, jobs, entry, key, model.name)
    return tuple(found)


def _key(entry: TargetEntry) -> str | None:
    return next((key for key in entry.task.metrics if METRICS[key].counts[0] in _RIGHT), None)


def _jobs(plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> _Jobs:
    found: _Jobs = {}
    for run in plan.runs:
        for job in run.evaluations:
            if run.seed in plan.study.seeds and job.id in records and job.second_language in (None, job.language):
                cell = (run.model.name, run.variant, run.intermediate, run.target, job.language)
                found.setdefault(cell, {}).setdefault(run.seed, job.id)
    return found


def _of_target(plan: Plan, store: Store, jobs: _Jobs, entry: TargetEntry, key: str, model: str) -> Iterator[FlipFacts]:
    reader = _Reader(store, key)
    target = entry.task.name
    for variant, arm in plan.study.arms:
        if (variant, arm) == (PLAIN, BASELINE):
            continue
        turned: dict[int, Counter[str]] = {1: Counter(), -1: Counter()}
        asked: Counter[str] = Counter()
        seeds: set[int] = set()
        for language in entry.languages:
            own, base = (jobs.get((model, *one, target, language), {}) for one in ((variant, arm), (PLAIN, BASELINE)))
            both = [seed for seed in plan.study.seeds if seed in own and seed in base]
            sides = [reader.majority([side[seed] for seed in both]) for side in (own, base)] if both else []
            if len(sides) < 2 or sides[0] is None or sides[1] is None or sides[0][0] != sides[1][0]:  # noqa: PLR2004 - two arms
                continue
            ids, ours = sides[0]
            ways = np.where((ours > 0) & (sides[1][1] < 0), 1, np.where((ours < 0) & (sides[1][1] > 0), -1, 0))
            asked.update(ids)
            for way, names in turned.items():
                names.update(name for name, other in zip(ids, ways.tolist(), strict=True) if other == way)
            seeds.update(both)
            yield FlipFacts(model, variant, arm, target, language, tuple(both), len(ids), int((ways > 0).sum()), int((ways < 0).sum()))
        shared = {name: count for name, count in asked.items() if count > 1}
        if shared:
            gained, lost = (sum(turned[way][name] > count / 2 for name, count in shared.items()) for way in (1, -1))
            yield FlipFacts(model, variant, arm, target, EVERYWHERE, tuple(sorted(seeds)), len(shared), gained, lost)


class _Reader:
    """What most seeds answer rightly, read once: every arm is held against the same baseline."""

    def __init__(self, store: Store, key: str) -> None:
        self._store, self._key = store, key
        self._ids: dict[str, tuple[str, ...]] = {}
        self._known: dict[tuple[str, ...], _Items | None] = {}

    def majority(self, jobs: Sequence[str]) -> _Items | None:
        """Of those evaluations, which must be of the same items; None where one has none."""
        name = tuple(jobs)
        if name not in self._known:
            self._known[name] = self._majority(name)
        return self._known[name]

    def _majority(self, jobs: Sequence[str]) -> _Items | None:
        total: NDArray[np.float64] | None = None
        digests = set()
        for job in jobs:
            try:
                items = ItemFile(self._store.path("evaluations", job) / FILE)
                right = items.of(self._key, METRICS[self._key].counts[:1])[:, 0] > 0.5  # noqa: PLR2004 - it is 0 or 1
            except (OSError, ValueError, KeyError):
                return None
            digests.add(items.digest)
            if items.digest not in self._ids:
                self._ids[items.digest] = items.ids
            signs = np.where(right, 1.0, -1.0)
            total = signs if total is None else total + signs if len(total) == len(signs) else None
            if total is None or len(digests) > 1:
                return None
        return None if total is None else (self._ids[digests.pop()], np.sign(total).astype(np.int64))
