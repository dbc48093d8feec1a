"""What a comparison rests on, as a digest: it changes with any of the jobs or seeds, and with nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from stiltsreport.stats.aggregate import ENGLISH, Aggregates, Arm

Parts = tuple[str, ...]  # by the place of the seed


class Inputs:
    """Digests of the jobs behind a cell, by seed, each made once."""

    def __init__(self, aggregates: Aggregates) -> None:
        self._aggregates = aggregates
        self._tasks: dict[tuple[Arm, str, bool], Parts] = {}

    def language(self, arm: Arm, target: str, language: str) -> Parts:
        """The job of each seed in one language."""
        block = self._aggregates.block(arm, target)
        return block.jobs[block.languages.index(language)]

    def task(self, arm: Arm, target: str, without_english: bool = False) -> Parts:
        """The jobs of each seed in all languages, as one digest."""
        key = (arm, target, without_english)
        if key not in self._tasks:
            block = self._aggregates.block(arm, target)
            kept = [
                jobs for language, jobs in zip(block.languages, block.jobs, strict=True) if not (without_english and language == ENGLISH)
            ]
            self._tasks[key] = tuple(digest(jobs[place] for jobs in kept) for place in range(len(self._aggregates.seeds)))
        return self._tasks[key]

    def mean(self, arm: Arm, targets: Iterable[str], without_english: bool = False) -> Parts:
        """The jobs of each seed in several targets, as one digest."""
        parts = [self.task(arm, target, without_english) for target in targets]
        return tuple(digest(part[place] for part in parts) for place in range(len(self._aggregates.seeds)))


def digest(parts: Iterable[str]) -> str:
    """20 hexadecimal digits that do not depend on the order of the parts."""
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:20]
