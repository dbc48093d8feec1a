"""What a model card is of: a checkpoint of the study, where it started from, and what it scored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Literal

from stiltsreport.metrics import METRICS
from stiltsreport.plan.jobs import Evaluate, Train
from stiltsreport.plan.pretrained import on_hub
from stiltsreport.plan.runs import IntermediateRun
from stiltsreport.results.score import Score
from stiltsreport.study.study import Study
from stiltsreport.tasks import TASKS
from stiltsreport.tasks.task import Task

_EMBEDDED = {"embedded:multilingual-e5-small": "intfloat/multilingual-e5-small"}  # what the package's encoders are of on the Hub
_LONGEST_NAME = 96  # signs, the Hub's bound


@dataclass(frozen=True)
class Subject:
    """The checkpoint of an intermediate training. `licence` is that of the model it started from, "" where none is known.

    `form`: a whole model, or an adapter beside the one that it started from.
    """

    run: IntermediateRun
    title: str
    licence: str
    form: Literal["model", "adapter"] = "model"

    @property
    def train(self) -> Train:
        """Its training."""
        return self.run.train

    @property
    def hub_base(self) -> str | None:
        """The Hub id of the model it started from; None for a folder, which nobody else has."""
        checkpoint = self.run.model.checkpoint
        return checkpoint if on_hub(checkpoint) else _EMBEDDED.get(checkpoint)

    @property
    def base(self) -> str:
        """The model it started from in words: a Hub id, or a folder's name, whose place says nothing to others."""
        checkpoint = self.run.model.checkpoint
        return self.hub_base or Path(checkpoint).name

    @property
    def commit(self) -> str | None:
        """The Hub's commit of that model."""
        found = self.train.pretrained.revision
        return found if on_hub(self.run.model.checkpoint) and re.fullmatch("[0-9a-f]{40}", found) else None

    @property
    def trained_on(self) -> list[Task]:
        """The tasks whose training sets it has seen, those of a joined task one by one."""
        tasks = {use.task.name: use.task for part in self.train.parts for use in part.sets}
        return [one for task in tasks.values() for one in ([TASKS[part] for part in task.parts] or [task])]

    @property
    def name(self) -> str:
        """A name that the Hub takes for a repository: MODEL-INTERMEDIATE-seedN."""
        words = re.sub(r"[^\w.]+", "-", self.run.name.replace("/-/", "-seed"), flags=re.ASCII)
        return re.sub(r"[-.]{2,}", "-", words).strip("-.")[-_LONGEST_NAME:].lstrip("-.")


@dataclass(frozen=True)
class TargetScore:
    """A target's value after training on it from this checkpoint: a mean over languages, of one seed. `metric` is a key of METRICS."""

    task: Task
    metric: str
    split: str
    languages: tuple[str, ...]
    value: float
    jobs: tuple[Evaluate, ...]


def target_scores(study: Study, scores: Sequence[Score], evaluations: Mapping[str, Evaluate], subject: Subject) -> list[TargetScore]:
    """Means over languages of this checkpoint's seed, by target and official metric; what is missing is left out."""
    run = subject.run
    own = [
        row
        for row in scores
        if (row.model, row.intermediate, row.variant, row.stage) == (run.model.name, run.intermediate, run.variant, "target")
        and row.seed == run.seed
        and row.second_language is None
    ]
    found = []
    for entry in study.target:
        for metric in entry.task.metrics:
            rows = [row for row in own if row.target == entry.task.name and row.metric == METRICS[metric].name]
            if rows:
                languages = tuple(sorted({row.language for row in rows}))
                jobs = tuple(evaluations[row.job] for row in rows if row.job in evaluations)
                found.append(TargetScore(entry.task, metric, rows[0].split, languages, fmean(row.value for row in rows), jobs))
    return found


def hub_ids(tasks: Iterable[Task]) -> list[str]:
    """The Hub ids of the data sets that these tasks train on."""
    return list(dict.fromkeys(part.id for task in tasks for split, part in task.hub if split == "train"))
