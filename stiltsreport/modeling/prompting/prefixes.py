"""Texts that begin alike are read once: a prompt's labels, prompts behind the same demonstrations, a sentence that is tagged word by word.

What was read is kept as keys and values of every layer. A text stands at the end of its row before more of it is read, so that its tokens
are as far apart as in the text alone, and a sliding window reaches as far.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stiltsreport.memory import ASKED_TOKENS

if TYPE_CHECKING:
    from stiltsreport.modeling.prompting.language_model import LanguageModel

Row = tuple[list[int], int]  # the tokens of a prompt with its continuation, and where the continuation's begin
_WORTH_KEEPING = 8  # tokens that all prompts begin with


@dataclass(frozen=True)
class Read:
    """The tokens of texts, and each layer's keys and values: (texts, heads, places, width). `ends`: the place behind each text's last."""

    tokens: list[list[int]]
    ends: list[int]
    layers: list[tuple[Tensor, Tensor]]


def nothing_read(texts: int) -> Read:
    """Of so many texts nothing yet."""
    return Read([[] for _ in range(texts)], [0] * texts, [])


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts begin with alike.

    >>> common([1, 2, 3], [1, 2, 4, 5]), common([], [1])
    (2, 0)
    """
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def kept(read: Read, texts: Sequence[int], lengths: Sequence[int]) -> Read:
    """The beginnings of those texts, of so many tokens each; a text may stand there several times."""
    tokens = [read.tokens[text][:length] for text, length in zip(texts, lengths, strict=True)]
    most = max(lengths, default=0)
    if not most:
        return nothing_read(len(tokens))
    device = read.layers[0][0].device
    behind = [read.ends[text] - len(read.tokens[text]) + length for text, length in zip(texts, lengths, strict=True)]
    places = (torch.tensor(behind, device=device)[:, None] + torch.arange(-most, 0, device=device)).clamp(min=0)
    rows = torch.tensor(list(texts), device=device)[:, None]
    layers = [tuple(part[rows, :, places].transpose(1, 2) for part in layer) for layer in read.layers]
    return Read(tokens, [most] * len(tokens), layers)  # type: ignore[arg-type] # two of each


def read_on(model: LanguageModel, read: Read, more: Sequence[Sequence[int]]) -> tuple[Tensor, Read]:
    """Read the tokens that follow each text, which `kept` has put in place: (their last states, what is read now).

    Where one text has fewer than others, its states are filled up with such that mean nothing.
    """
    from transformers import DynamicCache

    device = model.device
    before, longest = (read.layers[0][0].shape[2] if read.layers else 0), max(map(len, more))
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in more], device=device)
    lengths, new = (torch.tensor([len(row) for row in rows], device=device)[:, None] for rows in (read.tokens, more))
    places = torch.arange(before + longest, device=device)
    seen = (places >= before - lengths) & (places < before + new.clamp(min=1))  # a text without any token sees one that is cut off later
    positions = (lengths + torch.arange(longest, device=device)).clamp(max=model.longest - 1)
    cache = DynamicCache()
    for number, (keys, values) in enumerate(read.layers):
        cache.update(keys, values, number)
    found = model.network.base_model(
        input_ids=ids, attention_mask=seen.long(), position_ids=positions, past_key_values=cache, use_cache=True
    )  # fmt: skip
    for text, row in zip(read.tokens, more, strict=True):
        model.work.read(len(row), len(text))
    tokens = [[*text, *row] for text, row in zip(read.tokens, more, strict=True)]
    layers = [(layer.keys, layer.values) for layer in found.past_key_values.layers]
    return found.last_hidden_state, Read(tokens, [before + len(row) for row in more], layers)


def log_likelihoods(
    model: LanguageModel, read: Read, texts: Sequence[int], groups: Sequence[Sequence[Row]]
) -> tuple[list[list[float]], Read]:
    """(The natural log of each continuation's probability, what is read now) of each prompt's continuations.

    `texts`: the text of `read` that each prompt begins with; what both have in common is not read again. All but the last token before a
    continuation is read once for all of a prompt.
    """
    shared = [_shared(rows) for rows in groups]
    known = [min(length, common(read.tokens[text], rows[0][0])) for length, text, rows in zip(shared, texts, groups, strict=True)]
    now = kept(read, texts, known)
    if shared != known:
        _, now = read_on(model, now, [rows[0][0][done:length] for rows, done, length in zip(groups, known, shared, strict=True)])
    owners = [number for number, rows in enumerate(groups) for _ in rows]
    rows = [row for group in groups for row in group]
    left = [(ids[shared[owner] :], start - shared[owner]) for owner, (ids, start) in zip(owners, rows, strict=True)]
    states, _ = read_on(model, kept(now, owners, [shared[owner] for owner in owners]), [ids for ids, _ in left])
    sums = iter(model.scored(states, left))
    return [[next(sums) for _ in group] for group in groups], now


def _shared(rows: Sequence[Row]) -> int:
    """Tokens that all rows of a prompt begin with, but for the one whose state the first token of a continuation is judged by."""
    first, start = rows[0]
    return max(0, min(start, *(min(common(first, ids), start) for ids, start in rows)) - 1)


def beginning(model: LanguageModel, groups: Iterable[Sequence[Row]]) -> Read:
    """What all prompts begin with, read as one text: their demonstrations. Nothing where that is not worth it."""
    first: list[int] | None = None
    for rows in groups:
        start = rows[0][0][: _shared(rows)]
        first = start if first is None else first[: common(first, start)]
        if len(first) < _WORTH_KEEPING:
            return nothing_read(1)
    return nothing_read(1) if first is None else read_on(model, nothing_read(1), [first])[1]


def batches(sizes: Sequence[tuple[int, int]], kind: str) -> Iterator[list[int]]:
    """Places of groups of (rows, tokens of the longest) that are asked together, those of like length: one group at least."""
    order = sorted(range(len(sizes)), key=lambda place: -sizes[place][1])
    batch: list[int] = []
    for place in order:
        rows = sum(sizes[other][0] for other in (*batch, place))
        if batch and rows * sizes[batch[0]][1] > ASKED_TOKENS[kind]:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
