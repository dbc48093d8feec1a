"""Attention in padded blocks, in bfloat16: its value and its gradients against the textbook in float64, with the same masks."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stiltsreport.modeling.packed.blocks import SCORES, Blocks, attend, attend_alone, attend_back
from stiltsreport.modeling.packed.masks import Masks, multiplier

LENGTHS = (4, 4, 1, 33, 40, 9)  # sorted but for the last: three blocks
HEADS, SIZE, SPARE = 3, 8, 5
WIDTH, TOKENS = HEADS * SIZE, sum(LENGTHS)
LOW = torch.bfloat16


def masks() -> Masks:
    return Masks((1, 2), [(place, 0) for place in range(len(LENGTHS))], LENGTHS)


def given(seed: int, width: int) -> Tensor:
    """Rows as the layers have them: some more than there are tokens."""
    return torch.randn(TOKENS + SPARE, width, generator=torch.Generator().manual_seed(seed)).to(LOW)


def plain(projected: Tensor, scaling: float, dropout: float) -> Tensor:
    """The textbook, sequence by sequence, from (tokens, 3 * width)."""
    kept = masks().draw([HEADS * length**2 for length in LENGTHS], dropout) if dropout else None
    parts, begin, drawn = [], 0, 0
    for length in LENGTHS:
        query, key, value = projected[begin : begin + length].view(length, 3, HEADS, SIZE).permute(1, 2, 0, 3)
        weights = (query @ key.mT * scaling).softmax(-1)
        if kept is not None:
            end = drawn + HEADS * length**2
            weights = weights * multiplier(kept[drawn:end], dropout, torch.float64).view(HEADS, length, length)
            drawn = end
        parts.append((weights @ value).transpose(0, 1).reshape(length, WIDTH))
        begin += length
    return torch.cat(parts)


def cosine(found: Tensor, expected: Tensor) -> float:
    return float(torch.nn.functional.cosine_similarity(found.double().flatten(), expected.double().flatten(), 0))


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_value_and_gradients(dropout: float) -> None:
    projected, gradient = given(0, 3 * WIDTH), given(1, WIDTH)
    gradient[TOKENS:] = 0.0
    blocks = Blocks.of(LENGTHS, HEADS)
    found, attended = attend(projected, blocks, 0.3, blocks.multipliers(masks(), dropout))
    back = attend_back(gradient, attended, blocks, 0.3)
    exact = projected[:TOKENS].double().requires_grad_()
    expected = plain(exact, 0.3, dropout)
    (expected_back,) = torch.autograd.grad(expected, exact, gradient[:TOKENS].double())
    # bfloat16 has 8 bits: values near 1 are off by up to 0.004 at each of a few roundings.
    torch.testing.assert_close(found[:TOKENS].double(), expected.detach(), rtol=0.03, atol=0.03)
    torch.testing.assert_close(back[:TOKENS].double(), expected_back, rtol=0.05, atol=0.05)
    assert cosine(found[:TOKENS], expected.detach()) > 0.9999
    assert cosine(back[:TOKENS], expected_back) > 0.9999
    assert not found[TOKENS:].any()
    assert not back[TOKENS:].any()


def test_without_a_way_back_the_value_is_the_same() -> None:
    projected, blocks = given(0, 3 * WIDTH), Blocks.of(LENGTHS, HEADS)
    expected, _ = attend(projected, blocks, 0.3, blocks.multipliers(None, 0.0))
    assert torch.equal(attend_alone(projected, blocks, 0.3), expected)


def test_what_lies_behind_the_tokens_reaches_nothing() -> None:
    projected, gradient = given(0, 3 * WIDTH), given(1, WIDTH)
    blocks = Blocks.of(LENGTHS, HEADS)
    results = []
    for other in (0.0, 100.0):
        projected[TOKENS:], gradient[TOKENS:] = other, other
        found, attended = attend(projected, blocks, 0.3, blocks.multipliers(None, 0.0))
        results.append((found, attend_back(gradient, attended, blocks, 0.3)))
    assert all(torch.equal(one, other) for one, other in zip(*results, strict=True))


def test_blocks_hold_sequences_that_are_padded_alike_and_no_more_than_fit() -> None:
    assert [part.lengths for part in Blocks.of(LENGTHS, HEADS).parts] == [(4, 4, 1), (33, 40), (9,)]
    assert [part.length for part in Blocks.of(LENGTHS, HEADS).parts] == [32, 64, 32]
    room = SCORES // (12 * 64**2)
    assert [len(part.lengths) for part in Blocks.of((40,) * (2 * room + 1), 12).parts] == [room, room, 1]


def test_a_sequence_longer_than_a_block_is_one_of_its_own() -> None:
    assert [len(part.lengths) for part in Blocks.of((500, 500), 12).parts] == [1, 1]


def test_dropout_without_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the masks of its batch"):
        Blocks.of(LENGTHS, HEADS).multipliers(None, 0.1)
