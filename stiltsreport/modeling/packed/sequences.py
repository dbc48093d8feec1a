"""Attention on a CPU, sequence by sequence: the fastest exact way there for short texts, whatever their lengths.

Scores, softmax, dropout and products are written out for both ways, so that nothing is checked or copied between them, and one byte a
probability is kept of the dropout mask.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from stiltsreport.modeling.packed.masks import multiplier
from stiltsreport.modeling.packed.packing import Packing


def attend(
    query: Tensor, key: Tensor, value: Tensor, packing: Packing, scaling: float, dropout: float = 0.0, window: int | None = None,
    *, causal: bool = False,
) -> Tensor:  # fmt: skip
    """Attention within each sequence, (1, heads, tokens, size) -> (1, tokens, heads, size).

    `window`: tokens attend only to those less than so many places away; `causal`: and only to those before them.
    """
    if not torch.is_grad_enabled():
        return one_by_one(query, key, value, packing, scaling, 0.0, window, causal=causal)
    kept = None
    if dropout:
        if packing.masks is None:
            raise ValueError("attention with dropout needs the masks of its batch")
        kept = packing.masks.draw([query.shape[1] * length**2 for length in packing.lengths], dropout)
    attended: Tensor = _Attention.apply(query, key, value, packing.lengths, scaling, dropout, kept, window, causal)  # type: ignore[no-untyped-call]
    return attended


def one_by_one(
    query: Tensor, key: Tensor, value: Tensor, packing: Packing, scaling: float, dropout: float, window: int | None, *, causal: bool = False
) -> Tensor:
    """The same by torch's own attention, called for each run of sequences of one length; torch draws the dropout."""
    heads, size = query.shape[1], query.shape[3]
    groups = runs(packing.lengths)
    parts = []
    for (count, length), *sides in zip(
        groups, *(torch.split(side[0], [n * m for n, m in groups], 1) for side in (query, key, value)), strict=True
    ):
        q, k, v = (side.view(heads, count, length, size) for side in sides)
        near = _near(length, window, q.device, causal=causal)
        found = functional.scaled_dot_product_attention(q, k, v, attn_mask=near, dropout_p=dropout, scale=scaling)
        parts.append(found.view(heads, count * length, size).transpose(0, 1))
    return torch.cat(parts).unsqueeze(0)


def runs(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """(how many, length) of consecutive sequences of one length: a batch is sorted by length, so that these are few.

    >>> runs((3, 3, 5, 3))
    [(2, 3), (1, 5), (1, 3)]
    """
    return [(len(list(same)), length) for length, same in itertools.groupby(lengths)]


def _near(length: int, window: int | None, device: torch.device, *, causal: bool) -> Tensor | None:
    """(length, length), True where two tokens are less than `window` apart, the second before the first if `causal`; None where all are."""
    reach = length if window is None else min(window, length)
    if reach == length and not causal:
        return None
    places = torch.arange(length, device=device)
    apart = places[:, None] - places[None, :]
    return (apart >= 0) & (apart < reach) if causal else apart.abs() < reach


class _Attention(torch.autograd.Function):
    """Softmax attention with dropout on its probabilities, one sequence after another."""

    @staticmethod
    def forward(  # type: ignore[no-untyped-def]
        context, query: Tensor, key: Tensor, value: Tensor, lengths: tuple[int, ...], scaling: float, dropout: float,  # noqa: ANN001
        kept: NDArray[np.bool_] | None, window: int | None, causal: bool,
    ) -> Tensor:  # fmt: skip
        sides = [torch.split(side, list(lengths), 1) for side in (query[0] * scaling, key[0], value[0])]
        probabilities, outputs = [], []
        for q, k, v, mask in zip(*sides, _multipliers(kept, dropout, query, lengths), strict=True):
            scores = torch.bmm(q, k.mT)
            near = _near(scores.shape[-1], window, scores.device, causal=causal)
            if near is not None:
                scores.masked_fill_(~near, -torch.inf)
            softmax = torch.softmax(scores.float(), -1).to(q.dtype)
            probabilities.append(softmax)
            outputs.append(torch.bmm(softmax if mask is None else softmax * mask, v).transpose(0, 1))
        context.save_for_backward(query, key, value, *probabilities)
        context.lengths, context.scaling, context.dropout, context.kept = lengths, scaling, dropout, kept
        return torch.cat(outputs).unsqueeze(0)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(context, gradient: Tensor) -> tuple[Any, ...]:  # type: ignore[no-untyped-def] # noqa: ANN001
        query, key, value, *probabilities = context.saved_tensors
        lengths = list(context.lengths)
        sides = (torch.split(side[0], lengths, 1) for side in (query, key, value))
        found: tuple[list[Tensor], ...] = ([], [], [])
        masks = _multipliers(context.kept, context.dropout, query, lengths)
        for q, k, v, outgoing, softmax, mask in zip(
            *sides, torch.split(gradient[0].transpose(0, 1), lengths, 1), probabilities, masks, strict=True
        ):
            incoming = torch.bmm(outgoing, v.mT)
            used = softmax
            if mask is not None:
                used = softmax * mask
                incoming.mul_(mask)
            scores = torch._softmax_backward_data(incoming, softmax, -1, softmax.dtype).mul_(context.scaling)  # noqa: SLF001 - softmax's own
            found[0].append(torch.bmm(scores, k).transpose(0, 1))
            found[1].append(torch.bmm(scores.mT, q).transpose(0, 1))
            found[2].append(torch.bmm(used.mT, outgoing).transpose(0, 1))
        # Laid out as the linear layers behind them read them: (tokens, heads, size).
        return (*(torch.cat(parts).transpose(0, 1).unsqueeze(0) for parts in found), None, None, None, None, None, None)


def _multipliers(kept: NDArray[np.bool_] | None, dropout: float, like: Tensor, lengths: Sequence[int]) -> list[Tensor | None]:
    """The mask of each sequence (heads, length, length) as numbers to multiply with; None each without dropout."""
    if kept is None:
        return [None] * len(lengths)
    heads = like.shape[1]
    flat = torch.split(multiplier(kept, dropout, like.dtype), [heads * length**2 for length in lengths])
    return [part.view(heads, length, length) for part, length in zip(flat, lengths, strict=True)]
