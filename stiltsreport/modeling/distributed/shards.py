"""Shards: a tensor whose rows lie with several processes, seen from this one, and made whole again.

As FSDP2 divides them: the first dimension into as many parts as there are processes, of ceil(rows / processes) rows each, the last ones
shorter or empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed


def is_sharded(value: Tensor) -> bool:
    """Whether this process holds a part of it alone."""
    return hasattr(value, "to_local")  # a DTensor, without importing them where there are none


def local(value: Any) -> Tensor:
    """What this process holds of it: the same memory."""
    found: Tensor = value.to_local() if is_sharded(value) else value
    return found


def on_host(value: Any) -> Tensor:
    """All of it, in memory of the host; every process asks, and each gets it."""
    if not is_sharded(value):
        return value.detach().to("cpu")  # type: ignore[no-any-return]
    whole: Tensor = value.detach().full_tensor().to("cpu")
    return whole


def own_rows(whole: Tensor, like: Any) -> Tensor:
    """Of a whole tensor what this process holds where its parameter is `like`."""
    if not is_sharded(like):
        return whole
    mesh = like.device_mesh
    each = -(-len(whole) // mesh.size())
    return whole[each * mesh.get_local_rank() :][:each]


def sharded_as(part: Tensor, like: Any) -> Tensor:
    """A part as a sharded tensor, where its parameter is one: what its optimizer's moments are."""
    if not is_sharded(like):
        return part
    from torch.distributed.tensor import DTensor

    return DTensor.from_local(part, like.device_mesh, like.placements, run_check=False, shape=like.shape, stride=like.stride())


@dataclass(frozen=True)
class Rows:
    """A part of a tensor of that `shape`, to be gathered when it is needed: of a state, one tensor at a time is whole in one place."""

    part: Tensor
    shape: torch.Size

    @property
    def dtype(self) -> torch.dtype:
        """That of its values."""
        return self.part.dtype

    def numel(self) -> int:
        """Values of the whole."""
        return self.shape.numel()

    def element_size(self) -> int:
        """Bytes of a value."""
        return self.part.element_size()

    def gathered(self) -> Tensor:
        """The whole for the leader, on its host; the others help, and get their own part."""
        size, rank = distributed.get_world_size(), distributed.get_rank()
        each = -(-self.shape[0] // size)
        padded = self.part.new_zeros((each, *self.shape[1:]))
        padded[: len(self.part)] = self.part
        parts = [torch.empty_like(padded) for _ in range(size)] if rank == 0 else None
        distributed.gather(padded, parts)
        return torch.cat(parts)[: self.shape[0]].to("cpu") if parts else self.part


def rows_of(part: Tensor, like: Any) -> Tensor | Rows:
    """The part as rows of the whole, where its parameter `like` is sharded."""
    return Rows(part, like.shape) if is_sharded(like) and part.dim() else part
