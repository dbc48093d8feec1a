"""Attention in bfloat16 on a CPU: sequences of about one length side by side, each padded to a multiple of 32 tokens.

Sequence by sequence, the fixed cost of a product of small matrices is more than its work, and a softmax whose rows are no multiple of 32
values takes several times as long. Only here is there padding: what comes in and goes out are the real tokens.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stiltsreport.modeling.packed.masks import Masks, low_bits

SCORES = 2**19  # of a block: products, softmax and masks then find them in the cache, and few sizes of products are met
ROWS = 32  # values that the processor takes at once


@dataclass(frozen=True)
class Block:
    """Consecutive sequences that are padded to one length.

    `padding` (sequences * heads, 1, length): what is added to scores, 0 for real tokens and -inf behind them. `start`: its first row of
    the layout.
    """

    lengths: tuple[int, ...]
    length: int
    start: int
    padding: Tensor


@dataclass(frozen=True)
class Blocks:
    """The layout of a packing for that many heads: rows of one head and one token each, (sequence, head, token) within a block.

    `places` (rows) among (token, head) rows of packed values, for padding any; `threefold` (3 * rows) the same among (token, which, head)
    rows of queries, keys and values. `back` (tokens * heads) and `back_threefold` lead the other way.
    """

    heads: int
    parts: tuple[Block, ...]
    places: Tensor
    threefold: Tensor
    back: Tensor
    back_threefold: Tensor

    @classmethod
    def of(cls, lengths: Sequence[int], heads: int) -> Blocks:
        """That of sequences of those lengths, end to end."""
        parts: list[Block] = []
        places, back = [], np.empty((sum(lengths), heads), dtype=np.int64)
        row = token = 0
        for own, length in _cut(lengths, heads):
            head, at = np.arange(heads)[:, None], np.arange(length)
            starts = token + np.cumsum(own) - own
            tokens = starts[:, None] + np.minimum(at, own[:, None] - 1)
            places.append((tokens[:, None, :] * heads + head).ravel())
            rows = row + np.arange(len(own) * heads * length).reshape(len(own), heads, length).transpose(0, 2, 1)
            real = at < own[:, None]
            back[token : token + own.sum()] = rows[real]
            padding = torch.zeros(len(own), 1, length, dtype=torch.bfloat16).masked_fill_(torch.from_numpy(~real)[:, None], -torch.inf)
            parts.append(Block(tuple(own.tolist()), length, row, padding.repeat_interleave(heads, 0)))
            row, token = row + rows.size, token + int(own.sum())
        single = np.concatenate(places)
        owner, head = np.divmod(single, heads)
        which = np.arange(3)[:, None]
        moved = (torch.from_numpy(array) for array in (
            single, ((owner * 3 + which) * heads + head).ravel(), back.ravel(), (which[:, None] * row + back).transpose(1, 0, 2).ravel()
        ))  # fmt: skip
        return cls(heads, tuple(parts), *moved)

    @property
    def tokens(self) -> int:
        """Of all sequences."""
        return len(self.back) // self.heads

    def __iter__(self) -> Iterator[tuple[Block, slice]]:
        """Each block and its rows."""
        for part in self.parts:
            yield part, slice(part.start, part.start + len(part.lengths) * self.heads * part.length)

    def multipliers(self, masks: Masks | None, probability: float) -> list[Tensor]:
        """Of each block (sequences * heads, length, length): 0 for what is dropped and for padding, else what keeps the mean."""
        kept = None
        if probability:
            if masks is None:
                raise ValueError("attention with dropout needs the masks of its batch")
            kept = masks.draw([self.heads * length**2 for part in self.parts for length in part.lengths], probability).view(np.uint8)
        factor, begin, found = low_bits(probability), 0, []
        for part in self.parts:
            bits = np.zeros((len(part.lengths), self.heads, part.length, part.length), dtype=np.uint16)
            for sequence, length in zip(bits, part.lengths, strict=True):
                if kept is None:
                    sequence[:, :length, :length] = factor
                    continue
                end = begin + self.heads * length**2
                own = kept[begin:end].reshape(self.heads, length, length)
                np.multiply(own, factor, out=sequence[:, :length, :length])
                begin = end
            found.append(torch.from_numpy(bits).view(torch.bfloat16).flatten(0, 1))
        return found


def _cut(lengths: Sequence[int], heads: int) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Consecutive lengths that are padded to one, as many as have room together, and what they are padded to."""
    for length, same in itertools.groupby(lengths, lambda length: -(-length // ROWS) * ROWS):
        own, room = np.array(list(same)), max(1, SCORES // (heads * length**2))
        for start in range(0, len(own), room):
            yield own[start : start + room], length


@dataclass(frozen=True)
class Attended:
    """What the way back needs: queries, keys and values (3, rows, size) in the layout; probabilities and multipliers of each block."""

    sides: Tensor
    probabilities: list[Tensor]
    multipliers: list[Tensor]


def attend(projected: Tensor, blocks: Blocks, scaling: float, multipliers: list[Tensor]) -> tuple[Tensor, Attended]:
    """Queries, keys and values (tokens, 3 * width) to what is attended to (tokens, width)."""
    sides = _laid_out(projected, blocks)
    found, probabilities = torch.empty_like(sides[0]), []
    for (softmax, value, out), multiplier in zip(_scored(sides, found, blocks, scaling), multipliers, strict=True):
        probabilities.append(softmax)
        torch.bmm(softmax * multiplier, value, out=out)
    return _taken(found, blocks.back, blocks, len(projected)), Attended(sides, probabilities, multipliers)


def attend_alone(projected: Tensor, blocks: Blocks, scaling: float) -> Tensor:
    """The same without dropout or a way back."""
    sides = _laid_out(projected, blocks)
    found = torch.empty_like(sides[0])
    for softmax, value, out in _scored(sides, found, blocks, scaling):
        torch.bmm(softmax, value, out=out)
    return _taken(found, blocks.back, blocks, len(projected))


def _laid_out(projected: Tensor, blocks: Blocks) -> Tensor:
    """Queries, keys and values (3, rows, size) in the layout."""
    size = projected.shape[1] // (3 * blocks.heads)
    return projected.view(-1, size).index_select(0, blocks.threefold).view(3, -1, size)


def _scored(sides: Tensor, found: Tensor, blocks: Blocks, scaling: float) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Of each block its probabilities, its values, and where of `found` their product goes."""
    for part, rows in blocks:
        query, key, value, out = (side[rows].view(-1, part.length, side.shape[-1]) for side in (*sides, found))
        yield torch.softmax(torch.baddbmm(part.padding, query, key.mT, alpha=scaling), -1), value, out


def attend_back(gradient: Tensor, attended: Attended, blocks: Blocks, scaling: float) -> Tensor:
    """The gradient (tokens, 3 * width) of queries, keys and values from that (tokens, width) of what was attended to."""
    size = attended.sides.shape[-1]
    outgoing = gradient.view(-1, size).index_select(0, blocks.places)
    found = torch.empty_like(attended.sides)
    for (part, rows), softmax, multiplier in zip(blocks, attended.probabilities, attended.multipliers, strict=True):
        shape = (-1, part.length, size)
        query, key, value = (side[rows].view(shape) for side in attended.sides)
        to_query, to_key, to_value = (side[rows].view(shape) for side in found)
        out = outgoing[rows].view(shape)
        torch.bmm((softmax * multiplier).mT, out, out=to_value)
        scores = torch._softmax_backward_data(torch.bmm(out, value.mT).mul_(multiplier), softmax, -1, softmax.dtype)  # noqa: SLF001 - softmax's own
        torch.baddbmm(to_query, scores, key, beta=0, alpha=scaling, out=to_query)
        torch.baddbmm(to_key, scores.mT, query, beta=0, alpha=scaling, out=to_key)
    return _taken(found.view(-1, size), blocks.back_threefold, blocks, len(gradient))


def _taken(rows: Tensor, places: Tensor, blocks: Blocks, tokens: int) -> Tensor:
    """The rows of those places as values of that many tokens; those behind the real ones are 0."""
    heads = len(places) // blocks.tokens
    found = rows.new_empty(tokens * heads, rows.shape[1])
    torch.index_select(rows, 0, places, out=found[: len(places)])
    found[len(places) :] = 0.0
    return found.view(tokens, -1)
