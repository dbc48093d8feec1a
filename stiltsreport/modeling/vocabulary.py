"""The embedding table cut to the token ids that a job meets, and put back when its checkpoint is kept.

A multilingual table has some 250,000 rows; a job meets a few thousand. Rows that never occur get no gradient, so AdamW leaves their moments
at zero and only decays them, by the product over steps of (1 - learning rate * weight decay): cutting the table is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

ALWAYS_KEPT = 16  # the first rows stay where they are, so that the ids of padding and other special tokens hold in every cut


@dataclass(frozen=True)
class EmbeddingTable:
    """A table as the pretrained one with some rows changed and all others scaled.

    `base` (rows, hidden) is the pretrained table and is never written to; `ids` (changed) ascending, `rows` (changed, hidden); `scale` is
    the decay that all other rows went through.
    """

    base: Tensor
    ids: Tensor
    rows: Tensor
    scale: float = 1.0

    @classmethod
    def untouched(cls, base: Tensor) -> EmbeddingTable:
        """The pretrained table itself."""
        return cls(base, torch.empty(0, dtype=torch.long), torch.empty(0, base.shape[1]))

    def look_up(self, ids: Tensor) -> Tensor:
        """The rows (n, hidden) of those ids, as they are now, in float32."""
        found = self.base[ids].float()
        if self.scale != 1.0:
            found = found * self.scale
        if len(self.ids):
            place = torch.searchsorted(self.ids, ids).clamp(max=len(self.ids) - 1)
            changed = self.ids[place] == ids
            found[changed] = self.rows[place[changed]]
        return found

    def updated(self, ids: Tensor, rows: Tensor, decay: float) -> EmbeddingTable:
        """The table after a training that changed these rows (`ids` ascending) and decayed the others by `decay`."""
        kept = ~torch.isin(self.ids, ids)
        all_ids = torch.cat([self.ids[kept], ids])
        all_rows = torch.cat([self.rows[kept] * decay, rows])
        order = torch.argsort(all_ids)
        return EmbeddingTable(self.base, all_ids[order].contiguous(), all_rows[order].contiguous(), self.scale * decay)


@dataclass(frozen=True)
class VocabularyCut:
    """The token ids of a job, ascending, and the map from a token's id to its row in the cut table (-1: not in it)."""

    ids: Tensor
    places: Tensor

    @classmethod
    def of(cls, sequences: Iterable[Sequence[int] | NDArray[np.int32]], size: int, further: Sequence[int] = ()) -> VocabularyCut:
        """The cut that holds every id of those sequences, the first few of the table, and `further` ones.

        Raises IndexError where one is beyond it.
        """
        used = np.zeros(size, dtype=bool)
        used[: min(ALWAYS_KEPT, size)] = True
        used[list(further)] = True
        for sequence in sequences:
            used[np.asarray(sequence, dtype=np.intp)] = True
        ids = torch.from_numpy(used.nonzero()[0])
        places = torch.full((size,), -1, dtype=torch.long)
        places[ids] = torch.arange(len(ids))
        return cls(ids, places)

    @classmethod
    def whole(cls, size: int) -> VocabularyCut:
        """No cut: every id keeps its place."""
        ids = torch.arange(size)
        return cls(ids, ids)
