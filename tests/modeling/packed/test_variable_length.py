"""The kernels of a GPU: their shapes by torch's meta tensors everywhere, their numbers where there is a GPU."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from stiltsreport.modeling.packed import Packing
from stiltsreport.modeling.packed.variable_length import attend, works


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_shapes_of_output_and_gradients(dtype: torch.dtype) -> None:
    """As they are called: an argument that PyTorch renames or moves is found without a GPU."""
    packing = Packing.of((3, 17, 64), torch.device("cpu"))
    packing = replace(packing, boundaries=packing.boundaries.to("meta"))
    sides = [torch.randn(1, 84, 2, 32, device="meta", dtype=dtype).transpose(1, 2).requires_grad_() for _ in range(3)]
    output = attend(*sides, packing, 32**-0.5, 0.1)
    assert output.shape == (1, 84, 2, 32)
    if dtype == torch.float32:
        return  # PyTorch's own description of that kernel's way back does not fit its call
    gradients = torch.autograd.grad(output, sides, torch.ones_like(output))
    assert [gradient.shape for gradient in gradients] == [side.shape for side in sides]


def test_a_window_needs_half_precision() -> None:
    packing = Packing.of((3, 17), torch.device("cpu"))
    sides = [torch.randn(1, 2, 20, 32, device="meta") for _ in range(3)]
    with pytest.raises(NotImplementedError, match="bfloat16"):
        attend(*sides, packing, 0.1, 0.0, window=4)


def test_a_device_without_the_kernels_is_told() -> None:
    assert not works(torch.device("cpu"), torch.bfloat16, 32)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("size", [32, 64])
def test_a_gpu_gives_what_plain_attention_gives(dtype: torch.dtype, size: int) -> None:
    assert works(torch.device("cuda"), dtype, size)
