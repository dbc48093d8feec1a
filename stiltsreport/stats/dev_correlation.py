"""Does the English dev score of a training tell how well it does in other languages? Keung et al. 2020 (2004.15001): often it does not.

What chooses checkpoints, learning rates and intermediate tasks is English dev data, so that the answer bounds what any choice is worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stiltsreport.stats.aggregate import ENGLISH, Aggregates, Floats
from stiltsreport.stats.intervals import t_interval
from stiltsreport.stats.rank_correlation import RankCorrelation, rank_correlation
from stiltsreport.stats.selection_scores import SelectionScores
from stiltsreport.study.study import Study

Pair = tuple[str, str]  # variant, intermediate


@dataclass(frozen=True)
class DevCorrelation:
    """One model and target: `dev` and `zero_shot` have the shape (arms, seeds), in points, NaN for gaps; zero-shot leaves English out.

    `arms_alone`: of the means over seeds of each arm. `by_seed`: rho over the arms of each seed, NaN where it is not defined, with its mean
    and t interval over seeds. `checkpoints`: of all trainings together, of which those of one arm resemble each other: no interval.
    """

    model: str
    target: str
    arms: tuple[Pair, ...]
    dev: Floats
    zero_shot: Floats
    arms_alone: RankCorrelation
    by_seed: Floats
    mean: float | None
    low: float | None
    high: float | None
    checkpoints: RankCorrelation


def dev_correlations(study: Study, aggregates: Aggregates, scores: SelectionScores, model: str) -> list[DevCorrelation]:
    """Of each target with a dev score and a language beside English, over a model's zero-shot arms (no few-shot, no translate-train)."""
    arms = tuple((variant, name) for variant, name in aggregates.arms(model) if _zero_shot(study, variant))
    found = []
    for entry in study.target:
        target = entry.task.name
        if not entry.train or set(entry.languages) == {ENGLISH}:
            continue
        dev = np.stack([scores.values((model, *arm), target) for arm in arms])
        zero_shot = np.stack([aggregates.task_values((model, *arm), target, None, without_english=True)[0] for arm in arms])
        if not (np.isnan(dev) | np.isnan(zero_shot)).all():
            found.append(_correlation(study, model, target, arms, dev, zero_shot))
    return found


def _correlation(study: Study, model: str, target: str, arms: tuple[Pair, ...], dev: Floats, zero_shot: Floats) -> DevCorrelation:
    level = 1 - study.statistics.alpha
    gone = np.isnan(dev) | np.isnan(zero_shot)
    dev, zero_shot = np.where(gone, np.nan, dev), np.where(gone, np.nan, zero_shot)
    seeds = [rank_correlation(dev[:, place], zero_shot[:, place], level).rho for place in range(dev.shape[1])]
    by_seed = np.array([np.nan if rho is None else rho for rho in seeds], dtype=np.float64)
    there = by_seed[~np.isnan(by_seed)]
    low, high = (float(bound[0]) for bound in t_interval(by_seed[None, :], level))
    together = rank_correlation(dev.ravel(), zero_shot.ravel(), level)
    return DevCorrelation(
        model, target, arms, dev, zero_shot,
        rank_correlation(*_means(dev, zero_shot), level),
        by_seed,
        float(there.mean()) if len(there) else None,
        None if np.isnan(low) else max(low, -1.0),
        None if np.isnan(high) else min(high, 1.0),
        RankCorrelation(together.rho, None, None, together.n, together.reason),
    )  # fmt: skip


def _means(dev: Floats, zero_shot: Floats) -> tuple[Floats, Floats]:
    """The means of each arm over the seeds that every arm with scores has, so that no arm is told by luckier seeds."""
    arms = ~np.isnan(dev).all(axis=1)
    whole = ~np.isnan(dev[arms]).any(axis=0)
    empty = np.full(len(dev), np.nan)
    if not whole.any():
        return empty, empty.copy()
    return tuple(np.where(arms, side[:, whole].mean(axis=1), np.nan) for side in (dev, zero_shot))  # type: ignore[return-value]


def _zero_shot(study: Study, variant: str) -> bool:
    found = study.variant(variant)
    return found is None or (found.few_shot is None and found.translate_train is None)
