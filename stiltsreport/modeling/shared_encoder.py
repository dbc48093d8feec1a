"""One encoder with a head for each part of a training: weights that the pretrained encoder has are shared, all others belong to a head."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.modeling.adapted import adapt, begins_low
from stiltsreport.modeling.encoder import Encoder, table_names, with_head, without_head
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.packed.masks import MaskSource
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.recipes import Recipe


class SharedEncoder(nn.Module):
    """Models that share their encoder, as one module: `parameters` names each of them once."""

    def __init__(self, models: Sequence[nn.Module]) -> None:
        super().__init__()
        for number, model in enumerate(models):
            self.add_module(str(number), model)

    @property
    def base_model(self) -> nn.Module:
        """The encoder, as the first model has it."""
        base: nn.Module = next(self.children()).base_model  # type: ignore[assignment]
        return base


def models_of(
    encoder: Encoder, parts: Sequence[TrainingPart], cut: VocabularyCut, seeds: Seeds, recipe: Recipe, device: torch.device,
    head: Mapping[str, Tensor] | None = None, adaptation: Adaptation = FULL,
) -> list[nn.Module]:  # fmt: skip
    """A model a part on the device, packed where that can be, all on one encoder; `head` for the first instead of a fresh one.

    What the `adaptation` puts beside the encoder is drawn from the seeds too.

    The heads are drawn from the seeds; a mixture's first is that of its task alone. A pooler that the pretrained checkpoint does not have
    belongs to each head, as it does to a single one.
    """
    models: list[nn.Module] = []
    source, low = MaskSource(), begins_low(encoder, device, recipe.precision, adaptation)
    for number, part in enumerate(parts):
        drawn = seeds.derive("head" if number == 0 else f"head {number}")
        auto = getattr(transformers, part.form.head)
        labels = part.form.labels(part.task)
        model = with_head(encoder, auto, cut, drawn, labels=labels, dropout=recipe.dropout, attention=recipe.attention, low=low)
        if part.form.prepare:
            part.form.prepare(model, part.recipe)
        if number == 0 and head is not None:
            model.load_state_dict(dict(head), strict=False)
        if number == 0:
            adapt(model, encoder, device, recipe.precision, adaptation, seeds.derive("adapter"))
        _share(model, models, encoder)
        models.append(model)
        pack(model, device, source)
    return models


def _share(model: nn.Module, others: Sequence[nn.Module], encoder: Encoder) -> None:
    """Put what the other models have of the encoder in the place of the model's own."""
    base: Any = model.base_model
    known = {*encoder.weights, *table_names(base)}
    for name, child in list(base.named_children()):
        if _belongs(name, child, known):
            shared = next((found for found in (_child(other, name) for other in others) if found is not None), child)
            setattr(base, name, shared)
    _tie(model)


def _belongs(name: str, child: nn.Module, known: Collection[str]) -> bool:
    """Whether a part of a model is wholly of the encoder."""
    return all(f"{name}.{key}" in known for key in child.state_dict())


def _child(model: nn.Module, name: str) -> nn.Module | None:
    base: Any = model.base_model
    return dict(base.named_children()).get(name)


def _tie(model: nn.Module) -> None:
    """Let an output layer over the vocabulary read the input embeddings again."""
    whole: Any = model
    output = whole.get_output_embeddings() if hasattr(whole, "get_output_embeddings") else None
    if output is not None:
        output.weight = whole.get_input_embeddings().weight


def encoder_after(encoder: Encoder, models: Sequence[nn.Module], cut: VocabularyCut, decay: float) -> Encoder:
    """The encoder that training made, from whichever model has its weights (a pooler that the checkpoint has, not every head uses)."""
    found = without_head(encoder, models[0], cut, decay)
    held = set(_state(models[0]))
    weights = dict(found.weights)
    for model in models[1:]:
        state = _state(model)
        for name in encoder.weights.keys() & (state.keys() - held):
            weights[name] = state[name].detach().to("cpu", torch.float32).clone()
        held |= set(state)
    return replace(found, weights=weights) if len(models) > 1 else found


def _state(model: nn.Module) -> dict[str, Tensor]:
    base: Any = model.base_model
    state: dict[str, Tensor] = base.state_dict()
    return state
