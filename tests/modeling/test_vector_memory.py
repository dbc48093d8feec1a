"""Vectors remembered by text: each encoded once, in order, and the longest unused forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from stiltsreport.modeling.vector_memory import VectorMemory
from stiltsreport.tasks.examples import Passage


def passages(texts: str, context: str | None = None) -> tuple[Passage, ...]:
    return tuple(Passage(f"{place}", text, "en", context) for place, text in enumerate(texts))


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def encode(calls: list[str]) -> Callable[[Sequence[Passage]], Tensor]:
    """Two numbers a text: its code point, and the length of its context."""

    def encode(some: Sequence[Passage]) -> Tensor:
        calls.append("".join(passage.text for passage in some))
        return torch.tensor([[float(ord(passage.text)), float(len(passage.context or ""))] for passage in some])

    return encode


def codes(found: Tensor) -> str:
    return "".join(chr(int(code)) for code in found[:, 0])


def test_each_text_once_and_in_order(calls, encode):
    memory = VectorMemory()
    assert codes(memory.vectors("way", passages("abca"), encode)) == "abca"
    assert codes(memory.vectors("way", passages("dcba"), encode)) == "dcba"
    assert codes(memory.vectors("way", passages("cab"), encode)) == "cab"
    assert calls == ["abc", "d"]


def test_the_way_and_the_context_tell_texts_apart(calls, encode):
    memory = VectorMemory()
    memory.vectors("way", passages("ab"), encode)
    assert memory.vectors("way", passages("ab", "xyz"), encode).tolist() == [[97, 3], [98, 3]]
    memory.vectors("another", passages("ab"), encode)
    memory.vectors("way", passages("ba"), encode)
    assert calls == ["ab", "ab", "ab"]


def test_prepared_together(calls, encode):
    memory = VectorMemory()
    memory.prepare("way", passages("abcab"), encode, 2)
    memory.prepare("way", passages("cad"), encode, 2)
    assert codes(memory.vectors("way", passages("dab"), encode)) == "dab"
    assert calls == ["abc", "d"]


def test_what_cannot_be_remembered_is_not_prepared(calls, encode):
    memory = VectorMemory(limit=2 * 2 * 4)  # two texts
    memory.prepare("way", passages("abc"), encode, 2)
    assert calls == []
    assert codes(memory.vectors("way", passages("abcb"), encode)) == "abcb"
    assert codes(memory.vectors("way", passages("ab"), encode)) == "ab"
    assert calls == ["abc", "ab"]


def test_the_longest_unused_is_forgotten(calls, encode):
    memory = VectorMemory(limit=3 * 2 * 4)
    for texts in ("a", "b", "c", "a", "d", "a", "b"):
        assert codes(memory.vectors("way", passages(texts), encode)) == texts
    assert calls == ["a", "b", "c", "d", "b"]  # d drove b out, b drove c out
    assert sum(block.nbytes for block, _ in memory._blocks.values()) <= memory.limit
    assert len(memory._places) == 3


def test_no_texts_are_refused(encode):
    with pytest.raises(ValueError, match="no texts"):
        VectorMemory().vectors("way", (), encode)
