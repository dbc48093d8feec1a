"""Sentence vectors of an encoder without a head, for Tatoeba and BUCC: a layer's states, pooled, made unit length."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from stiltsreport.modeling.batches import Batch


def vectors(model: nn.Module, batch: Batch, layer: int, pooling: str) -> Tensor:
    """Unit vectors (rows, hidden) of the states of a layer: see `pooled`."""
    return functional.normalize(pooled(states_at(model, batch, layer).float(), batch.attention_mask, pooling), dim=-1)


def pooled(states: Tensor, attention_mask: Tensor, pooling: str) -> Tensor:
    """One state (rows, hidden) of those of all tokens (rows, length, hidden), padded on the right.

    "mean" over all tokens that are not padding, special tokens included; "cls": the first token; "last": the last that is not padding,
    the only one that has read all of a text where attention is causal.
    """
    if pooling == "cls":
        return states[:, 0]
    if pooling == "last":
        return states[torch.arange(len(states), device=states.device), attention_mask.sum(1) - 1]
    mask = attention_mask.unsqueeze(-1).to(states.dtype)
    return (states * mask).sum(1) / mask.sum(1)


class _Reached(Exception):  # noqa: N818 - no error: the way out of a forward pass
    """Carries the states that a layer was about to read."""

    def __init__(self, states: Tensor) -> None:
        super().__init__()
        self.states = states


def states_at(model: nn.Module, batch: Batch, layer: int) -> Tensor:
    """hidden_states[layer] (rows, length, hidden); no layer above it is computed."""
    stack = layers_of(model)
    if layer >= len(stack):
        last: Tensor = model(**batch.inputs).last_hidden_state
        return last

    def stop(_module: nn.Module, given: tuple[Any, ...]) -> None:
        raise _Reached(given[0])

    hook = stack[layer].register_forward_pre_hook(stop)
    try:
        model(**batch.inputs)
    except _Reached as reached:
        return batch.packing.pad(reached.states) if batch.packing else reached.states
    finally:
        hook.remove()
    raise AssertionError("a model passed by one of its layers")


def layers_of(model: nn.Module) -> nn.ModuleList:
    """The transformer layers of a model, in order: its longest list of modules that is in no other (T5's layers are lists too)."""
    base: Any = model.base_model
    lists = [module for module in base.modules() if isinstance(module, nn.ModuleList)]
    inner = {id(module) for outer in lists for module in outer.modules() if module is not outer}
    return max((module for module in lists if id(module) not in inner), key=len)
