"""Fine-tuning: an encoder trained on one English task, intermediate or target, with its checkpoint selected on English dev data."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import transformers
from torch import Tensor, nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.batches import epoch_batches, steps_in
from stiltsreport.modeling.efficiency import Efficiency, device_name, peak_bytes
from stiltsreport.modeling.encoded_set import EncodedSet
from stiltsreport.modeling.encoder import Encoder, head_weights, with_head, without_head
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.modeling.inference import cut_for, padding_for
from stiltsreport.modeling.loop import Step, Taken, train
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.passes import evaluate_set
from stiltsreport.modeling.room import recompute, training_plan
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.tokens import Joined, by_example, lengths_of, row_counts_of
from stiltsreport.recipes import Protocol, Recipe

Listener = Callable[[Step, int], None]
UNREAD_STEPS = 16  # a GPU is never waited for more often than this: every read empties its queue


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
    cut = cut_for(encoder, Joined([data.features for data in (training, selection) if data is not None]))
    padding = padding_for(encoder, cut, device)
    model = with_head(
        encoder, getattr(transformers, form.head), cut, seeds.derive("head"), labels=form.labels(task), dropout=recipe.dropout
    )
    if form.prepare:
        form.prepare(model, recipe)
    if head is not None:
        model.load_state_dict(head, strict=False)
    pack(model, device)
    room = training_plan(
        model, device, recipe.precision == "bfloat16", int((lengths_of(training.features) * row_counts_of(training.features)).max())
    )
    if room.recompute:
        recompute(model)
    total = steps_in(len(training.examples), recipe.batch_size, recipe.epochs, recipe.steps)
    at = _evaluation_steps(total, recipe.evaluations)
    kept = _Selected(recipe)
    features_of = by_example(training.features, len(training.examples))
    order = epoch_batches(len(training.examples), recipe.batch_size, seeds.derive("order"))
    batches = ([feature for place in batch for feature in features_of(place)] for batch in order)
    curve: list[Step] = []
    unread: list[Taken] = []
    dropout_seed = seeds.derive("dropout")
    spent, decay = 0.0, 1.0
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(dropout_seed)
        began = time.perf_counter()
        for taken in train(model, form, batches, padding, recipe, total, room.tokens, dropout_seed):
            decay *= 1.0 - taken.learning_rate * recipe.weight_decay
            unread.append(taken)
            evaluated = selection is not None and taken.number in at
            if not evaluated and taken.number < total and len(unread) < (UNREAD_STEPS if device.type == "cuda" else 1):
                continue
            curve += _read(unread, total, task.name, listen)
            unread.clear()
            spent += time.perf_counter() - began
            if selection is not None and evaluated:
                dev = evaluate_set(model, selection, padding, protocol, "en")
                if kept.consider(taken.number, decay, model, dev, dev.value(task), last=taken.number == total):
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


def _read(unread: Sequence[Taken], total: int, task: str, listen: Listener) -> list[Step]:
    """The numbers of those steps, told to the listener. Raises StiltsReportError where one is not finite."""
    steps = []
    for taken in unread:
        step = taken.read()
        if not (math.isfinite(step.loss) and math.isfinite(step.gradient_norm)):
            what = f"the loss is {step.loss} and the gradient's norm {step.gradient_norm} at step {step.number} of {total}"
            raise StiltsReportError(what, where=task, hint="a lower learning rate, or float32")
        listen(step, total)
        steps.append(step)
    return steps


class _Selected:
    """Guards the checkpoint that is kept: the best so far by its value on English dev data (the first of equals), or the latest."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.points: list[DevPoint] = []
        self.evaluation: Evaluation | None = None
        self.step, self.decay, self.value, self.without_gain = 0, 1.0, float("-inf"), 0
        self._state: dict[str, Tensor] | None = None

    def consider(self, step: int, decay: float, model: nn.Module, evaluation: Evaluation, value: float, last: bool) -> bool:
        """Take note of a dev evaluation after `step`; True where patience has run out."""
        self.points.append(DevPoint(step, value))
        if self.recipe.selection == "best" and value <= self.value:
            self.without_gain += 1
            return self.recipe.patience is not None and self.without_gain >= self.recipe.patience
        self.step, self.decay, self.value, self.evaluation, self.without_gain = step, decay, value, evaluation, 0
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
