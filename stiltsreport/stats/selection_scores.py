"""The English dev scores that checkpoints were selected by, as one number an arm, target and seed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from stiltsreport.results import SelectionFacts
from stiltsreport.stats.aggregate import Arm, Floats, metric_names
from stiltsreport.study.study import Study


class SelectionScores:
    """The value on English dev data of each target training, in points: the mean of its dev task's own metrics, as a task's value is.

    Reserve seeds are left aside. Metrics that stand beside a task's own (token accuracy) enter no mean, where the study knows the task.
    """

    def __init__(self, study: Study, rows: Iterable[SelectionFacts]) -> None:
        self.study = study
        self._places = {seed: place for place, seed in enumerate(study.seeds)}
        self._found: dict[tuple[Arm, str], dict[int, dict[str, SelectionFacts]]] = {}
        for row in rows:
            if row.seed in self._places:
                arm = (row.model, row.variant, row.intermediate)
                self._found.setdefault((arm, row.target), {}).setdefault(row.seed, {})[row.metric] = row

    def values(self, arm: Arm, target: str) -> Floats:
        """By the place of the study's seed; NaN where the training has not run, or has no dev set."""
        values = np.full(len(self._places), np.nan)
        for seed, rows in self._found.get((arm, target), {}).items():
            values[self._places[seed]] = float(np.mean([row.value for row in self._own(rows)]))
        return values

    def n(self, arm: Arm, target: str) -> int:
        """The examples of the dev set; 0 where none is known."""
        return max((row.n for rows in self._found.get((arm, target), {}).values() for row in rows.values()), default=0)

    def alike(self, arm: Arm, target: str) -> tuple[str, ...]:
        """The trainings behind the values: targets that are trained alike share them."""
        rows = self._found.get((arm, target), {})
        return tuple(sorted({row.job for by_metric in rows.values() for row in by_metric.values()}))

    def dev_task(self, target: str) -> str:
        """The task whose English dev set selects a target's checkpoints; "" where there is none."""
        return next(
            (row.task for (_, name), rows in self._found.items() if name == target for by in rows.values() for row in by.values()), ""
        )

    def _own(self, rows: dict[str, SelectionFacts]) -> list[SelectionFacts]:
        task = self.study.tasks.get(next(iter(rows.values())).task)
        own = [rows[name] for name in metric_names(task) if name in rows] if task else []
        return own or list(rows.values())
