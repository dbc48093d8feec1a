"""Vectors of texts that one checkpoint has encoded: no text is encoded twice while they fit into a bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence

import torch
from torch import Tensor

from stiltsreport.tasks.examples import Passage

LIMIT = 256 * 2**20  # bytes of vectors
Encode = Callable[[list[Passage]], Tensor]
Key = tuple[Hashable, str, str | None]


class VectorMemory:
    """Vectors by the way of encoding, the text and its context; where they would take more than `limit` bytes, the longest unused go."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._blocks: OrderedDict[int, tuple[Tensor, list[Key]]] = OrderedDict()  # what was encoded together is forgotten together
        self._places: dict[Key, tuple[int, int]] = {}  # block and row
        self._next = 0

    def prepare(self, way: Hashable, passages: Sequence[Passage], encode: Encode, hidden: int) -> None:
        """Encode in one go what is new of these texts, unless `hidden` numbers for each of them are more than can be remembered."""
        new = self._new(way, passages)
        if new and len(new) * hidden * 4 <= self.limit:
            self._learn(new, encode)
            self._forget()

    def vectors(self, way: Hashable, passages: Sequence[Passage], encode: Encode) -> Tensor:
        """Vectors (n, hidden) of the passages; `way` names all that `encode` depends on but the texts, and equal texts are encoded once."""
        new = self._new(way, passages)
        if new:
            self._learn(new, encode)
        places = [self._places[way, passage.text, passage.context] for passage in passages]
        found: Tensor | None = None
        of_blocks = torch.tensor(places, dtype=torch.long).reshape(-1, 2)
        for number in dict.fromkeys(block for block, _ in places):
            block, _ = self._blocks[number]
            self._blocks.move_to_end(number)
            found = block.new_empty(len(places), block.shape[1]) if found is None else found
            chosen = of_blocks[:, 0] == number
            found[chosen] = block[of_blocks[chosen, 1]]
        self._forget()
        if found is None:
            raise ValueError("no texts")
        return found

    def _new(self, way: Hashable, passages: Sequence[Passage]) -> dict[Key, Passage]:
        keys = (((way, passage.text, passage.context), passage) for passage in passages)
        return {key: passage for key, passage in keys if key not in self._places}

    def _learn(self, new: dict[Key, Passage], encode: Encode) -> None:
        self._blocks[self._next] = encode(list(new.values())), list(new)
        self._places.update((key, (self._next, row)) for row, key in enumerate(new))
        self._next += 1

    def _forget(self) -> None:
        while sum(block.nbytes for block, _ in self._blocks.values()) > self.limit:
            _, (_, keys) = self._blocks.popitem(last=False)
            for key in keys:
                del self._places[key]
