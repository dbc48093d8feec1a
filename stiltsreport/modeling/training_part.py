"""TrainingPart: one head of a training, with the encoded sets that it learns from and the set that says how well."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.modeling.encoded_set import EncodedSet
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.task_types.form import Form
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.task import Task


@dataclass(frozen=True)
class TrainingPart:
    """As `plan.jobs.Part`, with its sets encoded: one set, or several languages of one task.

    `name` is told with each step. `selection` is the English dev set (None: it does not help to select). Of `recipe` its lengths, batch
    size and epochs are read; the optimizer's entries are the training's. `share` of the steps; None: by the size of the first set. Several
    sets are drawn in proportion to their sizes to the power of 1 / `temperature`.
    """

    name: str
    sets: tuple[EncodedSet, ...]
    selection: EncodedSet | None
    recipe: Recipe
    protocol: Protocol
    share: float | None = None
    temperature: float = 1.0

    @property
    def task(self) -> Task:
        """What is learnt, as it is trained."""
        return self.sets[0].task

    @property
    def form(self) -> Form:
        """Its task type."""
        return FORMS[self.task.type]

    @property
    def masks(self) -> bool:
        """Whether it is masked language modelling."""
        return self.task.type == "masked_language_modelling"

    @property
    def all_sets(self) -> tuple[EncodedSet, ...]:
        """Those that it learns from and the one that selects."""
        return (*self.sets, *([self.selection] if self.selection is not None else []))
