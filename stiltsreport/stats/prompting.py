"""Scores of decoders that were asked in words: by prompt, the mean over a target's languages. They stand beside gains and enter none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from stiltsreport.plan.prompts import PROMPTED_STAGE
from stiltsreport.results.score import Score
from stiltsreport.stats.aggregate import metric_names
from stiltsreport.study.prompting import prompted_models
from stiltsreport.study.study import Study, TargetEntry
from stiltsreport.tasks.prompts import PROMPTED


@dataclass(frozen=True)
class Asked:
    """A model on a target behind so many demonstrations: `values` in percent by the prompt's number; one that lacks a language is absent.

    `missing` names languages that no prompt has, or not all.
    """

    model: str
    shots: int
    target: str
    values: tuple[tuple[int, float], ...]
    missing: tuple[str, ...]

    @property
    def mean(self) -> float | None:
        """Over the prompts."""
        return sum(value for _, value in self.values) / len(self.values) if self.values else None

    @property
    def sd(self) -> float | None:
        """Over the prompts, with n - 1; None of fewer than two."""
        mean, n = self.mean, len(self.values)
        if mean is None or n < 2:  # noqa: PLR2004 - one number has no spread
            return None
        return math.sqrt(sum((value - mean) ** 2 for _, value in self.values) / (n - 1))


def asked_scores(study: Study, scores: Iterable[Score]) -> list[Asked]:
    """Every row of the study's prompting, by model, shots and target in the study's order; empty where it asks for nothing."""
    if study.prompting is None:
        return []
    found: dict[tuple[str, str, str], dict[tuple[int, str, str], float]] = {}
    for score in scores:
        if score.stage == PROMPTED_STAGE and score.seed is not None:
            found.setdefault((score.model, score.variant, score.target), {})[score.seed, score.language, score.metric] = score.value
    return [
        _asked(study, model.unadapted, shots, entry, found.get((model.unadapted, f"prompted-{shots}", entry.task.name), {}))
        for model in prompted_models(study.models)
        for shots in study.prompting.shots
        for entry in study.target
        if entry.task.type in PROMPTED
    ]


def _asked(study: Study, model: str, shots: int, entry: TargetEntry, values: dict[tuple[int, str, str], float]) -> Asked:
    assert study.prompting is not None
    metrics = metric_names(entry.task)
    numbers = range(1, study.prompting.prompts + 1)
    there = {
        (number, language): sum(values[number, language, metric] for metric in metrics) / len(metrics)
        for number in numbers
        for language in entry.languages
        if all((number, language, metric) in values for metric in metrics)
    }
    whole = [number for number in numbers if all((number, language) in there for language in entry.languages)]
    missing = tuple(language for language in entry.languages if not all((number, language) in there for number in numbers))
    means = tuple((number, sum(there[number, language] for language in entry.languages) / len(entry.languages)) for number in whole)
    return Asked(model, shots, entry.task.name, means, missing)
