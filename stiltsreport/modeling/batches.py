"""Features to batches: shuffled by a seed, cut into length-sorted pieces so that little is padding, and made tensors, padded and packed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.packed import Packing
from stiltsreport.modeling.packed.masks import Masks
from stiltsreport.modeling.vocabulary import VocabularyCut


@dataclass(frozen=True)
class Batch:
    """Tensors of some features: ids, mask (and types) of shape (rows, length), padded, the rows of all features one after another.

    `packing`: where the real tokens lie, for a model that works on them alone. `keys` of the rows, in training: what is drawn for a row by
    its key is the same in whatever piece of a batch it stands. Not `counted`: it goes along for the sake of other processes.
    """

    features: tuple[Feature, ...]
    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor | None
    device: torch.device
    packing: Packing | None = None
    keys: tuple[tuple[int, ...], ...] = ()
    counted: bool = True

    @property
    def inputs(self) -> dict[str, Any]:
        """What the model is called with."""
        given = {"input_ids": self.input_ids, "attention_mask": self.attention_mask}
        further = {"token_type_ids": self.token_type_ids, "packing": self.packing}
        return given | {name: value for name, value in further.items() if value is not None}


@dataclass(frozen=True)
class Padding:
    """How rows become tensors: the cut of the vocabulary, the padding id, whether the model reads token types, where tensors go.

    `longest`: the most tokens that the model reads, where it has a limit. `packs`: the model works on packed tokens.
    """

    cut: VocabularyCut
    pad_id: int
    types: bool
    device: torch.device
    longest: int | None = None
    packs: bool = False

    def collate(
        self, features: Sequence[Feature], key: tuple[int, ...] = (), places: Sequence[int] | None = None, *, counted: bool = True
    ) -> Batch:
        """One batch; an id outside the cut is a bug and raises.

        For training, `key` and `places` of the features in the whole batch name their rows, and so their dropout masks.

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
        rows_of_table = self.cut.places[torch.from_numpy(ids)]
        if bool((rows_of_table < 0).any()):
            raise ValueError("a token id is not in the cut vocabulary")
        keys = () if places is None else _keys(features, key, places)
        return Batch(
            tuple(features),
            rows_of_table.to(self.device, non_blocking=True),
            torch.from_numpy(mask).to(self.device, non_blocking=True),
            None if kinds is None else torch.from_numpy(kinds).to(self.device, non_blocking=True),
            self.device,
            self._packing(rows, keys) if self.packs else None,
            keys,
            counted,
        )

    def _packing(self, rows: Sequence[Sequence[int]], keys: Sequence[tuple[int, ...]]) -> Packing:
        lengths = [len(row) for row in rows]
        keyed = keys and self.device.type == "cpu"  # elsewhere the kernels draw masks themselves
        return Packing.of(lengths, self.device, Masks((), keys, lengths) if keyed else None)


def _keys(features: Sequence[Feature], key: tuple[int, ...], places: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """(seed, step, place in the whole batch, row of its feature) of each row."""
    return tuple((*key, place, row) for place, feature in zip(places, features, strict=True) for row in range(len(feature.rows)))


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


def pieces(lengths: Sequence[int], rows: Sequence[int], token_budget: int) -> Iterator[list[int]]:
    """Places of features in length-sorted pieces, each of at most `token_budget` padded tokens, or one feature.

    `lengths` of the longest row of each feature, and its number of `rows`.
    """
    piece: list[int] = []
    held = longest = 0
    for place in np.argsort(np.asarray(lengths), kind="stable").tolist():
        if piece and (held + rows[place]) * max(longest, lengths[place]) > token_budget:
            yield piece
            piece, held, longest = [], 0, 0
        piece.append(place)
        held += rows[place]
        longest = max(longest, lengths[place])
    if piece:
        yield piece
