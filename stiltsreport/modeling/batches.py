"""Features to batches: shuffled by a seed, cut into length-sorted pieces so that little is padding, and padded to tensors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.vocabulary import VocabularyCut


@dataclass(frozen=True)
class Batch:
    """Padded tensors of some features: ids, mask (and types) of shape (rows, length), rows of all features one after another."""

    features: tuple[Feature, ...]
    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor | None
    device: torch.device

    @property
    def inputs(self) -> dict[str, Tensor]:
        """What the model is called with."""
        given = {"input_ids": self.input_ids, "attention_mask": self.attention_mask}
        return given if self.token_type_ids is None else {**given, "token_type_ids": self.token_type_ids}


@dataclass(frozen=True)
class Padding:
    """How rows become tensors: the cut of the vocabulary, the padding id, whether the model reads token types, where tensors go.

    `longest`: the most tokens that the model reads, where it has a limit.
    """

    cut: VocabularyCut
    pad_id: int
    types: bool
    device: torch.device
    longest: int | None = None

    def collate(self, features: Sequence[Feature]) -> Batch:
        """One padded batch; an id outside the cut is a bug and raises.

        Raises StiltsReportError where a row is longer than the model reads.
        """
        rows = [row for feature in features for row in feature.rows]
        length = max(map(len, rows))
        if self.longest is not None and length > self.longest:
            raise StiltsReportError(
                f"a text of {length} tokens, and the model reads at most {self.longest}",
                hint="shorter lengths in the recipe: max_length, retrieval_length",
            )
        ids = np.full((len(rows), length), self.pad_id, dtype=np.int64)
        mask = np.zeros((len(rows), length), dtype=np.int64)
        kinds = np.zeros((len(rows), length), dtype=np.int64) if self.types else None
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        if kinds is not None:
            for i, row in enumerate(kind for feature in features for kind in feature.types):
                kinds[i, : len(row)] = row
        places = self.cut.places[torch.from_numpy(ids)]
        if bool((places < 0).any()):
            raise ValueError("a token id is not in the cut vocabulary")
        tensors = [places, torch.from_numpy(mask), None if kinds is None else torch.from_numpy(kinds)]
        moved = [None if tensor is None else tensor.to(self.device) for tensor in tensors]
        assert moved[0] is not None
        assert moved[1] is not None
        return Batch(tuple(features), moved[0], moved[1], moved[2], self.device)


def epoch_batches(count: int, batch_size: int, seed: int) -> Iterator[list[int]]:
    """Batches of example places for ever, a fresh permutation each epoch; the last batch of an epoch may be smaller.

    The order depends on `seed` and the number of examples alone.
    """
    if count < 1:
        raise ValueError("no examples to make batches of")
    generator = np.random.default_rng(seed)
    while True:
        order = generator.permutation(count)
        for start in range(0, count, batch_size):
            yield order[start : start + batch_size].tolist()


def steps_in(count: int, batch_size: int, epochs: float, steps: int | None) -> int:
    """Optimizer steps of a run: `steps` where given, else `epochs` passes, at least one."""
    return steps if steps is not None else max(1, math.ceil(math.ceil(count / batch_size) * epochs))


def pieces(features: Sequence[Feature], token_budget: int) -> Iterator[list[Feature]]:
    """The same features in length-sorted pieces, each of at most `token_budget` padded tokens (or one feature)."""
    piece: list[Feature] = []
    rows = longest = 0
    for feature in sorted(features, key=lambda feature: feature.length):
        if piece and (rows + len(feature.rows)) * max(longest, feature.length) > token_budget:
            yield piece
            piece, rows, longest = [], 0, 0
        piece.append(feature)
        rows += len(feature.rows)
        longest = max(longest, feature.length)
    if piece:
        yield piece
