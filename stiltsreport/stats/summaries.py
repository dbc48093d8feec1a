"""Mean rank over tasks, and the gap between English and the other languages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from stiltsreport.stats.aggregate import ENGLISH, Aggregates, Arm, Floats, Series


@dataclass(frozen=True)
class MeanRank:
    """The mean over `targets` of an arm's rank among all arms of its model.

    1 is the highest mean score; equal scores share the mean of their ranks.
    """

    variant: str
    intermediate: str
    rank: float
    targets: tuple[str, ...]
    left_out: tuple[str, ...]


def mean_ranks(aggregates: Aggregates, model: str) -> list[MeanRank]:
    """The mean rank of each arm of a model, the baseline included, in the study's order (Demsar 2006, section 3.1.3, without its test).

    A target is ranked by the mean over the seeds that all arms have; targets that an arm lacks are left out for all and named. Empty
    where none is left.
    """
    arms = aggregates.arms(model)
    ranked: list[str] = []
    left_out: list[str] = []
    columns = []
    for target in aggregates.entries:
        values = np.stack([aggregates.task_values((model, *arm), target)[0] for arm in arms])
        whole = ~np.isnan(values).any(axis=0)
        if whole.any():
            ranked.append(target)
            columns.append(stats.rankdata(-values[:, whole].mean(axis=1).round(9), method="average"))
        else:
            left_out.append(target)
    if not ranked:
        return []
    means = np.stack(columns).mean(axis=0)
    return [MeanRank(*arm, float(mean), tuple(ranked), tuple(left_out)) for arm, mean in zip(arms, means, strict=True)]


def transfer_gap(aggregates: Aggregates, model: str, variant: str, intermediate: str, target: str) -> Series | None:
    """English minus the mean of the other languages, seed by seed (Hu et al. 2020, section 4); None where the target lacks either."""
    english = aggregates.language(model, variant, intermediate, target, ENGLISH)
    others = aggregates.task(model, variant, intermediate, target, without_english=True)
    if english is None or others is None or english.constant != others.constant:
        return None
    by_seed = dict(zip(others.seeds, others.values, strict=True))
    pairs = [(seed, value - by_seed[seed]) for seed, value in zip(english.seeds, english.values, strict=True) if seed in by_seed]
    if not pairs:
        return None
    return Series(
        tuple(seed for seed, _ in pairs), tuple(gap for _, gap in pairs), english.n + others.n, (*english.missing, *others.missing)
    )


def gap_values(aggregates: Aggregates, arm: Arm, target: str) -> Floats:
    """The transfer gap by the place of the seed: what two arms are compared by. NaN where English or another language is missing."""
    block = aggregates.block(arm, target)
    others = aggregates.task_values(arm, target, None, without_english=True)[0]
    if ENGLISH not in block.languages:
        return np.full(len(aggregates.seeds), np.nan)
    return np.asarray(block.values[block.languages.index(ENGLISH)] - others, dtype=np.float64)
