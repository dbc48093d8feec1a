"""The generalized setting of Huang et al. 2021 (section 4): the two sentences of a pair in two languages, as a matrix of scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from stiltsreport.results.score import Score
from stiltsreport.stats.aggregate import Arm, Floats, Series, metric_names
from stiltsreport.study.study import Study, TargetEntry
from stiltsreport.tasks.languages import LANGUAGES

Place = tuple[str, str]  # the languages of the first and the second sentence


@dataclass(frozen=True)
class PairScores:
    """One arm's scores on one target, in points.

    `values` has the shape (languages, languages, seeds): rows are the language of the first sentence, columns that of the second; the
    diagonal is the ordinary setting. NaN where there is no score, or no such pair is asked for (`asked`: languages by languages). `n`
    counts the examples of all pairs of two languages.
    """

    languages: tuple[str, ...]
    seeds: tuple[int, ...]
    values: Floats
    asked: NDArray[np.bool_]
    n: int

    @cached_property
    def means(self) -> Floats:
        """The mean over the seeds that a pair has; NaN where it has none."""
        there = ~np.isnan(self.values)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(there, self.values, 0.0).sum(axis=2) / there.sum(axis=2), dtype=np.float64)

    @property
    def any(self) -> bool:
        """Whether a pair of two languages has a score."""
        off = ~np.eye(len(self.languages), dtype=bool)
        return bool((~np.isnan(self.values[off])).any())

    def diagonal(self) -> Series | None:
        """The mean over the languages with themselves, by seed; a seed that lacks one is absent."""
        return self._series(np.eye(len(self.languages), dtype=bool))

    def off_diagonal(self) -> Series | None:
        """The mean over the pairs of two languages, by seed; a seed that lacks one is absent."""
        return self._series(self.asked & ~np.eye(len(self.languages), dtype=bool))

    def _series(self, cells: NDArray[np.bool_]) -> Series | None:
        wanted = cells & self.asked
        if not wanted.any():
            return None
        means = self.values[wanted].mean(axis=0)
        there = [place for place in range(len(self.seeds)) if not np.isnan(means[place])]
        if not there:
            return None
        missing = np.argwhere(np.isnan(self.values).any(axis=2) & wanted)
        named = tuple(f"{self.languages[row]}-{self.languages[column]}" for row, column in missing)
        return Series(tuple(self.seeds[place] for place in there), tuple(float(means[place]) for place in there), self.n, named)


class Pairs:
    """The pair scores of a study. Reserve seeds are left aside, as everywhere."""

    def __init__(self, study: Study, scores: Iterable[Score]) -> None:
        self.study = study
        self.entries = [entry for entry in study.target if entry.pairs]
        names = {entry.task.name for entry in self.entries}
        self._rows: dict[tuple[Arm, str, str], dict[tuple[Place, int], Score]] = {}
        for score in scores:
            if score.stage == "target" and score.target in names and score.seed in study.seeds and score.seed is not None:
                place = (score.language, score.second_language or score.language)
                rows = self._rows.setdefault(((score.model, score.variant, score.intermediate), score.target, score.metric), {})
                rows[place, score.seed] = score

    def of(self, arm: Arm, entry: TargetEntry) -> PairScores:
        """The matrix of an arm on a target: the mean of the task's own metrics; all NaN where nothing has run."""
        languages = languages_of(entry)
        seeds = self.study.seeds_of(arm[1], arm[2])
        size = len(languages)
        layers = []
        examples: dict[Place, int] = {}
        for metric in metric_names(entry.task):
            values = np.full((size, size, len(seeds)), np.nan)
            for (place, seed), score in self._rows.get((arm, entry.task.name, metric), {}).items():
                if seed in seeds and place[0] in languages and place[1] in languages:
                    values[languages.index(place[0]), languages.index(place[1]), seeds.index(seed)] = score.value
                    if place[0] != place[1]:
                        examples[place] = score.n
            layers.append(values)
        asked = np.zeros((size, size), dtype=bool)
        for first, second in entry.pairs:
            asked[languages.index(first), languages.index(second)] = True
        for language in entry.languages:
            if language in languages:
                asked[languages.index(language), languages.index(language)] = True
        return PairScores(languages, seeds, np.stack(layers).mean(axis=0), asked, sum(examples.values()))

    def generalized(self, arm: Arm, entry: TargetEntry) -> tuple[Floats, tuple[tuple[str, ...], ...], tuple[str, ...]]:
        """The mean over the pairs of two languages by the place of the study's seed, NaN where it lacks one; the jobs behind each.

        Last the names of the pairs that a seed lacks.
        """
        found = self.of(arm, entry)
        series = found.off_diagonal()
        by_seed = dict(zip(series.seeds, series.values, strict=True)) if series is not None else {}
        jobs: dict[int, set[str]] = {seed: set() for seed in self.study.seeds}
        for metric in metric_names(entry.task):
            for (place, seed), score in self._rows.get((arm, entry.task.name, metric), {}).items():
                if place[0] != place[1]:
                    jobs[seed].add(score.job)
        values = np.array([by_seed.get(seed, np.nan) for seed in self.study.seeds], dtype=np.float64)
        lacking = series.missing if series is not None else ("all pairs",)
        return values, tuple(tuple(jobs[seed]) for seed in self.study.seeds), lacking


def languages_of(entry: TargetEntry) -> tuple[str, ...]:
    """The languages of a target's pairs: English first, then by family and code, so that near languages stand together."""
    codes = {code for pair in entry.pairs for code in pair}
    return tuple(sorted(codes, key=lambda code: (code != "en", LANGUAGES[code].family if code in LANGUAGES else "~", code)))
