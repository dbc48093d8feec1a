"""Packing: where the real tokens of a padded batch lie, and the way there and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from stiltsreport.modeling.packed.blocks import Blocks
from stiltsreport.modeling.packed.masks import Masks


@dataclass(frozen=True)
class Packing:
    """The sequences of a batch end to end, in the order of its rows.

    `lengths` of the sequences; `places` (tokens) of the real tokens among the flattened (rows, padded length) ones; `positions` (1, tokens)
    of each token in its sequence, from 0; `boundaries` (rows + 1) where sequences begin and end, int32; `masks` for dropout, where they are
    drawn by key.
    """

    lengths: tuple[int, ...]
    padded: int
    places: Tensor
    positions: Tensor
    boundaries: Tensor
    masks: Masks | None = None
    _blocks: dict[int, Blocks] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, lengths: Sequence[int], device: torch.device, masks: Masks | None = None) -> Packing:
        """The packing of rows of those lengths, padded to the longest."""
        rows, padded = np.asarray(lengths), max(lengths)
        boundaries = np.concatenate(([0], np.cumsum(rows)))
        positions = np.arange(boundaries[-1]) - np.repeat(boundaries[:-1], rows)
        places = positions + np.repeat(np.arange(len(rows)) * padded, rows)

        def moved(array: np.ndarray, kind: type) -> Tensor:
            return torch.from_numpy(array.astype(kind)).to(device, non_blocking=True)

        return cls(
            tuple(lengths), padded, moved(places, np.int64), moved(positions, np.int64).unsqueeze(0), moved(boundaries, np.int32), masks
        )

    @property
    def rows(self) -> int:
        """Sequences of the batch."""
        return len(self.lengths)

    @property
    def tokens(self) -> int:
        """Real tokens of the batch."""
        return len(self.places)

    def blocks_of(self, heads: int) -> Blocks:
        """The layout of its sequences for attention in blocks, which all layers of a pass share."""
        if heads not in self._blocks:
            self._blocks[heads] = Blocks.of(self.lengths, heads)
        return self._blocks[heads]

    def pack(self, padded: Tensor) -> Tensor:
        """(rows, padded length, ...) to (1, tokens, ...)."""
        return padded.flatten(0, 1)[self.places].unsqueeze(0)

    def pad(self, packed: Tensor) -> Tensor:
        """(1, tokens or more, hidden) to (rows, padded length, hidden); padding is zeros, which no head reads."""
        flat = packed.new_zeros(self.rows * self.padded, packed.shape[-1])
        return flat.index_copy(0, self.places, packed.squeeze(0)[: self.tokens]).view(self.rows, self.padded, -1)
