"""Features against the calls of transformers' own tokenizers: pairs, cutting, windows."""

from __future__ import annotations

import random
from typing import Any

import pytest

from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.features import Feature, encode_texts, join, windows
from tests.modeling.small import sentence


def one(encoder: Encoder, text: str) -> Any:
    """A text as the tokenizer's encoding."""
    return encode_texts(encoder.tokenizer, [text])[0]


def longest_first(first: list[int], second: list[int], room: int) -> tuple[list[int], list[int]]:
    """One token at a time from the longer side, from the second at a tie: the algorithm of transformers' Python tokenizers, word for word."""
    first, second = list(first), list(second)
    while len(first) + len(second) > room:
        (first if len(first) > len(second) else second).pop()
    return first, second


@pytest.mark.parametrize("name", ["encoder", "bert", "roberta"])
def test_pairs_are_encoded_as_transformers_does(name: str, request: pytest.FixtureRequest) -> None:
    """With an even number of tokens to share, where its fast and its Python tokenizers agree; the odd token has a test of its own."""
    encoder = request.getfixturevalue(name)
    special = encoder.tokenizer.num_special_tokens_to_add(pair=True)
    generator = random.Random(0)
    for _ in range(80):
        first, second = sentence(generator, 1, 20), sentence(generator, 1, 20)
        length = special + 2 * generator.randint(2, 20)
        mine = join(encoder.tokenizer, one(encoder, first), one(encoder, second), length)
        theirs = encoder.tokenizer(first, second, truncation="longest_first", max_length=length, return_token_type_ids=True)
        assert mine.ids == theirs["input_ids"]
        assert mine.type_ids == theirs["token_type_ids"]
    assert (1 in theirs["token_type_ids"]) == (name == "bert")


def test_the_longer_side_is_cut_token_by_token(encoder: Encoder) -> None:
    generator = random.Random(1)
    for _ in range(200):
        first, second = one(encoder, sentence(generator, 1, 12)), one(encoder, sentence(generator, 1, 12))
        a, b = list(first.ids), list(second.ids)
        room = generator.randint(2, 24)
        kept = longest_first(a, b, room)
        whole = join(encoder.tokenizer, first, second, room + 4)
        assert whole.ids == [0, *kept[0], 2, 2, *kept[1], 2]


@pytest.mark.parametrize("length", [5, 9, 30])
def test_a_single_text_is_cut_at_its_end(encoder: Encoder, length: int) -> None:
    text = "the man and the woman sleeps in the city"
    mine = join(encoder.tokenizer, one(encoder, text), None, length)
    assert mine.ids == encoder.tokenizer(text, truncation=True, max_length=length)["input_ids"]


@pytest.mark.parametrize(("cut", "strategy"), [("first", "only_first"), ("second", "only_second")])
def test_one_side_alone_is_cut(encoder: Encoder, cut: Any, strategy: str) -> None:
    texts = "the man and the woman sleeps in the city", "a dog runs on the red green blue"
    for length in (14, 17, 40):
        mine = join(encoder.tokenizer, one(encoder, texts[0]), one(encoder, texts[1]), length, cut=cut)
        assert mine.ids == encoder.tokenizer(*texts, truncation=strategy, max_length=length)["input_ids"]


def test_a_side_that_leaves_no_room_for_the_other_is_cut_as_well(encoder: Encoder) -> None:
    """transformers gives up here; a row never exceeds the length, and both sides keep at least one token."""
    long, short = "the man and the woman sleeps in the city", "a dog"
    for cut, texts in (("first", (short, long)), ("second", (long, short))):
        mine = join(encoder.tokenizer, one(encoder, texts[0]), one(encoder, texts[1]), 9, cut=cut)
        assert len(mine.ids) == 9
        assert set(mine.sequence_ids) == {None, 0, 1}


def test_a_prompt_cut_from_the_left_keeps_its_end(encoder: Encoder) -> None:
    prompt, choice = "the man and the woman sleeps in", "the city"
    mine = join(encoder.tokenizer, one(encoder, prompt), one(encoder, choice), 9, cut="first", direction="left")
    prompt_ids, choice_ids = one(encoder, prompt).ids, one(encoder, choice).ids
    assert mine.ids == [0, *prompt_ids[-3:], 2, 2, *choice_ids, 2]


@pytest.mark.parametrize(("length", "step"), [(7, 3), (7, 7), (8, 1), (20, 5), (6, 100)])
def test_windows_are_those_of_transformers(encoder: Encoder, length: int, step: int) -> None:
    """Its stride is the overlap: the window less our step, as the SQuAD script turns document_stride around."""
    for text in ("the man and the woman sleeps in the city of the red and green dog", "a cat", "the the the the the the the"):
        mine = [window.ids for window in windows(one(encoder, text), length, step)]
        theirs = encoder.tokenizer(
            text, truncation=True, max_length=length + 2, stride=length - min(step, length), return_overflowing_tokens=True
        )["input_ids"]
        mine = [[0, *ids, 2] for ids in mine]
        assert mine == theirs


def test_lengths_of_several_rows() -> None:
    feature = Feature(0, ((1, 2, 3), (1,)), ((0, 0, 0), (0,)))
    assert (feature.length, feature.tokens) == (3, 4)
