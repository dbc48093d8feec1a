"""Rows of all processes end to end, and the gradient's way back to whose they are: for a loss that couples the examples of a batch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed

from stiltsreport.modeling.distributed.peers import Peers


def everybodys_rows(own: Tensor, peers: Peers) -> tuple[Tensor, int]:
    """The rows (all, width) of every process, by rank, and the place of this one's first. `own` (n, width); n may differ, and be 0."""
    if peers.alone:
        return own, 0
    counts = peers.everybodys(len(own))
    found: Tensor = _Rows.apply(own, counts, peers)  # type: ignore[no-untyped-call]
    return found, sum(counts[: peers.rank])


class _Rows(torch.autograd.Function):
    """Gathered on the way there, summed on the way back."""

    @staticmethod
    def forward(context: Any, own: Tensor, counts: list[int], peers: Peers) -> Tensor:
        context.counts, context.peers = counts, peers
        padded = own.new_zeros(max(counts), own.shape[1])
        padded[: len(own)] = own
        parts = [torch.empty_like(padded) for _ in counts]
        distributed.all_gather(parts, padded)
        return torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        gradient = gradients[0].contiguous()
        context.peers.add(gradient)
        begin = sum(context.counts[: context.peers.rank])
        return gradient[begin : begin + context.counts[context.peers.rank]], None, None
