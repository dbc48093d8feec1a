"""Made-up items: a study whose every evaluation has counts by item, and a plain bootstrap to compare with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from stiltsreport.metrics import METRICS
from stiltsreport.metrics.item_counts import ItemCounts, digest_of
from stiltsreport.results import Score
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_study, named, seeds_of

STUDY = """\
title: Items
models: [multilingual-e5-small]
intermediate: [mnli, hellaswag]
target:
  - {task: xnli, languages: [en, de]}
  - {task: udpos, languages: [en, fi]}
  - {task: xquad, languages: [en, es]}
  - {task: lareqa, languages: [en, es]}
seeds: [1, 2, 3, 4, 5]
statistics: {margin: {average: 1, task: 2, language: 3}}
"""
Counts = Callable[[str, str, str, int | None, int], Mapping[str, np.ndarray]]


@dataclass
class MadeItems:
    """Items in memory, by job."""

    found: dict[str, ItemCounts] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)

    def open(self, job: str) -> ItemCounts | None:
        self.opened.append(job)
        return self.found.get(job)


def study_of(folder: Path, text: str = STUDY, *overrides: str) -> Study:
    return fabricated_study(folder, text, overrides)


def clusters_of(task: str, language: str, ids: Sequence[str]) -> tuple[str, ...]:
    """Five questions a paragraph, named by each language's text."""
    return tuple(f"{language} text {int(name[1:]) // 5}" for name in ids) if task in ("xquad", "lareqa") else tuple(ids)


def made(
    study: Study, size: int = 60, spread: float = 0.15, gain: float = 0.05, seed: int = 0, level: float = 0.6, item_gains: float = 0.3
) -> tuple[tuple[Score, ...], MadeItems]:
    """Scores that are the metrics of made-up counts: right answers by item difficulty, arm and seed."""
    items, rows = MadeItems(), []
    for model in study.models:
        for variant, name in study.arms:
            arm = named(variant, name)
            for entry in study.target:
                task = entry.task
                for language in entry.languages:
                    ids = tuple(f"q{number}" for number in range(size))
                    clusters = clusters_of(task.name, language, ids)
                    difficulty = np.random.default_rng(_number(task.name, seed)).normal(level, spread, size)
                    gains = (
                        np.random.default_rng(_number(arm, task.name, seed)).normal(gain, item_gains, size)
                        if arm != "none"
                        else np.zeros(size)
                    )
                    for run in seeds_of(study, variant, name, entry):
                        generator = np.random.default_rng(_number(model.name, arm, task.name, language, run, seed))
                        chance = np.clip(difficulty + gains + generator.normal(0, 0.03), 0.01, 0.99)
                        right = (generator.random(size) < chance).astype(float)
                        counts = {key: _counted(key, right, generator) for key in task.metrics}
                        job = f"{model.name}/{arm}/{task.name}/{language}/{run}"
                        items.found[job] = ItemCounts(digest_of(ids, clusters), ids, clusters, counts)
                        rows.extend(
                            Score(model.name, variant, name, task.name, "target", "test", language, None, run, METRICS[key].name,
                                  float(METRICS[key].value(found.sum(axis=0))), size, job)
                            for key, found in counts.items()
                        )  # fmt: skip
    return tuple(rows), items


def _number(*key: object) -> int:
    import hashlib

    return int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:8], "big")


def _counted(key: str, right: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    ones = np.ones(len(right))
    if len(METRICS[key].counts) == 3:  # matched, predicted, gold
        gold, predicted = generator.integers(1, 6, len(right)), generator.integers(1, 6, len(right))
        return np.stack([np.minimum(gold, predicted) * right, predicted, gold], axis=1).astype(float)
    if key in ("answer_f1", "map_20"):
        return np.stack([np.where(right > 0, 1.0, generator.random(len(right)) / 2), ones], axis=1)
    return np.stack([right, ones], axis=1)
