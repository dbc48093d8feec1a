"""Features: examples as token ids, built from a fast tokenizer's encodings so that cutting, windows and offsets are our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Sides = Literal["first", "second", "longest"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One unit of a batch, made of one row of ids or several (a row a choice; query and passage of a dual encoder).

    `example` is its place among the examples. `target` is what the task type's loss reads, `align` what its decoding reads
    (character offsets of context tokens, places of the words' first tokens).
    """

    example: int
    rows: tuple[tuple[int, ...], ...]
    types: tuple[tuple[int, ...], ...]
    target: Any = None
    align: Any = None

    @property
    def length(self) -> int:
        """Tokens of the longest row."""
        return max(map(len, self.rows))

    @property
    def tokens(self) -> int:
        """Tokens of all rows."""
        return sum(map(len, self.rows))


def encode_texts(tokenizer: Any, texts: Sequence[str]) -> list[Any]:
    """Encodings without special tokens, in the order of the texts."""
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    encodings: list[Any] = backend.encode_batch(list(texts), add_special_tokens=False)
    return encodings


def frame(tokenizer: Any) -> tuple[list[int], list[int], int]:
    """The special tokens before and after a text, and its token type, as the tokenizer sets them."""
    probe, empty = encode_texts(tokenizer, ["a", ""])
    count = len(probe.ids)
    bare = tokenizer.backend_tokenizer.post_process(empty, None, True)
    whole = tokenizer.backend_tokenizer.post_process(probe, None, True)
    place = next(i for i, sequence in enumerate(whole.sequence_ids) if sequence == 0)
    assert len(whole.ids) == len(bare.ids) + count
    return list(whole.ids[:place]), list(whole.ids[place + count :]), int(whole.type_ids[place])


def join(tokenizer: Any, first: Any, second: Any | None, max_length: int, cut: Sides = "longest", direction: str = "right") -> Any:
    """One encoding with special tokens, at most `max_length` long: the side named by `cut` is shortened, from `direction`.

    "longest" takes tokens from whichever side is longer, one at a time, as transformers' longest_first does.
    """
    backend = tokenizer.backend_tokenizer
    room = max_length - backend.num_special_tokens_to_add(second is not None)
    if second is None:
        _shorten(first, room, direction)
        return backend.post_process(first, None, True)
    a, b = len(first.ids), len(second.ids)
    if a + b > room:
        if cut == "first":
            a = max(1, room - b)
            b = min(b, room - a)
        elif cut == "second":
            b = max(1, room - a)
            a = min(a, room - b)
        else:
            a, b = _balanced(a, b, room)
        _shorten(first, a, direction)
        _shorten(second, b, direction)
    return backend.post_process(first, second, True)


def _balanced(a: int, b: int, room: int) -> tuple[int, int]:
    """Lengths after tokens were taken from the longer side (the first at a tie stays) until both fit."""
    shorter = min(a, b)
    if shorter * 2 <= room:
        return (a, room - a) if a <= b else (room - b, b)
    return (room + 1) // 2, room // 2


def _shorten(encoding: Any, length: int, direction: str) -> None:
    if len(encoding.ids) > length:
        encoding.truncate(length, stride=0, direction=direction)


def windows(encoding: Any, length: int, step: int) -> list[Any]:
    """The encoding cut into windows of `length` tokens whose starts lie `step` apart (SQuAD's document stride)."""
    if len(encoding.ids) > length:
        encoding.truncate(length, stride=max(0, length - max(1, min(step, length))), direction="right")
    return [encoding, *encoding.overflowing]
