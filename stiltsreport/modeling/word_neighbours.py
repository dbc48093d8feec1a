"""Neighbours of words by the pretrained embedding table, for RS-DA where no synonym file is at hand: our own addition to Huang et al. 2021.

Three choices are ours. Neighbours are sought among the words that are given, those of the English training set: in a multilingual table
the nearest to "doctor" are its translations, and a set augmented with them would no longer be English. Words in lower case and of letters
alone count, as in the counter-fitted vectors of the release: another name, month or number is no synonym. Rows are centred by the mean of
the table first, since in many tables all rows share a direction that says nothing about their words.

Measured on the embedded encoder and SNLI's words with a cosine of 0.5: inflections (play, played), near synonyms (beautiful, gorgeous) and
relatives (meal, dinner); some change what is said (two, three; boy, girl), which counter-fitted vectors are made to avoid.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor

_BLOCK = 512  # words whose similarities to all others are at hand at once


def word_neighbours(
    table: Tensor, tokenizer: Any, words: Collection[str], neighbours: int, similarity: float
) -> dict[str, tuple[str, ...]]:
    """The nearest of the other `words` to each, at most so many, the nearest first; words without any are left out.

    `table` (vocabulary, hidden) is the input embedding table. A word counts where it consists of lower-case letters and the tokenizer has
    one piece for it. Near are those whose rows have a cosine of at least `similarity` after centring. The result depends neither on the
    order of `words` nor on chance.
    """
    pieces = _whole_words(tokenizer, words)
    names = list(pieces)
    if not names:
        return {}
    rows = table[torch.tensor(list(pieces.values()))].float() - table.float().mean(dim=0)
    rows = torch.nn.functional.normalize(rows, dim=1)
    found: dict[str, tuple[str, ...]] = {}
    for begin in range(0, len(names), _BLOCK):
        cosines = rows[begin : begin + _BLOCK] @ rows.T
        values, places = cosines.topk(min(neighbours + 1, len(names)), dim=1)
        for word, near, where in zip(names[begin : begin + _BLOCK], values.tolist(), places.tolist(), strict=True):
            others = sorted(
                (-value, names[place]) for value, place in zip(near, where, strict=True) if value >= similarity and names[place] != word
            )
            if others:
                found[word] = tuple(name for _, name in others[:neighbours])
    return found


def _whole_words(tokenizer: Any, words: Collection[str]) -> dict[str, int]:
    """The id of each word that is one piece, in alphabetical order."""
    letters = sorted({word for word in words if word.isalpha() and word == word.lower()})
    if not letters:
        return {}
    encoded = tokenizer(letters, add_special_tokens=False)["input_ids"]
    return {word: ids[0] for word, ids in zip(letters, encoded, strict=True) if len(ids) == 1 and ids[0] != tokenizer.unk_token_id}
