"""Simulated items: one target whose every item has a difficulty and a gain of its own, so that other items would give another gain."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.simulated_studies import simulated_study
from stiltsreport.metrics import METRICS
from stiltsreport.metrics.item_counts import ItemCounts, digest_of
from stiltsreport.results import Score
from stiltsreport.study.study import BASELINE, PLAIN, Study

MODEL = "xlmr-base"
ITEMS = 400
SD_DIFFICULTY, SD_GAIN, SD_RUN = 0.12, 0.10, 0.004  # shares of right answers: of items, of items' gains, of runs


@dataclass
class SimulatedItems:
    """The counts of every evaluation, by its job."""

    counts: dict[str, ItemCounts] = field(default_factory=dict)

    def open(self, job: str) -> ItemCounts | None:
        """Those of one evaluation."""
        return self.counts.get(job)


def items_study(folder: Path) -> Study:
    """One intermediate task, one target in English."""
    return simulated_study(folder, ["intermediate=[csqa]", "target=[{task: xnli, languages: [en]}]", "statistics={}"])


def simulated_items(study: Study, generator: np.random.Generator) -> tuple[list[Score], SimulatedItems, float]:
    """(scores, items, the true gain on these very items in points); over all items that there could be the gain is 0.

    The chance of a right answer is the item's, plus in the second arm the item's gain, plus the run's: all far from 0 and 1.
    """
    (entry,) = study.target
    names = tuple(f"item {number}" for number in range(ITEMS))
    digest, found, rows = digest_of(names, names), SimulatedItems(), []
    difficulty = np.clip(generator.normal(0.5, SD_DIFFICULTY, ITEMS), 0.3, 0.7)
    gains = np.clip(generator.normal(0, SD_GAIN, ITEMS), -0.25, 0.25)
    (key,) = entry.task.metrics
    for arm in (BASELINE, study.intermediate[0].name):
        for seed in study.seeds:
            chance = difficulty + (gains if arm != BASELINE else 0.0) + float(np.clip(generator.normal(0, SD_RUN), -0.04, 0.04))
            right = (generator.random(ITEMS) < chance).astype(np.float64)
            job = f"{arm}/{seed}"
            found.counts[job] = ItemCounts(digest, names, names, {key: np.stack([right, np.ones(ITEMS)], axis=1)})
            value = float(METRICS[key].value(found.counts[job].counts[key].sum(axis=0)))
            rows.append(Score(MODEL, PLAIN, arm, entry.task.name, "target", "test", "en", None, seed, METRICS[key].name, value, ITEMS, job))
    return rows, found, float(100 * gains.mean())
