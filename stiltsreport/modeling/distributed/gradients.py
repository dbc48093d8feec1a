"""Gradients over processes: what each holds a copy of is summed over all, then the whole gradient is divided and clipped by its norm.

torch's DistributedDataParallel does the first part behind one backward pass a step, of one model all of whose parameters take part. Here a
step is several passes, a mixture's heads take turns, adversarial noise needs passes of its own, and a process may have nothing to count:
the sum is taken once, behind the last pass, over the gradients that there are, which are the same ones everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.distributed.shards import is_sharded, local

_BUCKET = 2**24  # values that are sent at once


def add_up(parameters: Sequence[nn.Parameter], peers: Peers) -> None:
    """Sum the gradients of what every process has a copy of; those of shards were summed on the way back."""
    if peers.alone:
        return
    found = [value.grad for value in parameters if value.grad is not None and not is_sharded(value)]
    for bucket in _buckets(found):
        flat = torch.cat([gradient.reshape(-1) for gradient in bucket])
        peers.add(flat)
        parts = torch.split(flat, [gradient.numel() for gradient in bucket])
        torch._foreach_copy_(bucket, [part.view_as(gradient) for part, gradient in zip(parts, bucket, strict=True)])


def normalise(parameters: Sequence[nn.Parameter], count: int | Tensor, clip: float, peers: Peers = ALONE) -> Tensor:
    """Divide summed gradients by `count` and clip their norm, in one pass; returns the norm before clipping.

    As torch.nn.utils.clip_grad_norm_ after a division; the norm is that of the whole gradient, wherever its parts lie.
    """
    copies = [value.grad for value in parameters if value.grad is not None and not is_sharded(value)]
    shards = [local(value.grad) for value in parameters if value.grad is not None and is_sharded(value)]
    if not shards:
        total = nn.utils.get_total_norm(copies)
    else:
        squared = nn.utils.get_total_norm(shards).square()
        peers.add(squared)
        whole = nn.utils.get_total_norm(copies).square() if copies else squared
        total = (squared.to(whole.device) + whole).sqrt() if copies else squared.sqrt()
    norm = total / (count.to(total.device) if isinstance(count, Tensor) else count)
    factor = torch.clamp(clip / (norm + 1e-6), max=1.0) / (count.to(total.device) if isinstance(count, Tensor) else count)
    for gradients in (copies, shards):  # shards may lie in the host's memory
        if gradients:
            torch._foreach_mul_(gradients, factor.to(gradients[0].device))
    return norm


def _buckets(gradients: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """Consecutive gradients of one kind, so many values at once."""
    bucket: list[Tensor] = []
    held = 0
    for gradient in gradients:
        if bucket and (held + gradient.numel() > _BUCKET or gradient.dtype != bucket[0].dtype):
            yield bucket
            bucket, held = [], 0
        bucket.append(gradient)
        held += gradient.numel()
    if bucket:
        yield bucket
