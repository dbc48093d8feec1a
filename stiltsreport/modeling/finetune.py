"""Fine-tuning: an encoder trained on one English task, intermediate or target, with its checkpoint selected on English dev data."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.batches import Padding, epoch_batches, steps_in
from stiltsreport.modeling.efficiency import Efficiency, device_name, peak_bytes
from stiltsreport.modeling.encoder import Encoder, head_weights, with_head, without_head
from stiltsreport.modeling.evaluation import Evaluation, evaluate
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import cut_for, padding_for, run, token_budget
from stiltsreport.modeling.loop import Step, train
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.examples import Example
from stiltsreport.tasks.task import Task

Listener = Callable[[Step, int], None]


@dataclass(frozen=True)
class EncodedSet:
    """Examples of a task with their features."""

    task: Task
    examples: Sequence[Example]
    features: Sequence[Feature]

    @classmethod
    def of(cls, task: Task, examples: Sequence[Example], tokenizer: Any, lengths: Recipe | Protocol) -> EncodedSet:
        """Encode all examples once."""
        return cls(task, examples, FORMS[task.type].encode(examples, tokenizer, task, lengths))


@dataclass(frozen=True)
class DevPoint:
    """The English dev set in the middle of a training: after `step`, the task's value in percent."""

    step: int
    value: float


@dataclass(frozen=True)
class Finetuned:
    """What a training gives: the encoder to hand on, the model with its head to evaluate, and the record of how it went.

    `model` reads the cut of `encoder`'s table that training used (see `inference.with_table`). `dev` is None where there is no dev set.
    """

    encoder: Encoder
    model: nn.Module
    head: dict[str, Tensor]
    curve: tuple[Step, ...]
    points: tuple[DevPoint, ...]
    selected: int
    dev: Evaluation | None
    efficiency: Efficiency


def finetune(
    encoder: Encoder,
    training: EncodedSet,
    selection: EncodedSet | None,
    recipe: Recipe,
    protocol: Protocol,
    seeds: Seeds,
    device: torch.device,
    listen: Listener = lambda _step, _total: None,
    head: dict[str, Tensor] | None = None,
) -> Finetuned:
    """Train `encoder` on a task and keep the checkpoint that the recipe selects. `head`: weights to go on with instead of fresh ones.

    Raises StiltsReportError where the loss is not finite: a diverged run is shown as failed, never as a score.
    """
    task, form = training.task, FORMS[training.task.type]
    cut = cut_for(encoder, [*training.features, *(selection.features if selection else ())])
    padding = padding_for(encoder, cut, device)
    model = with_head(
        encoder, getattr(transformers, form.head), cut, seeds.derive("head"), labels=form.labels(task), dropout=recipe.dropout
    )
    if form.prepare:
        form.prepare(model, recipe)
    if head is not None:
        model.load_state_dict(head, strict=False)
    pack(model).to(device)
    total = steps_in(len(training.examples), recipe.batch_size, recipe.epochs, recipe.steps)
    at = _evaluation_steps(total, recipe.evaluations)
    kept = _Selected(recipe)
    by_example = _by_example(training.features, len(training.examples))
    order = epoch_batches(len(by_example), recipe.batch_size, seeds.derive("order"))
    batches = ([feature for place in batch for feature in by_example[place]] for batch in order)
    curve: list[Step] = []
    spent, decay = 0.0, 1.0
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seeds.derive("dropout"))
        began = time.perf_counter()
        for step in train(model, form, batches, padding, recipe, total, token_budget(device, training=True)):
            spent += time.perf_counter() - began
            if not (math.isfinite(step.loss) and math.isfinite(step.gradient_norm)):
                what = f"the loss is {step.loss} and the gradient's norm {step.gradient_norm} at step {step.number} of {total}"
                raise StiltsReportError(what, where=task.name, hint="a lower learning rate, or float32")
            curve.append(step)
            decay *= 1.0 - step.learning_rate * recipe.weight_decay
            listen(step, total)
            if selection and step.number in at:
                dev = evaluate_set(model, selection, padding, protocol, "en")
                if kept.consider(step, decay, model, dev, dev.value(task), last=step.number == total):
                    break
            began = time.perf_counter()
    kept.restore(model)
    return Finetuned(
        without_head(encoder, model, cut, kept.decay if kept.step else decay),
        model,
        head_weights(model, encoder),
        tuple(curve),
        tuple(kept.points),
        kept.step or len(curve),
        kept.evaluation,
        Efficiency(
            spent, sum(step.examples for step in curve), sum(step.tokens for step in curve), peak_bytes(device), device_name(device)
        ),
    )


class _Selected:
    """Guards the checkpoint that is kept: the best so far by its value on English dev data (the first of equals), or the latest."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.points: list[DevPoint] = []
        self.evaluation: Evaluation | None = None
        self.step, self.decay, self.value, self.without_gain = 0, 1.0, float("-inf"), 0
        self._state: dict[str, Tensor] | None = None

    def consider(self, step: Step, decay: float, model: nn.Module, evaluation: Evaluation, value: float, last: bool) -> bool:
        """Take note of a dev evaluation after `step`; True where patience has run out."""
        self.points.append(DevPoint(step.number, value))
        if self.recipe.selection == "best" and value <= self.value:
            self.without_gain += 1
            return self.recipe.patience is not None and self.without_gain >= self.recipe.patience
        self.step, self.decay, self.value, self.evaluation, self.without_gain = step.number, decay, value, evaluation, 0
        keep = self.recipe.selection == "best" and not last
        self._state = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()} if keep else None
        return False

    def restore(self, model: nn.Module) -> None:
        """Put the kept checkpoint back, unless it is what the model holds."""
        if self._state is not None:
            model.load_state_dict(self._state)


def _evaluation_steps(total: int, evaluations: int) -> set[int]:
    """Where in the run the dev set is evaluated: evenly spread, the end always."""
    return {total * i // evaluations for i in range(1, evaluations + 1)} - {0} | {total}


def _by_example(features: Sequence[Feature], count: int) -> list[list[Feature]]:
    found: list[list[Feature]] = [[] for _ in range(count)]
    for feature in features:
        found[feature.example].append(feature)
    return found


def evaluate_set(model: nn.Module, data: EncodedSet, padding: Padding, protocol: Protocol, language: str) -> Evaluation:
    """Predictions of a model with a head on one encoded set, counted."""
    task, form = data.task, FORMS[data.task.type]
    outputs = run(model, data.features, padding, protocol.precision, form.outputs)
    predictions = form.decode(data.examples, data.features, outputs, task, protocol)
    golds = [form.gold(example, task) for example in data.examples]
    return evaluate(task, protocol, language, [example.id for example in data.examples], predictions, golds)
