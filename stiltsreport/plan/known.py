"""What a plan may know of jobs that have run: dev values, scores and health, by which rates, layers and reserve runs are planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from stiltsreport.metrics import METRICS
from stiltsreport.plan.jobs import Train
from stiltsreport.tasks.task import Task, in_form


class Records(Protocol):
    """A store that can be read."""

    def has(self, kind: Literal["trainings", "evaluations"], job: str) -> bool:
        """Whether that artifact is there, whole."""
        ...

    def record(self, kind: Literal["trainings", "evaluations"], job: str) -> dict[str, Any]:
        """Its record. Raises OSError or ValueError where it cannot be read."""
        ...


@dataclass(frozen=True)
class Known:
    """What is read of a store; nothing of no store."""

    records: Records | None = None

    def dev(self, train: Train) -> float | None:
        """The value of a training's checkpoint on its English dev data, in percent: of a mixture the mean over its parts, as in selection.

        None where it has not run or has no dev set.
        """
        record = self._record("trainings", train.id)
        judged = {part.training.task.name: in_form(part.selection.task, part.form) for part in train.parts if part.selection is not None}
        devs: dict[str, Any] = record.get("devs") or dict.fromkeys(list(judged)[:1], record.get("dev"))  # by the name of the part
        values = [task_value(task, dev["values"]) for name, task in judged.items() if (dev := devs.get(name))]
        return sum(values) / len(values) if values else None

    def score(self, evaluation: str, task: Task) -> float | None:
        """The value of an evaluation, in percent; None where it has not run."""
        values = self._record("evaluations", evaluation).get("values")
        return task_value(task, values) if values else None

    def verdict(self, training: str) -> str | None:
        """Whether a training is healthy or has collapsed; None where it has not run, or nothing can be said."""
        found = self._record("trainings", training).get("health")
        return str(found["verdict"]) if found else None

    def _record(self, kind: Literal["trainings", "evaluations"], job: str) -> dict[str, Any]:
        if self.records is None or not self.records.has(kind, job):
            return {}
        try:
            return self.records.record(kind, job)
        except (OSError, ValueError):  # damaged: as if it had not run, which it then will
            return {}


@dataclass(frozen=True)
class Assumed(Known):
    """As if all that choices rest on had run, and what has not were equal: the whole study can be planned, to say what it takes."""

    def dev(self, train: Train) -> float | None:
        """The value where it has run, else 0."""
        return super().dev(train) or 0.0

    def score(self, evaluation: str, task: Task) -> float | None:
        """The value where it has run, else 0."""
        return super().score(evaluation, task) or 0.0


NOTHING = Known()


def task_value(task: Task, values: Mapping[str, float]) -> float:
    """The mean of the metrics that count, by their names in a record."""
    names = {metric.name for key, metric in METRICS.items() if key.partition(":")[0] in task.metrics}
    counted = [value for name, value in values.items() if name in names]
    return sum(counted) / len(counted)
