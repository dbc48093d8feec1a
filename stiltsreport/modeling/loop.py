"""The training loop: a generator of steps. Batches come in, steps go out; saving, selecting and logging belong to the caller."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.batches import Batch, Padding
from stiltsreport.modeling.distributed.division import Round, rounds
from stiltsreport.modeling.distributed.gradients import add_up, normalise
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.distributed.shards import is_sharded, local
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.generators import generator_state, set_generator_state
from stiltsreport.modeling.optimizer import optimizer_for
from stiltsreport.modeling.packed import is_packed
from stiltsreport.modeling.room import Share
from stiltsreport.modeling.task_types.form import Form
from stiltsreport.recipes import Recipe

Loss = Callable[[nn.Module, Batch], tuple[Tensor, int]]


@dataclass(frozen=True)
class Step:
    """One optimizer step: the batch's mean loss before it, the learning rate it used, the norm of the gradient before clipping.

    `part`: the name of the part whose batch it was.
    """

    number: int
    loss: float
    learning_rate: float
    gradient_norm: float
    examples: int
    tokens: int
    part: str


@dataclass(frozen=True)
class Taken:
    """A step that was handed to the device, which may still be computing it: reading its numbers waits; nothing else in the loop does.

    `decay`: what weight decay multiplied a row of the embedding table with that got no gradient.
    """

    number: int
    loss: Tensor
    learning_rate: float
    gradient_norm: Tensor
    examples: int
    tokens: int
    part: str
    decay: float

    def read(self) -> Step:
        """Its numbers."""
        return Step(self.number, float(self.loss), self.learning_rate, float(self.gradient_norm), self.examples, self.tokens, self.part)


@dataclass(frozen=True)
class Learner:
    """How the batches of one part are worked through: by which model, for which loss, in pieces of how many `tokens`.

    `whole_batch`: they are not cut into pieces. `alter` makes of a feature what is read at one step, from (step, place in the batch): it
    keeps the lengths. `by_feature`: a feature is an example of its own.
    """

    part: str
    model: nn.Module
    loss: Loss
    padding: Padding
    tokens: int
    whole_batch: bool = False
    by_feature: bool = False
    alter: Callable[[Feature, tuple[int, int]], Feature] | None = None

    @classmethod
    def of(cls, part: str, form: Form, model: nn.Module, padding: Padding, tokens: int) -> Learner:
        """That of a task type, packed where the model is."""
        return cls(part, model, form.loss, replace(padding, packs=is_packed(model)), tokens, form.whole_batch, form.by_feature)

    def rounds(self, features: Sequence[Feature], share: Share, peers: Peers = ALONE) -> list[Round]:
        """This process's part of a batch in pieces that go through the model at once."""
        lengths, rows = [feature.length for feature in features], [len(feature.rows) for feature in features]
        return rounds(lengths, rows, None if self.whole_batch else share.of(self.tokens), peers)

    def collate(self, features: Sequence[Feature], one: Round, number: int, dropout_seed: int) -> Batch:
        """One piece of the batch of step `number`, from 0, as tensors."""
        places = one.places
        chosen = [features[place] for place in places]
        if self.alter is not None:
            chosen = [self.alter(feature, (number, place)) for feature, place in zip(chosen, places, strict=True)]
        return self.padding.collate(chosen, (dropout_seed, number), places, counted=one.counted)

    def examples(self, features: Sequence[Feature]) -> int:
        """Examples of a batch."""
        return len(features) if self.by_feature else len({feature.example for feature in features})


def learning_rate_at(step: int, total: int, recipe: Recipe) -> float:
    """Linear warm-up from 0, then linear decay to 0; `step` counts from 0.

    >>> [round(learning_rate_at(s, 10, Recipe(learning_rate=1.0, warmup=0.2)), 3) for s in (0, 1, 2, 6, 9)]
    [0.0, 0.5, 1.0, 0.5, 0.125]
    """
    warm = recipe.warmup_steps if recipe.warmup_steps is not None else round(recipe.warmup * total)
    warm = min(warm, total)
    if step < warm:
        return recipe.learning_rate * step / max(1, warm)
    return recipe.learning_rate * max(0.0, (total - step) / max(1, total - warm))


def train(
    model: nn.Module, batches: Iterable[tuple[Learner, Sequence[Feature]]], recipe: Recipe, total: int, dropout_seed: int = 0,
    *, begin: int = 0, optimizer: torch.optim.Optimizer | None = None, share: Share | None = None,
    peers: Peers = ALONE,
) -> Iterator[Taken]:  # fmt: skip
    """Run steps `begin` to `total`, one a batch, yielding after each. `model` holds every parameter: it is the only learner's, or several.

    Between two steps everything that the next one depends on is in the model, the `optimizer` (a fresh one where none is given), torch's
    generator, the batches, and the `share` of the planned tokens that pieces hold: all are the caller's to save and to put back.

    A batch is worked through in length-sorted pieces whose summed losses are divided by the count of the whole batch: the gradient is that
    of the batch, whatever the pieces, and so are the masks of dropout where they are drawn by key. The model is left in training mode by
    every step; the caller may evaluate between steps. A step that runs out of memory is taken anew in pieces half as large: the batch, its
    masks, and what its loss is divided by stay what they are.

    With `peers` each process works on some features of every batch, and each takes the whole batch's step: losses, counts and gradients
    are summed over all of them before anything is divided or clipped.
    """
    optimizer = optimizer or optimizer_for(model, recipe)
    share = share or Share()
    parameters = [value for value in model.parameters() if value.requires_grad]
    parts = [model, *model.children()]  # several models in one: an evaluation puts them to rest one by one
    table = _group_of_table(model, optimizer)
    bfloat16 = recipe.precision == "bfloat16"
    for number, (learner, features) in zip(range(begin, total), batches, strict=False):
        if not all(part.training for part in parts):  # walking through all its modules at every step would be felt
            model.train()
        rate = learning_rate_at(number, total, recipe)
        for group in optimizer.param_groups:
            group["lr"] = rate * group.get("scale", 1.0)
        if not peers.alone:
            torch.manual_seed(_seed_of(dropout_seed, number, peers.rank))
        losses, units = _backward(parameters, learner, features, number, dropout_seed, bfloat16, share, peers)
        add_up(parameters, peers)
        mean, count = _mean(losses, units, peers)
        norm = normalise(parameters, count, recipe.clip, peers)
        optimizer.step()
        torch.autograd.graph.increment_version([local(value) for value in parameters])  # the fused kernel does not: copies are kept by it
        optimizer.zero_grad(set_to_none=True)
        tokens = sum(feature.tokens for feature in features)
        decay = 1.0 - table["lr"] * table["weight_decay"] if table else 1.0
        yield Taken(number + 1, mean, rate, norm, learner.examples(features), tokens, learner.part, decay)


def _backward(
    parameters: Sequence[nn.Parameter], learner: Learner, features: Sequence[Feature], number: int, dropout_seed: int, bfloat16: bool,
    share: Share, peers: Peers,
) -> tuple[list[Tensor], int]:  # fmt: skip
    """Add the gradients of this process's part of a summed loss to the parameters'; its pieces' losses, and what they are summed over.

    Where one process runs out of memory all begin anew. Layers and rows that are gathered by all of them together are beyond that: the
    error ends this process. Raises StiltsReportError where memory does not hold the smallest piece.
    """
    device = learner.padding.device
    before = generator_state(device)
    together = any(map(is_sharded, parameters)) or (learner.whole_batch and not peers.alone)
    endured = () if together else (torch.OutOfMemoryError,)
    while True:
        pieces, found = learner.rounds(features, share, peers), None
        with contextlib.suppress(*endured):  # what the pass held is free only when its frames are gone
            found = _pass(learner, features, pieces, number, dropout_seed, bfloat16)
        if not peers.any(found is None) and found is not None:
            return found
        if learner.whole_batch or peers.largest(max(len(one.places) for one in pieces)) == 1:
            hint = "a shorter max_length, fewer --workers, or a device with more memory"
            what = "the whole batch, which this loss reads at once" if learner.whole_batch else "one example"
            raise StiltsReportError(f"the device's memory does not hold {what}", where=learner.part, hint=hint)
        for value in parameters:
            value.grad = None
        if device.type == "cuda":
            torch.cuda.empty_cache()
        set_generator_state(device, before)
        while not peers.any(
            learner.rounds(features, share, peers) != pieces
        ):  # a batch may be far smaller than the tokens that were planned
            share.halve()


def _pass(
    learner: Learner, features: Sequence[Feature], pieces: Sequence[Round], number: int, dropout_seed: int, bfloat16: bool
) -> tuple[list[Tensor], int]:
    """The same, once."""
    losses, count = [], 0
    for piece in pieces:
        batch = learner.collate(features, piece, number, dropout_seed)
        with torch.autocast(learner.padding.device.type, torch.bfloat16, enabled=bfloat16):
            loss, units = learner.loss(learner.model, batch)
        if not piece.counted:
            loss, units = loss * 0.0, 0
        loss.backward()  # type: ignore[no-untyped-call]
        losses.append(loss.detach())
        count += units
    return losses, count


def _group_of_table(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any] | None:
    """The group of the optimizer that the input embedding table is in; None where it is not trained."""
    base: Any = model.base_model
    table = base.get_input_embeddings().weight
    return next((group for group in optimizer.param_groups if any(value is table for value in group["params"])), None)


def _mean(losses: Sequence[Tensor], units: int, peers: Peers) -> tuple[Tensor, int | Tensor]:
    """The mean loss of the whole batch, and what it is the mean over."""
    total = torch.stack(list(losses)).sum()
    if peers.alone:
        return total / units, units
    both = torch.stack([total.double(), torch.tensor(units, dtype=torch.float64).to(total.device, non_blocking=True)])
    peers.add(both)
    return (both[0] / both[1]).float(), both[1].float()


def _seed_of(dropout_seed: int, number: int, rank: int) -> int:
    """What a process draws from at a step where masks are not drawn by key: no state has to be kept of it, whoever goes on."""
    return int(np.random.SeedSequence((dropout_seed, number, rank)).generate_state(1, np.uint64)[0] >> 1)
