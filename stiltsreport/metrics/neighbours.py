"""Nearest neighbours by cosine, exactly: one float32 product of both sides in blocks, and the cosines of what it leaves in float64.

The result is a property of the vectors alone: of no block size, number of threads or matrix library. A cosine is the float64 one rounded
to float32; of equal ones the lower row comes first.
"""

from __future__ import annotations

import numpy as np

from stiltsreport.errors import StiltsReportError
from stiltsreport.metrics.screening import ROUNDING, Indices, Kept, Similarities, Vectors, noise, screen

Neighbours = tuple[Similarities, Indices]

BLOCK = 2048  # rows of each side that are compared at once: 17 MB of float32
_PAIRS = 128  # scored again at once: in float64 they stay in the processor's cache
_SMALL = 2.0**-100  # a shorter vector is brought to length 1 in float64, where its length is no subnormal number
_REDONE = 512  # rows that are compared with a block in float64 at once


def nearest(queries: Vectors, pool: Vectors, k: int, block: int = BLOCK) -> Neighbours:
    """The k rows of the pool with the highest cosine to each query, exactly.

    A row of zeros has cosine 0 with everything. Of equal cosines the lower row comes first.

    Args:
        queries: (n, d).
        pool: (m, d).
        k: at least 1; cut to m.
        block: rows of each side compared at once; changes the memory that is used, and nothing else.

    Returns:
        Cosines and rows of the pool, both (n, min(k, m)), in falling order.

    Raises:
        StiltsReportError: a vector holds NaN or infinity.
    """
    return _search(queries, pool, k, block, both=False)[0]


def nearest_rows(queries: Vectors, pool: Vectors, k: int, block: int = BLOCK) -> Indices:
    """The rows of `nearest` without the cosines: quicker, for what the product alone puts in order is not scored again."""
    return _search(queries, pool, k, block, both=False, scores=False)[0][1]


def nearest_both(x: Vectors, y: Vectors, k: int, block: int = BLOCK) -> tuple[Neighbours, Neighbours]:
    """`nearest(x, y)` and `nearest(y, x)`, from one product instead of two."""
    forward, backward = _search(x, y, k, block, both=True)
    return forward, backward


def _search(x: Vectors, y: Vectors, k: int, block: int, *, both: bool, scores: bool = True) -> list[Neighbours]:
    if k < 1 or block < 1:
        raise ValueError(f"k and block must be at least 1, not {k} and {block}")
    sides = [_Side(x), _Side(y)]
    searches = [(0, 1), (1, 0)] if both else [(0, 1)]
    error = noise(sides[0].vectors.shape[1])
    kept = [Kept(len(sides[of]), len(sides[among]), min(k, len(sides[among])), error) for of, among in searches]
    if not len(sides[0]) or not len(sides[1]):
        return [(found.values, found.others) for found in kept]
    screen(kept[0], kept[1] if both else None, sides[0].unit(), sides[1].unit(), block)
    return [_settled(sides[of], sides[among], found, block, scores=scores) for (of, among), found in zip(searches, kept, strict=True)]


class _Side:
    """Vectors (n, d) and their lengths in float64, 1 for a row of zeros."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = np.asarray(vectors)
        if not np.issubdtype(self.vectors.dtype, np.floating):
            self.vectors = self.vectors.astype(np.float64)
        self.lengths = np.empty(len(self.vectors))
        double = np.empty((_PAIRS, self.vectors.shape[1]))
        for start in range(0, len(self.vectors), _PAIRS):
            rows = double[: len(self.vectors) - start]
            rows[:] = self.vectors[start : start + _PAIRS]
            np.vecdot(rows, rows, out=self.lengths[start : start + _PAIRS])
        np.sqrt(self.lengths, out=self.lengths)
        if not np.isfinite(self.lengths).all():
            raise StiltsReportError("sentence vectors hold NaN or infinity", hint="the encoder has diverged: see the curve of its training")
        self.lengths[self.lengths == 0] = 1.0

    def __len__(self) -> int:
        return len(self.vectors)

    def unit(self) -> Similarities:
        """The vectors at length 1, in float32: themselves where they are that already, to a few roundings."""
        if self.vectors.dtype == np.float32 and (np.abs(self.lengths - 1) <= 4 * ROUNDING).all():
            return self.vectors
        out = np.empty(self.vectors.shape, dtype=np.float32)
        single = self.vectors.dtype == np.float32 and self.lengths.min(initial=1) > _SMALL
        lengths = self.lengths[:, None].astype(np.float32 if single else np.float64)
        for start in range(0, len(self), _PAIRS):
            rows = slice(start, start + _PAIRS)
            np.divide(self.vectors[rows], lengths[rows], out=out[rows], casting="same_kind")
        return out


def _settled(side: _Side, other: _Side, kept: Kept, block: int, *, scores: bool) -> Neighbours:
    """The k best of each line, of those kept; of lines that the product could not decide, of all.

    Without `scores`, cosines that the product tells apart are left as it has them.
    """
    likely, undecided = kept.window()
    likely[undecided] = False
    k = kept.k
    width = int(likely.sum(axis=1).max(initial=k))
    likely, rows = likely[:, :width], kept.others[:, :width].copy()
    exact = np.where(likely, kept.values[:, :width], np.float32(-np.inf))
    lines, places = np.nonzero(likely if scores else likely & kept.close()[:, :width])
    exact[lines, places] = _cosines(side, other, lines, kept.others[lines, places])
    order = np.lexsort((rows, -exact))[:, :k]
    similarities, found = np.take_along_axis(exact, order, axis=1), np.take_along_axis(rows, order, axis=1)
    redo = np.flatnonzero(undecided)
    for start in range(0, len(redo), _REDONE):
        part = redo[start : start + _REDONE]
        similarities[part], found[part] = _in_full(side, other, part, k, block)
    return similarities, found


def _cosines(side: _Side, other: _Side, lines: Indices, rows: Indices) -> Similarities:
    """Of pairs: a line of one side and a row of the other."""
    cosines = np.empty(len(lines))
    # Memory that is used again and again: new pages for every few pairs take several times as long as the sums themselves.
    gathered = [np.empty((_PAIRS, of.vectors.shape[1]), dtype=of.vectors.dtype) for of in (side, other)]
    double = [np.empty(part.shape) for part in gathered]
    for start in range(0, len(lines), _PAIRS):
        pairs = slice(start, min(start + _PAIRS, len(lines)))
        size = pairs.stop - start
        for of, which, part, wide in zip((side, other), (lines, rows), gathered, double, strict=True):
            np.take(of.vectors, which[pairs], axis=0, out=part[:size], mode="clip")  # "raise" would fill a copy of `out`
            wide[:size] = part[:size]
        np.vecdot(double[0][:size], double[1][:size], out=cosines[pairs])
    cosines /= side.lengths[lines] * other.lengths[rows]
    return cosines.astype(np.float32)


def _in_full(side: _Side, other: _Side, lines: Indices, k: int, block: int) -> Neighbours:
    """The k best of a few lines by the float64 cosines with every row."""
    vectors = side.vectors[lines].astype(np.float64) / side.lengths[lines, None]
    best, where = np.empty((len(lines), 0), dtype=np.float32), np.empty((len(lines), 0), dtype=np.int64)
    for left in range(0, len(other), block):
        rows = other.vectors[left : left + block].astype(np.float64) / other.lengths[left : left + block, None]
        cosines = (vectors @ rows.T).astype(np.float32)
        highest, columns = _highest(cosines, min(k, len(rows)))
        best, where = np.concatenate((best, highest), axis=1), np.concatenate((where, columns + left), axis=1)
        # What stands earlier has lower rows, so a stable sort keeps the order of ties.
        order = np.argsort(-best, axis=1, kind="stable")[:, :k]
        best, where = np.take_along_axis(best, order, axis=1), np.take_along_axis(where, order, axis=1)
    return best, where


def _highest(cosines: Similarities, k: int) -> Neighbours:
    """The k highest of each row and their columns, falling, lower columns first; `cosines` is used up."""
    best, columns = np.empty((len(cosines), k), dtype=np.float32), np.empty((len(cosines), k), dtype=np.int64)
    lines = np.arange(len(cosines))
    for rank in range(k):
        columns[:, rank] = cosines.argmax(axis=1)  # of equal ones the first
        best[:, rank] = cosines[lines, columns[:, rank]]
        cosines[lines, columns[:, rank]] = -np.inf
    return best, columns


__all__ = ["BLOCK", "Neighbours", "nearest", "nearest_both", "nearest_rows"]
