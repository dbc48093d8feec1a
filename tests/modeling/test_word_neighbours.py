"""Neighbours by an embedding table: a hand-made table with known angles, and the tiny encoders."""

from __future__ import annotations

import math
import random

import pytest
import torch

from stiltsreport.modeling.word_neighbours import word_neighbours
from tests.modeling.small import bert_with_types, loaded
from tests.tiny import WORDS


class Pieces:
    """A tokenizer that has one piece a word of its list, and letters for all others."""

    unk_token_id = 0

    def __init__(self, *words):
        self.ids = {word: number for number, word in enumerate(words, start=1)}

    def __call__(self, words, *, add_special_tokens):
        assert not add_special_tokens
        return {"input_ids": [[self.ids[word]] if word in self.ids else [0] if word == "ø" else [0] * len(word) for word in words]}


def at(*degrees):
    """Rows at those angles and, so that their mean is zero, opposite ones; row 0 is that of unknown pieces."""
    rows = [[math.cos(math.radians(angle)), math.sin(math.radians(angle))] for angle in degrees]
    return torch.tensor([[0.0, 0.0], *rows, *[[-x, -y] for x, y in rows]])


def test_neighbours_are_those_within_the_angle_the_nearest_first():
    tokenizer = Pieces("good", "fine", "bad", "far")
    table = at(0, 20, 50, 100.5)
    found = word_neighbours(table, tokenizer, ["far", "good", "bad", "fine"], 8, math.cos(math.radians(51)))
    assert found == {"good": ("fine", "bad"), "fine": ("good", "bad"), "bad": ("fine", "good", "far"), "far": ("bad",)}
    assert word_neighbours(table, tokenizer, ["far", "good", "bad", "fine"], 1, 0.5)["bad"] == ("fine",)
    assert word_neighbours(table, tokenizer, ["far", "good"], 8, 0.5) == {}


def test_what_all_rows_share_does_not_make_them_near():
    tokenizer = Pieces("good", "fine", "far")
    shifted = at(0, 20, 120) + torch.tensor([[100.0, 0.0]])
    found = word_neighbours(shifted, tokenizer, ["good", "fine", "far"], 8, 0.5)
    assert found == {"good": ("fine",), "fine": ("good",)}


def test_only_whole_words_in_lower_case_of_letters_count():
    tokenizer = Pieces("good", "Good", "good,", "1999")
    assert word_neighbours(at(0, 1, 2, 3), tokenizer, ["good", "Good", "good,", "1999", "ø", "unheard", ""], 8, 0.1) == {}
    assert word_neighbours(at(0), tokenizer, [], 8, 0.1) == {}


@pytest.mark.parametrize("family", ["xlm-roberta", "bert"])
def test_real_tokenizers_and_a_brute_force(family, tmp_path, tiny_model):
    encoder = loaded(tiny_model) if family == "xlm-roberta" else loaded(bert_with_types(tmp_path / "types"))
    words = [word for word in WORDS if word.isalpha()]
    vocabulary = encoder.tokenizer.get_vocab()
    mark = "▁" if family == "xlm-roberta" else ""
    table = encoder.table.base
    centred = table - table.mean(dim=0)
    expected = {}
    for word in words:
        row = centred[vocabulary[mark + word]]
        near = {
            other: float(torch.dot(row, one) / (row.norm() * one.norm()))
            for other in words
            if other != word
            for one in [centred[vocabulary[mark + other]]]
        }
        best = [other for other in sorted(near, key=lambda name: -near[name]) if near[other] >= 0.1][:3]
        if best:
            expected[word] = tuple(best)
    assert word_neighbours(table, encoder.tokenizer, words, 3, 0.1) == expected
    assert len(expected) > len(words) / 2
    shuffled = list(words)
    random.Random(0).shuffle(shuffled)
    assert word_neighbours(table, encoder.tokenizer, shuffled + shuffled, 3, 0.1) == expected


def test_blocks_do_not_show(monkeypatch):
    names = [a + b for a in "abcdefgh" for b in "abcdefgh"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        table = torch.randn(len(names) + 1, 8)
    whole = word_neighbours(table, Pieces(*names), names, 4, 0.3)
    monkeypatch.setattr("stiltsreport.modeling.word_neighbours._BLOCK", 7)
    assert word_neighbours(table, Pieces(*names), names, 4, 0.3) == whole
    assert max(map(len, whole.values())) == 4
