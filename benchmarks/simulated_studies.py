"""Simulated studies: scores whose true gains are known, with the noise that real ones have.

Scores are drawn with noise of the seed (shared by both arms and all languages), of seed and method (the intermediate checkpoint, shared by
all targets; the fine-tuning, shared by all languages of a target) and of the items (binomial counts, one draw a run).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stiltsreport.metrics import METRICS
from stiltsreport.results import Score
from stiltsreport.study.reading import read_study
from stiltsreport.study.study import BASELINE, PLAIN, Study

STUDY = """\
title: A simulated study
models: [xlmr-base]
intermediate: [hellaswag, csqa, siqa, cosmosqa]
target:
  - {task: xnli, languages: [en, de, sw, zh]}
  - {task: pawsx, languages: [en, de, fr]}
  - {task: udpos, languages: [en, fi, hi]}
seeds: [1, 2, 3, 4, 5]
statistics: {margin: {average: 1, task: 1, language: 2}}
"""
LEVEL = 0.7  # the true share of right answers in every cell
ITEMS = 1000
SD_SEED, SD_CHECKPOINT, SD_FINETUNING = 0.8, 0.4, 0.6  # points


def simulated_study(folder: Path, overrides: Sequence[str] = ()) -> Study:
    """The study, read from a file in the folder."""
    file = folder / "simulated.yaml"
    file.write_text(STUDY, encoding="utf-8")
    return read_study(file, overrides)


def simulated_scores(
    study: Study,
    generator: np.random.Generator,
    gain: float = 0.0,
    sd_seed: float = SD_SEED,
    sd_language: float = 0.0,
    sd_task: float = 0.0,
) -> list[Score]:
    """Scores of every cell; each intermediate task gains `gain` points, give or take `sd_language` by language and `sd_task` by target.

    An arm has its own seeds alone.
    """
    arms = (BASELINE, *(task.name for task in study.intermediate))
    targets, seeds = len(study.target), len(study.seeds)
    checkpoint = generator.normal(0, SD_CHECKPOINT, (len(arms), seeds))
    finetuning = generator.normal(0, SD_FINETUNING, (len(arms), targets, seeds))
    shared = generator.normal(0, sd_seed, (targets, seeds))
    codes = list(dict.fromkeys(code for entry in study.target for code in entry.languages))
    by_language = dict(zip(codes, generator.normal(0, sd_language, len(codes)), strict=True)) if sd_language else dict.fromkeys(codes, 0.0)
    by_target = generator.normal(0, sd_task, targets) if sd_task else np.zeros(targets)
    own = {arm: set(study.seeds_of(PLAIN, arm)) for arm in arms}
    rows = []
    for place, entry in enumerate(study.target):
        gains = gain + by_target[place] + np.array([by_language[code] for code in entry.languages])
        effect = np.array([0.0 if arm == BASELINE else 1.0 for arm in arms])[:, None] * gains[None, :]
        truth = LEVEL + (effect[:, :, None] + (shared[place] + checkpoint + finetuning[:, place])[:, None, :]) / 100
        values = generator.binomial(ITEMS, np.clip(truth, 0, 1)) * 100 / ITEMS
        metric, name = METRICS[entry.task.metrics[0]].name, entry.task.name
        rows.extend(
            Score("xlmr-base", PLAIN, arm, name, "target", "test", language, None, seed, metric, float(values[a, b, c]), ITEMS, "")
            for a, arm in enumerate(arms)
            for b, language in enumerate(entry.languages)
            for c, seed in enumerate(study.seeds)
            if seed in own[arm]
        )
    return rows


def average_difference_sd(study: Study) -> float:
    """The standard deviation of the per-seed difference of the average, in points, as the simulation makes it."""
    item = LEVEL * (1 - LEVEL) / ITEMS * 100**2
    targets = len(study.target)
    by_target = sum((SD_FINETUNING**2 + item / len(entry.languages)) for entry in study.target) / targets**2
    return float(np.sqrt(2 * (SD_CHECKPOINT**2 + by_target)))
