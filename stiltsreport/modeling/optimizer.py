"""The optimizer of a training: which parameters move, how fast each layer does, and what is decayed."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.eight_bit import eight_bit_adamw
from stiltsreport.modeling.task_types.dual_encoder import SCALE
from stiltsreport.modeling.task_types.sentence_vectors import layers_of
from stiltsreport.recipes import Recipe


def optimizer_for(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW over what the recipe trains, with moments of 8 bits where it asks for them.

    Weight decay leaves out biases and LayerNorm, which are the parameters of one dimension or none. What it does not train is set not to
    require a gradient: it is neither moved nor decayed. Groups carry "scale": a scheduler multiplies its learning rate with it. Without
    `layer_decay` there are two groups, decayed and not. `model` may hold several heads on one encoder.

    Raises StiltsReportError where the recipe freezes more layers than there are, or leaves nothing to train.
    """
    scales = _scales(model, recipe)
    parameters = list(model.parameters())  # each once, though heads share an encoder or tie their output to the embeddings
    for value in parameters:
        value.requires_grad_(value.requires_grad and scales.get(id(value), 1.0) > 0.0)
    trained = [value for value in parameters if value.requires_grad]
    if not trained:
        raise StiltsReportError("nothing is left to train", where="recipe: trained, frozen_layers", hint="freeze less")
    groups: list[dict[str, Any]] = []
    for scale in sorted({scales.get(id(value), 1.0) for value in trained}, reverse=True):
        alike = [value for value in trained if scales.get(id(value), 1.0) == scale]
        decayed, free = [value for value in alike if value.dim() > 1], [value for value in alike if value.dim() <= 1]
        groups.append({"params": decayed, "weight_decay": recipe.weight_decay, "lr": recipe.learning_rate * scale, "scale": scale})
        groups.append({"params": free, "weight_decay": 0.0, "lr": recipe.learning_rate * scale, "scale": scale})
    groups = [group for group in groups if group["params"]]
    if recipe.optimizer == "adamw-8bit":
        return eight_bit_adamw(groups, recipe)
    return torch.optim.AdamW(
        groups, lr=recipe.learning_rate, betas=(recipe.adam_beta1, recipe.adam_beta2), eps=recipe.adam_epsilon, fused=True,
    )  # fmt: skip


def trains_embeddings(recipe: Recipe) -> bool:
    """Whether the embedding table moves; where it does not, the rows outside a job's vocabulary cut are not decayed either.

    >>> trains_embeddings(Recipe()), trains_embeddings(Recipe(trained="head")), trains_embeddings(Recipe(frozen_layers=2))
    (True, False, True)
    """
    return recipe.trained == "all" and not recipe.frozen_embeddings


def embedding_scale(recipe: Recipe, depth: int) -> float:
    """What the learning rate of the embeddings is multiplied with in a model of so many layers; 0 where they do not move.

    The rows outside the vocabulary cut are decayed by 1 - learning rate * this * weight decay at every step.

    >>> embedding_scale(Recipe(), 12), embedding_scale(Recipe(layer_decay=0.5), 2), embedding_scale(Recipe(frozen_embeddings=True), 12)
    (1.0, 0.125, 0.0)
    """
    return recipe.layer_decay ** (depth + 1) if trains_embeddings(recipe) else 0.0


def _scales(model: nn.Module, recipe: Recipe) -> dict[int, float]:
    """By the id of each parameter of the encoder: what its learning rate is multiplied with, 0 where it does not move.

    Sun et al. 2019 (section 5.3.4) divide the rate from layer to layer and do not speak of the classifier; our choice gives the base rate
    to the head, and to what else lies above the layers, and the first decay to the topmost layer. A pooler belongs to the head, whether
    the checkpoint has one or not: RoBERTa's classifier has that same layer as its own.
    """
    base = encoder_of(model)
    layers = layers_of(base)
    depth = len(layers)
    if recipe.frozen_layers > depth:
        what = f"{recipe.frozen_layers} layers frozen of a model with {depth}"
        raise StiltsReportError(what, where="recipe: frozen_layers", hint=f"0 to {depth}")
    level = {id(value): number for number, layer in enumerate(layers) for value in layer.parameters()}
    found: dict[int, float] = {}
    reached = False
    for name, value in base.named_parameters():
        if name == SCALE:  # the dual encoder's, which is all its head and has no other module to stand in
            found[id(value)] = 1.0
            continue
        number = level.get(id(value))
        reached = reached or number is not None
        if number is not None:
            scale = 0.0 if number < recipe.frozen_layers else recipe.layer_decay ** (depth - number)
        elif not reached or "embed" in name:  # what all layers read, as DeBERTa's relative positions, stands behind them and is below
            scale = embedding_scale(recipe, depth)
        else:
            scale = 1.0
        found[id(value)] = 0.0 if recipe.trained == "head" and "pooler" not in name else scale
    return found


def encoder_of(model: nn.Module) -> nn.Module:
    """The model without its head, or the one that several heads share."""
    for module in model.modules():
        base = getattr(module, "base_model", None)
        if isinstance(base, nn.Module):
            return base
    raise ValueError("a model without an encoder")
