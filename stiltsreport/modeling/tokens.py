"""Token tables: the features of an encoded set as columns of an Arrow file that is mapped into memory, not read into it."""

from __future__ import annotations

import abc
import bisect
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from stiltsreport.modeling.features import Feature

Integers = NDArray[np.integer[Any]]
NOWHERE = -1  # stands for both ends of a span that is None


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of integers one after another: list i is values[offsets[i]:offsets[i + 1]]."""

    offsets: NDArray[np.int64]
    values: NDArray[np.int32]

    def __getitem__(self, place: int) -> NDArray[np.int32]:
        return self.values[self.offsets[place] : self.offsets[place + 1]]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How long each is."""
        return np.diff(self.offsets)


class Spans(Sequence["tuple[int, int] | None"]):
    """The (begin, end) of each token, None outside the context, made when they are asked for: training never asks."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: NDArray[np.int32]) -> None:
        self._pairs = pairs.reshape(-1, 2)

    def __len__(self) -> int:
        return len(self._pairs)

    def __iter__(self) -> Iterator[tuple[int, int] | None]:
        return (None if begin == NOWHERE else (begin, end) for begin, end in self._pairs.tolist())

    def __getitem__(self, place: Any) -> Any:
        return list(self)[place] if isinstance(place, slice) else next(iter(Spans(self._pairs[place])))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


READERS: dict[str, Callable[[NDArray[np.int32]], Any]] = {
    "none": lambda _: None,
    "integer": lambda values: int(values[0]),
    "integers": lambda values: tuple(values.tolist()),
    "spans": Spans,
}


@dataclass(frozen=True)
class Block:
    """Some features that stand one after another. `types` of a feature is empty where all are zero."""

    examples: NDArray[np.int32]
    row_lengths: Lists
    ids: Lists
    types: Lists
    target: Lists
    align: Lists

    def feature(self, place: int, target: str, align: str) -> Feature:
        """The feature at a place; `target` and `align` say what those are (see READERS)."""
        lengths = self.row_lengths[place].tolist()
        rows = _rows(self.ids[place].tolist(), lengths)
        kinds = self.types[place].tolist()
        types = _rows(kinds, lengths) if kinds else tuple(map(_zeros, lengths))
        return Feature(int(self.examples[place]), rows, types, READERS[target](self.target[place]), READERS[align](self.align[place]))


def _rows(flat: list[int], lengths: list[int]) -> tuple[tuple[int, ...], ...]:
    if len(lengths) == 1:
        return (tuple(flat),)
    ends = list(itertools.accumulate(lengths))
    return tuple(tuple(flat[end - length : end]) for end, length in zip(ends, lengths, strict=True))


@lru_cache(maxsize=2048)
def _zeros(length: int) -> tuple[int, ...]:
    return (0,) * length


class _Features(Sequence[Feature]):
    """What can be asked of many features at once, without making them."""

    @abc.abstractmethod
    def _feature(self, place: int) -> Feature: ...

    @overload
    def __getitem__(self, place: int) -> Feature: ...
    @overload
    def __getitem__(self, place: slice) -> list[Feature]: ...
    def __getitem__(self, place: int | slice) -> Feature | list[Feature]:
        if isinstance(place, slice):
            return [self._feature(one) for one in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        return self._feature(place % len(self))

    def __iter__(self) -> Iterator[Feature]:
        return map(self._feature, range(len(self)))


class TokenTable(_Features):
    """The features of one set, in the order of its examples: a Feature is made from the mapped columns each time it is asked for.

    `examples`: how many the set has. `labels` of its task, in the order of the targets.
    """

    def __init__(self, examples: int, labels: Sequence[str], target: str, align: str, blocks: Sequence[Block]) -> None:
        self.examples, self.labels = examples, tuple(labels)
        self._target, self._align = target, align
        self._blocks = tuple(blocks)
        self._starts = list(itertools.accumulate((len(block.examples) for block in blocks), initial=0))

    def __len__(self) -> int:
        return self._starts[-1]

    def _feature(self, place: int) -> Feature:
        block = bisect.bisect_right(self._starts, place) - 1
        return self._blocks[block].feature(place - self._starts[block], self._target, self._align)

    @cached_property
    def lengths(self) -> Integers:
        """Tokens of the longest row of each feature."""
        return _joined([np.maximum.reduceat(b.row_lengths.values, b.row_lengths.offsets[:-1]) for b in self._blocks if len(b.examples)])

    @cached_property
    def row_counts(self) -> Integers:
        """Rows of each feature."""
        return _joined([block.row_lengths.lengths for block in self._blocks])

    @cached_property
    def tokens(self) -> Integers:
        """Tokens of all rows of each feature."""
        return _joined([block.ids.lengths for block in self._blocks])

    def ids(self) -> Iterator[NDArray[np.int32]]:
        """All token ids, block by block."""
        return (block.ids.values for block in self._blocks)

    @cached_property
    def _first(self) -> Integers:
        """The place of the first feature of each example, and the end."""
        return np.searchsorted(_joined([block.examples for block in self._blocks]), np.arange(self.examples + 1)).astype(np.int32)

    def of_example(self, example: int) -> list[Feature]:
        """The features of one example."""
        return [self._feature(place) for place in range(int(self._first[example]), int(self._first[example + 1]))]


class Joined(_Features):
    """Several sequences of features end to end, none of them copied."""

    def __init__(self, parts: Sequence[Sequence[Feature]]) -> None:
        self._parts = tuple(parts)
        self._starts = list(itertools.accumulate(map(len, parts), initial=0))

    def __len__(self) -> int:
        return self._starts[-1]

    def _feature(self, place: int) -> Feature:
        part = bisect.bisect_right(self._starts, place) - 1
        return self._parts[part][place - self._starts[part]]

    @property
    def lengths(self) -> Integers:
        """As TokenTable's."""
        return _joined([lengths_of(part) for part in self._parts])

    @property
    def row_counts(self) -> Integers:
        """As TokenTable's."""
        return _joined([row_counts_of(part) for part in self._parts])

    @property
    def tokens(self) -> Integers:
        """As TokenTable's."""
        return _joined([tokens_of(part) for part in self._parts])

    def ids(self) -> Iterator[Any]:
        """As TokenTable's."""
        return itertools.chain.from_iterable(map(ids_of, self._parts))

    def split(self, found: Sequence[Any]) -> list[Sequence[Any]]:
        """What was found for each feature, part by part."""
        return [found[begin:end] for begin, end in itertools.pairwise(self._starts)]


def _joined(arrays: Sequence[Integers]) -> Integers:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=np.int64)


def lengths_of(features: Sequence[Feature]) -> Integers:
    """Tokens of the longest row of each feature."""
    return features.lengths if isinstance(features, TokenTable | Joined) else np.array([one.length for one in features], dtype=np.int64)


def row_counts_of(features: Sequence[Feature]) -> Integers:
    """Rows of each feature."""
    return features.row_counts if isinstance(features, TokenTable | Joined) else np.array([len(one.rows) for one in features], np.int64)


def tokens_of(features: Sequence[Feature]) -> Integers:
    """Tokens of all rows of each feature."""
    return features.tokens if isinstance(features, TokenTable | Joined) else np.array([one.tokens for one in features], dtype=np.int64)


def ids_of(features: Sequence[Feature]) -> Iterator[Any]:
    """All token ids, some sequences or arrays of them."""
    return features.ids() if isinstance(features, TokenTable | Joined) else (row for feature in features for row in feature.rows)


def by_example(features: Sequence[Feature], count: int) -> Callable[[int], list[Feature]]:
    """What gives the features of each of `count` examples: by the table's index, or by lists made now."""
    if isinstance(features, TokenTable):
        return features.of_example
    found: list[list[Feature]] = [[] for _ in range(count)]
    for feature in features:
        found[feature.example].append(feature)
    return found.__getitem__
