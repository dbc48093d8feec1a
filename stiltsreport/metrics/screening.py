"""The first look of an exact search: one matrix product in blocks, of which each row and each column keeps what may be among its nearest.

The product is float32, and its noise depends on the shape of a block; so nothing is decided here that noise could change. Whatever may be
among the k best is kept, to be scored again (`neighbours`), and a line of which too much would have to be kept is told.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating[Any]]
Similarities = NDArray[np.float32]
Indices = NDArray[np.int64]

ROUNDING = 2.0**-24  # of float32
_CHUNK = 8  # rows of a block that are looked at together: their maxima cost 1 % of the product, and most groups end there
_SPARE = 16  # kept beyond k, for what the product's noise cannot tell from the k-th
_GROUPS = 16  # of a line, for each of its k best: few enough to be sorted quickly
_LOWEST = np.finfo(np.float32).min


def noise(width: int) -> float:
    """How far a float32 product of two float32 unit vectors may be from the cosine, whatever the order of its additions.

    A sum of `width` products errs by at most width x rounding x the sum of their sizes, which is 1 for unit vectors (Higham 2002, Accuracy
    and Stability of Numerical Algorithms, section 3.1). 16 more roundings are for the vectors' own, and that of the cosine.
    """
    return (width + 16) * ROUNDING


class Kept:
    """The best so far of n lines, rows or columns of the product.

    `k`: cut to the pool. `values` (n, width): falling, -inf where nothing stands. `others` (n, width): where in the line.
    `floor` (n,): what a new value must pass.
    """

    def __init__(self, lines: int, pool: int, k: int, error: float) -> None:
        self.k, self._window = k, np.float32(2 * error)
        width = min(k + _SPARE, pool)
        self._complete = width == pool
        self.values = np.full((lines, width), -np.inf, dtype=np.float32)
        self.others = np.zeros((lines, width), dtype=np.int64)
        self.floor = np.full(lines, _LOWEST, dtype=np.float32)

    def _below(self, kth: Similarities) -> Similarities:
        """The highest value that can't be among the k best where the k-th of the product is `kth` or more."""
        below: Similarities = np.maximum(np.nextafter(kth - self._window, np.float32(-np.inf)), _LOWEST)
        return below

    def seed(self, lines: slice, values: Similarities) -> None:
        """Raise the floor, given some values (lines, any number) of lines that nothing was added to yet."""
        if values.shape[1] >= self.k:
            self.floor[lines] = self._below(np.partition(values, values.shape[1] - self.k, axis=1)[:, -self.k])

    def add(self, start: int, lines: Indices, others: Indices, found: Similarities) -> None:
        """Take in values that pass the floor: `lines` counts from `start`; one line may have several, in any order."""
        if not len(lines):
            return
        values, kept, floor = self.values[start:], self.others[start:], self.floor[start:]
        touched = np.flatnonzero(np.bincount(lines))
        known = values[touched] >= floor[touched, None]
        of, places = np.nonzero(known)
        lines = np.concatenate((touched[of], lines))
        others, found = np.concatenate((kept[touched[of], places], others)), np.concatenate((values[touched[of], places], found))
        order = np.argsort(_by_line_and_falling(lines, found))
        lines = lines[order]
        ranks = np.arange(len(lines))
        ranks -= np.maximum.accumulate(np.where(np.diff(lines, prepend=-1) > 0, ranks, 0))
        fit = ranks < values.shape[1]
        order, lines, ranks = order[fit], lines[fit], ranks[fit]
        values[touched] = -np.inf
        values[lines, ranks], kept[lines, ranks] = found[order], others[order]
        passing = self._below(values[touched, self.k - 1])
        floor[touched] = np.maximum(floor[touched], passing if self._complete else np.maximum(passing, values[touched, -1]))

    def window(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which of `values` (n, width) may be among the k best, and which lines (n,) may have others that were not kept."""
        below = self._below(self.values[:, self.k - 1])
        return self.values > below[:, None], self.floor > below

    def close(self) -> NDArray[np.bool_]:
        """Which of `values` (n, width) have a neighbour that the noise may have put on the wrong side of them."""
        near = self._below(self.values[:, :-1]) < self.values[:, 1:]
        return np.pad(near, ((0, 0), (0, 1))) | np.pad(near, ((0, 0), (1, 0)))


def screen(rows: Kept, columns: Kept | None, x: Vectors, y: Vectors, block: int) -> None:
    """Fill `rows` and, where given, `columns` from the product of unit vectors x (n, d) and y (m, d), `block` rows of each at a time."""
    tall = -(-min(block, len(x)) // _CHUNK) * _CHUNK
    memory = np.empty(tall * min(block, len(y)), dtype=np.float32)
    for top in range(0, len(x), block):
        part = x[top : top + block]
        height = len(part)
        tall = -(-height // _CHUNK) * _CHUNK
        for left in range(0, len(y), block):
            other = y[left : left + block]
            product = memory[: tall * len(other)].reshape(tall, len(other))
            np.matmul(part, other.T, out=product[:height])
            product[height:] = -np.inf
            highest = product.reshape(-1, _CHUNK, len(other)).max(axis=1)
            if left == 0:
                rows.seed(slice(top, top + height), _bests(product[:height], rows.k))
            if columns is not None and top == 0:
                columns.seed(
                    slice(left, left + len(other)),
                    _bests(highest.T if len(highest) >= _GROUPS * columns.k else product[:height].T, columns.k),
                )
            _sift(product, highest, rows, columns, top, left)


def _bests(values: Similarities, k: int) -> Similarities:
    """Some of the highest values of each row: halves are laid on each other while that leaves enough for a k-th of them to be high."""
    while (half := values.shape[1] // 2) >= _GROUPS * k:
        values = np.maximum(values[:, :half], values[:, half : 2 * half])
    return values


def _sift(product: Similarities, highest: Similarities, rows: Kept, columns: Kept | None, top: int, left: int) -> None:
    """Give what passes a floor to the side whose floor it passes. `highest`: the maxima of each _CHUNK rows of the product."""
    tall, wide = product.shape
    row_floor = np.full((tall // _CHUNK, _CHUNK), np.inf, dtype=np.float32)
    row_floor.reshape(-1)[: len(rows.floor) - top] = rows.floor[top : top + tall]
    limit = row_floor.min(axis=1)[:, None]
    if columns is not None:
        limit = np.minimum(limit, columns.floor[None, left : left + wide])
    chunk, column = np.divmod(np.flatnonzero(highest > limit), wide)
    values = product.reshape(-1, _CHUNK, wide)[chunk, :, column]
    which, row = np.nonzero(values > row_floor[chunk])
    rows.add(top, chunk[which] * _CHUNK + row, column[which] + left, values[which, row])
    if columns is not None:
        which, row = np.nonzero(values > columns.floor[left + column][:, None])
        columns.add(left, column[which], top + chunk[which] * _CHUNK + row, values[which, row])


def _by_line_and_falling(lines: Indices, values: Similarities) -> Indices:
    """An integer for each value, in order of the line and then of falling value: sorting these is far quicker than by two keys."""
    bits = values.view(np.int32)
    rising = bits ^ ((bits >> 31) & 0x7FFFFFFF)  # the bits of a float as an integer of the same order
    keys: Indices = (lines << 32) + ~rising.astype(np.int64)
    return keys
