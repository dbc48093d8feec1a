"""Train and Evaluate: the two kinds of job, each with an id made of all that can change its numbers, and of nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from stiltsreport.models import Model
from stiltsreport.recipes import Protocol, Recipe, applicable
from stiltsreport.tasks.sources import Source
from stiltsreport.tasks.task import Task, TaskType

Stage = Literal["intermediate", "target"]
UNPINNED = "unpinned"  # stands for the commit of what no lock pins yet: such a job can be planned, not run


def digest(**ingredients: Any) -> str:
    """The first 20 hexadecimal digits of the sha256 of the ingredients as canonical JSON."""
    return hashlib.sha256(json.dumps(ingredients, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()[:20]


def task_ingredients(task: Task) -> dict[str, Any]:
    """What of a task's record can change what is read and encoded. Its name, title, languages, licence and sizes cannot.

    `prompt` says in words how a reader puts a prompt together: who changes the reader changes it too, and the ids with it.
    """
    return {"type": task.type, "labels": task.labels, "reader": task.reader, "columns": task.columns, "prompt": task.prompt}


@dataclass(frozen=True)
class Pretrained:
    """A pretrained encoder at a pinned revision: a Hub commit, the fingerprint of a folder, or the checksum of the embedded file."""

    model: Model
    revision: str

    @cached_property
    def id(self) -> str:
        """Changes with the weights alone."""
        return digest(job="pretrained", revision=self.revision if self.revision != UNPINNED else f"{UNPINNED} {self.model.checkpoint}")

    @property
    def ingredients(self) -> dict[str, Any]:
        """What the id is made of, in words."""
        return {"job": "pretrained", "model": self.model.name, "checkpoint": self.model.checkpoint, "revision": self.revision}


@dataclass(frozen=True)
class DataUse:
    """A set as a job uses it: which task reads which source, and how much of it."""

    task: Task
    source: Source
    limit: int | None = None
    part: Literal["all", "training", "held-out"] = "all"

    @cached_property
    def ingredients(self) -> dict[str, Any]:
        """What of it can change what is trained on."""
        return {"task": task_ingredients(self.task), "fingerprint": self.source.fingerprint, "limit": self.limit, "part": self.part}

    @property
    def scored(self) -> dict[str, Any]:
        """What of it can change scores: the metrics too, those shown beside included, since an artifact holds their counts."""
        return {**self.ingredients, "metrics": self.task.metrics, "beside": self.task.beside}


@dataclass(frozen=True)
class Train:
    """One fine-tuning on one English training set, from a pretrained encoder or from what another training made of it.

    `form` is the type that is trained: LAReQA's dual encoder reads SQuAD's questions. `selection` chooses the checkpoint; None: the last.
    `carries_head`: the head of `start` is kept (XCOPA's second step), else a fresh one is drawn.
    """

    start: Pretrained | Train
    training: DataUse
    form: TaskType
    selection: DataUse | None
    recipe: Recipe
    protocol: Protocol
    seed: int
    stage: Stage
    carries_head: bool = False

    VERSION = 2  # raised when the same ingredients would give other numbers

    @cached_property
    def id(self) -> str:
        """What this training is, independent of titles, devices and the rest of the study."""
        return digest(**self.ingredients)

    @property
    def ingredients(self) -> dict[str, Any]:
        """What the id is made of."""
        return {
            "job": "train",
            "version": self.VERSION,
            "start": self.start.id,
            "training": self.training.ingredients,
            "form": self.form,
            "selection": self.selection.scored if self.selection else None,
            "recipe": applicable(self.recipe, self.form),
            "protocol": applicable(self.protocol, self.form) if self.selection else None,
            "seed": self.seed,
            "stage": self.stage,
            "carries_head": self.carries_head,
        }

    @property
    def pretrained(self) -> Pretrained:
        """Where the chain begins."""
        return self.start if isinstance(self.start, Pretrained) else self.start.pretrained


Checkpoint = Pretrained | Train


@dataclass(frozen=True)
class Evaluate:
    """One checkpoint on one task in one language. `threshold` is the dev set on which BUCC's threshold is found."""

    checkpoint: Checkpoint
    data: DataUse
    protocol: Protocol
    threshold: DataUse | None = None

    VERSION = 1

    @cached_property
    def id(self) -> str:
        """What this evaluation is."""
        return digest(**self.ingredients)

    @property
    def ingredients(self) -> dict[str, Any]:
        """What the id is made of."""
        return {
            "job": "evaluate",
            "version": self.VERSION,
            "checkpoint": self.checkpoint.id,
            "data": self.data.scored,
            "language": self.language,
            "protocol": applicable(self.protocol, self.data.task.type),
            "threshold": self.threshold.ingredients if self.threshold else None,
        }

    @property
    def language(self) -> str:
        """The language that is evaluated."""
        return self.data.source.language

    @property
    def split(self) -> str:
        """The split that is evaluated."""
        return self.data.source.split


Job = Train | Evaluate


@dataclass(frozen=True)
class Run:
    """What one line of results means: a model, an intermediate task (or none), a target and a seed (None: nothing was trained)."""

    model: Model
    intermediate: str
    target: str
    seed: int | None
    evaluations: tuple[Evaluate, ...]
    variant: str = "plain"

    @property
    def name(self) -> str:
        """MODEL/INTERMEDIATE[+VARIANT]/TARGET/SEED: what --only matches."""
        arm = self.intermediate if self.variant == "plain" else f"{self.intermediate}+{self.variant}"
        return f"{self.model.name}/{arm}/{self.target}/{'-' if self.seed is None else self.seed}"


@dataclass(frozen=True)
class IntermediateRun:
    """An intermediate training of the study, whose own English dev score stands in the report."""

    model: Model
    intermediate: str
    seed: int
    train: Train

    @property
    def name(self) -> str:
        """As Run's, with a dash for the target."""
        return f"{self.model.name}/{self.intermediate}/-/{self.seed}"
