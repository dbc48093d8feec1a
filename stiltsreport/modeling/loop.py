"""The training loop: a generator of steps. Batches come in, steps go out; saving, selecting and logging belong to the caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from stiltsreport.modeling.batches import Padding, pieces
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.packed import is_packed
from stiltsreport.modeling.task_types.form import Form
from stiltsreport.recipes import Recipe


@dataclass(frozen=True)
class Step:
    """One optimizer step: the batch's mean loss before it, the learning rate it used, the norm of the gradient before clipping."""

    number: int
    loss: float
    learning_rate: float
    gradient_norm: float
    examples: int
    tokens: int


@dataclass(frozen=True)
class Taken:
    """A step that was handed to the device, which may still be computing it: reading its numbers waits; nothing else in the loop does."""

    number: int
    loss: Tensor
    learning_rate: float
    gradient_norm: Tensor
    examples: int
    tokens: int

    def read(self) -> Step:
        """Its numbers."""
        return Step(self.number, float(self.loss), self.learning_rate, float(self.gradient_norm), self.examples, self.tokens)


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


def optimizer_for(model: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """AdamW; weight decay leaves out biases and LayerNorm, which are the parameters of one dimension or none."""
    decayed = [value for value in model.parameters() if value.requires_grad and value.dim() > 1]
    free = [value for value in model.parameters() if value.requires_grad and value.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": free, "weight_decay": 0.0}]
    return torch.optim.AdamW(
        groups, lr=recipe.learning_rate, betas=(recipe.adam_beta1, recipe.adam_beta2), eps=recipe.adam_epsilon, fused=True
    )


def train(
    model: nn.Module,
    form: Form,
    batches: Iterable[Sequence[Feature]],
    padding: Padding,
    recipe: Recipe,
    total: int,
    token_budget: int,
    dropout_seed: int = 0,
) -> Iterator[Taken]:
    """Run `total` steps, one a batch, yielding after each.

    A batch is worked through in length-sorted pieces whose summed losses are divided by the count of the whole batch: the gradient is that
    of the batch, whatever the pieces, and so are the masks of dropout where they are drawn by key. The model is left in training mode by
    every step; the caller may evaluate between steps.
    """
    optimizer = optimizer_for(model, recipe)
    parameters = [value for value in model.parameters() if value.requires_grad]
    bfloat16 = recipe.precision == "bfloat16"
    padding = replace(padding, packs=is_packed(model))
    for number, features in zip(range(total), batches, strict=False):
        if not model.training:  # walking through all its modules at every step would be felt
            model.train()
        rate = learning_rate_at(number, total, recipe)
        for group in optimizer.param_groups:
            group["lr"] = rate
        lengths, rows = [feature.length for feature in features], [len(feature.rows) for feature in features]
        parts = [list(range(len(features)))] if form.whole_batch else pieces(lengths, rows, token_budget)
        losses, count = [], 0
        for places in parts:
            batch = padding.collate([features[place] for place in places], (dropout_seed, number), places)
            with torch.autocast(padding.device.type, torch.bfloat16, enabled=bfloat16):
                loss, units = form.loss(model, batch)
            loss.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
            count += units
        norm = _normalise(parameters, count, recipe.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens = sum(feature.tokens for feature in features)
        mean = torch.stack(losses).sum() / count
        yield Taken(number + 1, mean, rate, norm, len({feature.example for feature in features}), tokens)


def _normalise(parameters: Sequence[nn.Parameter], count: int, clip: float) -> Tensor:
    """Divide summed gradients by `count` and clip their norm, in one pass; returns the norm before clipping.

    As torch.nn.utils.clip_grad_norm_ after a division.
    """
    gradients = [value.grad for value in parameters if value.grad is not None]
    norm = nn.utils.get_total_norm(gradients) / count
    torch._foreach_mul_(gradients, torch.clamp(clip / (norm + 1e-6), max=1.0) / count)
    return norm
