"""The training loop: a generator of steps. Batches come in, steps go out; saving, selecting and logging belong to the caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from stiltsreport.modeling.batches import Padding, pieces
from stiltsreport.modeling.features import Feature
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
    model: nn.Module, form: Form, batches: Iterable[Sequence[Feature]], padding: Padding, recipe: Recipe, total: int, token_budget: int
) -> Iterator[Step]:
    """Run `total` steps, one a batch, yielding after each.

    A batch is worked through in length-sorted pieces whose summed losses are divided by the count of the whole batch: the gradient is that
    of the batch, whatever the pieces. The model is left in training mode by every step; the caller may evaluate between steps.
    """
    optimizer = optimizer_for(model, recipe)
    parameters = [value for value in model.parameters() if value.requires_grad]
    bfloat16 = recipe.precision == "bfloat16"
    for number, features in zip(range(total), batches, strict=False):
        model.train()
        rate = learning_rate_at(number, total, recipe)
        for group in optimizer.param_groups:
            group["lr"] = rate
        parts = [list(features)] if form.whole_batch else list(pieces(features, token_budget))
        total_loss, count = 0.0, 0
        for part in parts:
            with torch.autocast(padding.device.type, torch.bfloat16, enabled=bfloat16):
                loss, units = form.loss(model, padding.collate(part))
            loss.backward()  # type: ignore[no-untyped-call]
            total_loss += float(loss.detach())
            count += units
        for value in parameters:
            if value.grad is not None:
                value.grad.div_(count)
        norm = float(nn.utils.clip_grad_norm_(parameters, recipe.clip))
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens = sum(feature.tokens for feature in features)
        yield Step(number + 1, total_loss / count, rate, norm, len({feature.example for feature in features}), tokens)
