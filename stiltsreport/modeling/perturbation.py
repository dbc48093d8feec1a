"""Robust training (Huang et al. 2021, 2104.08645): the loss of word embeddings that are moved, at random or where it hurts most.

A translated word lies near the original in embedding space, so a classifier that is right all around the English input should transfer
better. delta is added to what the word embedding module gives, before positions, token types and LayerNorm, for every token but padding.
Each token has a ball of its own; its loss is that of one example alone, so all balls of a batch are searched at once. The paper's radius,
steps and noise are not published: `methods.Perturbation` holds our choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from stiltsreport.methods import Perturbation
from stiltsreport.modeling.batches import Batch
from stiltsreport.modeling.generators import generator_state, set_generator_state
from stiltsreport.modeling.optimizer import encoder_of
from stiltsreport.modeling.packed import Packing
from stiltsreport.modeling.packed.masks import Masks
from stiltsreport.modeling.vocabulary import EmbeddingTable

Loss = Callable[[nn.Module, Batch], tuple[Tensor, int]]
_STREAM = 1  # behind a row's key: the noise of a row has nothing to do with its dropout masks


def perturbed(loss: Loss, perturbation: Perturbation, norm: float) -> Loss:
    """The loss at moved embeddings in the place of `loss`, called alike. `norm`: that of the table's rows, see `mean_norm`.

    "adv": `steps` passes look for delta, with gradients with respect to delta alone, then one pass gives the loss. All of them drop out
    the same. The batch has keys: delta is drawn by them, so that it does not depend on the pieces that a batch is cut into.
    """
    radius, step_size = perturbation.radius * norm, perturbation.step_size * norm

    def moved(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
        table, where = _table(model), _packing(batch)
        delta = drawn(batch, table.shape[1], radius, perturbation.distribution if perturbation.method == "rs-rp" else "ball")
        delta = delta.to(table.device, table.dtype)
        state = generator_state(batch.device)
        for _ in range(perturbation.steps if perturbation.method == "adv" else 0):
            delta = ascended(delta, _gradient(loss, model, batch, where, delta), step_size, radius)
            set_generator_state(batch.device, state)
        with _added(model, batch, where, delta):
            return loss(model, _with_fresh_masks(batch))

    return moved


def mean_norm(table: EmbeddingTable) -> float:
    """The mean L2 norm of all rows of a table, whatever cut of it a training reads."""
    norms = torch.linalg.vector_norm(table.base.float(), dim=1) * abs(table.scale)
    norms[table.ids] = torch.linalg.vector_norm(table.rows.float(), dim=1)
    return float(norms.double().mean())


def drawn(batch: Batch, width: int, radius: float, distribution: str) -> Tensor:
    """Noise (tokens, width), float32, of all rows end to end.

    "ball": uniform in the L2 ball of `radius`: a normal direction, at `radius` * u^(1 / width). "normal": independent values with standard
    deviation `radius` / sqrt(width), so that the mean square of a token's norm is that of `radius`.
    """
    if not batch.keys:
        raise ValueError("noise is drawn by the keys of a batch's rows, and this batch has none")
    rows = []
    for length, key in zip(_lengths(batch), batch.keys, strict=True):
        generator = np.random.Generator(np.random.SFC64([*key, _STREAM]))
        noise = generator.standard_normal((length, width), dtype=np.float32)
        if distribution == "ball":
            distance = generator.random((length, 1)) ** (1 / width) / np.linalg.norm(noise, axis=1, keepdims=True)
            noise *= distance.astype(np.float32)
        else:
            noise /= np.float32(width**0.5)
        rows.append(noise)
    return torch.from_numpy(np.concatenate(rows)) * radius


def ascended(delta: Tensor, gradient: Tensor, step_size: float, radius: float) -> Tensor:
    """One step of each token's delta (tokens, width) along its gradient, `step_size` long, then back into the ball.

    A token whose gradient is 0 stays where it is.
    """
    lengths = torch.linalg.vector_norm(gradient, dim=-1, keepdim=True)
    moved = delta + step_size * torch.where(lengths > 0, gradient / lengths, torch.zeros_like(gradient))
    distances: Tensor = torch.linalg.vector_norm(moved, dim=-1, keepdim=True).clamp(min=torch.finfo(moved.dtype).tiny)
    return moved * torch.clamp(radius / distances, max=1.0)


def _gradient(loss: Loss, model: nn.Module, batch: Batch, where: Packing, delta: Tensor) -> Tensor:
    """That of the summed loss with respect to delta; no parameter gets one."""
    delta = delta.detach().requires_grad_()
    with _added(model, batch, where, delta):
        total, _ = loss(model, _with_fresh_masks(batch))
    with torch.autocast(batch.device.type, enabled=False):  # the way back runs in the precision of the way there
        gradient: Tensor = torch.autograd.grad(total, delta)[0]
    return gradient


@contextmanager
def _added(model: nn.Module, batch: Batch, where: Packing, delta: Tensor) -> Iterator[None]:
    """While it lasts, the word embeddings of this batch are moved by delta. Raises ValueError where the model did not ask for them once."""
    table, asked = _table(model), 0

    def add(_module: nn.Module, _given: tuple[Any, ...], found: Tensor) -> Tensor:
        nonlocal asked
        asked += 1
        step = delta.unsqueeze(0) if batch.packing is not None else where.pad(delta.unsqueeze(0))
        return found + step.to(found.dtype)

    hooks = [
        module.register_forward_hook(add) for module in model.modules() if getattr(module, "weight", None) is table and _embeds(module)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
    if asked != 1:
        raise ValueError(f"the model looked up its word embeddings {asked} times in one pass")


def _table(model: nn.Module) -> nn.Parameter:
    base: Any = encoder_of(model)
    table: nn.Parameter = base.get_input_embeddings().weight
    return table


def _embeds(module: nn.Module) -> bool:
    """Whether it is no output layer that is tied to the table."""
    return isinstance(module, nn.Embedding)


def _lengths(batch: Batch) -> list[int]:
    return [len(row) for feature in batch.features for row in feature.rows]


def _packing(batch: Batch) -> Packing:
    """Where the real tokens lie, also of a batch that is not packed."""
    return batch.packing if batch.packing is not None else Packing.of(_lengths(batch), batch.device)


def _with_fresh_masks(batch: Batch) -> Batch:
    """The batch with its dropout masks not yet drawn from."""
    if batch.packing is None or batch.packing.masks is None:
        return batch
    return replace(batch, packing=replace(batch.packing, masks=Masks((), batch.keys, batch.packing.lengths)))
