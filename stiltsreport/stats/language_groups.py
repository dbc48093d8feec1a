"""Gains in two groups of languages, told on the same targets: those that have languages of both."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from stiltsreport.stats.aggregate import ENGLISH, Aggregates, Arm, Floats
from stiltsreport.study.study import TargetEntry


def with_both(entries: Sequence[TargetEntry], first: Collection[str], second: Collection[str]) -> list[TargetEntry]:
    """The targets with a language of each group; English, in which all is trained, is in neither."""
    return [entry for entry in entries if _own(entry, first) and _own(entry, second)]


def in_languages(aggregates: Aggregates, arm: Arm, entries: Sequence[TargetEntry], languages: Collection[str]) -> Floats:
    """The mean over targets of the mean over their languages of the group, by the place of the seed; NaN where one is missing."""
    if not entries:
        return np.full(len(aggregates.seeds), np.nan)
    rows = []
    for entry in entries:
        block = aggregates.block(arm, entry.task.name)
        places = [block.languages.index(language) for language in _own(entry, languages)]
        rows.append(block.values[places].mean(axis=0))
    return np.asarray(np.stack(rows).mean(axis=0), dtype=np.float64)


def _own(entry: TargetEntry, languages: Collection[str]) -> list[str]:
    return [language for language in entry.languages if language in languages and language != ENGLISH]
