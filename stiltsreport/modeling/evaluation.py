"""Evaluation: predictions of a task's examples beside their gold answers, counted by every metric of the task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stiltsreport.metrics import METRICS, Metric
from stiltsreport.metrics.metric import Floats
from stiltsreport.recipes import Protocol
from stiltsreport.tasks.task import Task


@dataclass(frozen=True)
class Evaluation:
    """One split in one language: what was predicted for each example, and `counts` (examples, counts of the metric) by metric key.

    `clusters` names what each example shares with others that are resampled with it: a paragraph, or its own id.
    """

    language: str
    ids: tuple[str, ...]
    predictions: tuple[Any, ...]
    golds: tuple[Any, ...]
    counts: dict[str, Floats]
    clusters: tuple[str, ...] = ()

    def values(self) -> dict[str, float]:
        """Percent by metric key."""
        return {key: float(METRICS[key].value(counts.sum(axis=0))) for key, counts in self.counts.items()}

    def value(self, task: Task) -> float:
        """The task's value: the mean of the metrics that count, not of those shown beside."""
        values = self.values()
        counted = [value for key, value in values.items() if _plain(key) in task.metrics]
        return sum(counted) / len(counted)


def metrics_of(task: Task, protocol: Protocol) -> list[Metric]:
    """The task's metrics and those shown beside, in the protocol's convention."""
    keys = [*task.metrics, *task.beside]
    return [METRICS[f"{key}:{protocol.seqeval}" if key == "span_f1" else key] for key in keys]


def _plain(key: str) -> str:
    return key.partition(":")[0]


def evaluate(
    task: Task,
    protocol: Protocol,
    language: str,
    ids: Sequence[str],
    predictions: Sequence[Any],
    golds: Sequence[Any],
    clusters: Sequence[str] | None = None,
) -> Evaluation:
    """Count predictions against gold answers, example by example. Without `clusters` each example stands for itself."""
    counts: dict[str, Floats] = {}
    for metric in metrics_of(task, protocol):
        rows = [metric.count(predicted, gold, language) for predicted, gold in zip(predictions, golds, strict=True)]
        counts[metric.key] = np.array(rows, dtype=np.float64).reshape(len(rows), len(metric.counts))
    return Evaluation(language, tuple(ids), tuple(predictions), tuple(golds), counts, tuple(ids if clusters is None else clusters))
