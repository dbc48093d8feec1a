"""Packing: there and back."""

from __future__ import annotations

import torch

from stiltsreport.modeling.packed import Packing


def test_rows_lie_end_to_end_and_come_back() -> None:
    packing = Packing.of((3, 1, 2), torch.device("cpu"))
    padded = torch.tensor([[[1.0], [2.0], [3.0]], [[4.0], [0.0], [0.0]], [[5.0], [6.0], [0.0]]])
    packed = packing.pack(padded)
    assert packed.flatten().tolist() == [1, 2, 3, 4, 5, 6]
    assert packed.shape == (1, 6, 1)
    assert torch.equal(packing.pad(packed), padded)
    assert packing.positions.tolist() == [[0, 1, 2, 0, 0, 1]]
    assert packing.boundaries.tolist() == [0, 3, 4, 6]
    assert packing.boundaries.dtype == torch.int32
    assert (packing.rows, packing.tokens, packing.padded) == (3, 6, 3)


def test_padding_gets_zeros_and_no_gradient() -> None:
    packing = Packing.of((2, 3), torch.device("cpu"))
    packed = torch.ones(1, 5, 2, requires_grad=True)
    padded = packing.pad(packed)
    assert padded[0, 2].tolist() == [0, 0]
    padded.sum().backward()
    assert torch.equal(packed.grad, torch.ones(1, 5, 2))
