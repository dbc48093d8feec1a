"""Health: whether a training collapsed, by a rule fixed beforehand that looks at English dev predictions and the training loss alone."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.tasks.task import Task

NEAR_CHANCE = 0.98  # of ln K: a loss that is not below it has learnt next to nothing
LAST_SHARE, LEAST_STEPS = 0.1, 5  # of the steps whose mean loss is the final one


@dataclass(frozen=True)
class Health:
    """The verdict on one training.

    `classes` K: of a label, a tag or a choice; None where the task has no fixed number of them. `final_loss`: the mean training loss of the
    last tenth of the steps, five at the least. `chance_loss`: ln K. `distinct`: how many different predictions the dev set got; 0 where
    there is none.
    """

    verdict: Literal["healthy", "constant", "chance loss"]
    classes: int | None
    final_loss: float
    chance_loss: float | None
    distinct: int


def health(task: Task, dev: Evaluation | None, losses: Sequence[float]) -> Health:
    """Judge a training of `task` by its English dev predictions, where there are any, and the losses of all its steps.

    "constant": every dev prediction is the same, though the gold answers are not. Mosbach et al. 2021 (section 3) call a run failed whose
    dev accuracy is no better than that of the majority class, which is what such a run gives; ours reads the predictions themselves, since
    a healthy run may score below the majority class of a hard, skewed set. "chance loss": the final loss is not below 0.98 ln K, the loss
    of guessing among K classes. They observe that failed runs stay near it; that it counts, and the 0.98, are our choice. It also holds
    where there is no dev set. A loss that is not finite ends a training before it can be judged.
    """
    if not losses:
        raise ValueError("a training without steps cannot be judged")
    last = losses[-max(LEAST_STEPS, math.ceil(len(losses) * LAST_SHARE)) :]
    final = math.fsum(last) / len(last)
    classes = _classes(task, dev)
    chance = math.log(classes) if classes is not None else None
    predicted, gold = (set[Hashable](), set[Hashable]()) if dev is None else (_values(task, dev.predictions), _values(task, dev.golds))
    verdict: Literal["healthy", "constant", "chance loss"] = "healthy"
    if len(predicted) == 1 and len(gold) > 1:
        verdict = "constant"
    elif chance is not None and final >= NEAR_CHANCE * chance:
        verdict = "chance loss"
    return Health(verdict, classes, final, chance, len(predicted))


def _classes(task: Task, dev: Evaluation | None) -> int | None:
    """K: the labels or tags of the task, or the choices of each question, which its chance score tells, else the dev set."""
    if task.type in ("sequence_classification", "token_classification"):
        return len(task.labels) if len(task.labels) > 1 else None
    if task.type != "multiple_choice":
        return None
    if task.chance:
        return round(100 / task.chance)
    choices = [*dev.predictions, *dev.golds] if dev is not None else []
    return max(choices) + 1 if choices and max(choices) else None


def _values(task: Task, answers: Iterable[Any]) -> set[Hashable]:
    """The different answers; of sentences with tags, the different tags of all words."""
    if task.type == "token_classification":
        return {tag for tags in answers for tag in tags}
    return {tuple(answer) if isinstance(answer, list) else answer for answer in answers}
