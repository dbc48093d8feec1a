"""Attention sequence by sequence: its value and its gradients, against the formula written with torch's own operations."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stiltsreport.modeling.packed import Packing
from stiltsreport.modeling.packed.masks import Masks, multiplier
from stiltsreport.modeling.packed.sequences import attend

LENGTHS = (4, 4, 1, 9)
HEADS, SIZE = 3, 5


def sides(dtype: torch.dtype = torch.float64) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    # Laid out as a linear layer leaves them: (tokens, heads, size) in memory.
    return [torch.randn(1, sum(LENGTHS), HEADS, SIZE, generator=generator, dtype=dtype).transpose(1, 2).requires_grad_() for _ in range(3)]


def packing(keyed: bool = True) -> Packing:
    masks = Masks((1, 2), [(place, 0) for place in range(len(LENGTHS))], LENGTHS) if keyed else None
    return Packing.of(LENGTHS, torch.device("cpu"), masks)


def plain(query: Tensor, key: Tensor, value: Tensor, scaling: float, dropout: float, window: int | None) -> Tensor:
    """The textbook, one (length x length) softmax a sequence; the masks drawn as they are keyed."""
    kept = packing().masks.draw([HEADS * length**2 for length in LENGTHS], dropout) if dropout else None
    parts, begin, drawn = [], 0, 0
    for length in LENGTHS:
        q, k, v = (side[0, :, begin : begin + length] for side in (query, key, value))
        scores = q @ k.transpose(1, 2) * scaling
        if window is not None:
            far = torch.tensor([[abs(i - j) >= window for j in range(length)] for i in range(length)])
            scores = scores.masked_fill(far, float("-inf"))
        weights = scores.softmax(-1)
        if kept is not None:
            count = HEADS * length**2
            weights = weights * multiplier(kept[drawn : drawn + count], dropout, weights.dtype).view(HEADS, length, length)
            drawn += count
        parts.append((weights @ v).transpose(0, 1))
        begin += length
    return torch.cat(parts).unsqueeze(0)


@pytest.mark.parametrize("window", [None, 3])
@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_value_and_gradients(dropout: float, window: int | None) -> None:
    given = sides()
    found, expected = attend(*given, packing(), 0.3, dropout, window), plain(*given, 0.3, dropout, window)
    assert found.shape == (1, sum(LENGTHS), HEADS, SIZE)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-7)  # the softmax is in float32, as transformers' is
    gradient = torch.randn_like(found)
    for mine, theirs in zip(torch.autograd.grad(found, given, gradient), torch.autograd.grad(expected, given, gradient), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("window", [None, 3])
def test_without_gradients_it_is_the_same(window: int | None) -> None:
    given = sides(torch.float32)
    with torch.inference_mode():
        found = attend(*given, packing(keyed=False), 0.3, 0.0, window)
    torch.testing.assert_close(found, plain(*given, 0.3, 0.0, window), rtol=1e-5, atol=1e-6)


def test_dropout_without_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the masks of its batch"):
        attend(*sides(), packing(keyed=False), 0.3, 0.1)
