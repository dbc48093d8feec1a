"""The kernels of a GPU: their shapes by torch's meta tensors everywhere, their numbers where there is a GPU."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from stiltsreport.modeling.packed import Packing, variable_length
from stiltsreport.modeling.packed.sequences import one_by_one
from stiltsreport.modeling.packed.variable_length import attend, efficient, flash, kernel

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("one", "dtype", "window"), [(flash, torch.bfloat16, None), (flash, torch.bfloat16, 5), (efficient, torch.float32, None)]
)
def test_shapes_of_output_and_gradients(one: variable_length.Kernel, dtype: torch.dtype, window: int | None) -> None:
    """As they are called: an argument that PyTorch renames or moves is found without a GPU."""
    packing = Packing.of((3, 17, 64), CPU)
    packing = replace(packing, boundaries=packing.boundaries.to("meta"))
    sides = [torch.randn(1, 84, 2, 32, device="meta", dtype=dtype).transpose(1, 2).requires_grad_() for _ in range(3)]
    output = one(*sides, packing, 32**-0.5, 0.1, window)
    assert output.shape == (1, 84, 2, 32)
    if one is efficient:
        return  # PyTorch's own description of that kernel's way back does not fit its call
    gradients = torch.autograd.grad(output, sides, torch.ones_like(output))
    assert [gradient.shape for gradient in gradients] == [side.shape for side in sides]


@pytest.mark.parametrize("window", [None, 5])
def test_a_device_without_the_kernels_attends_one_by_one(window: int | None) -> None:
    assert kernel(CPU, torch.float32, 32) is None
    packing = Packing.of((3, 17), CPU)
    sides = [torch.randn(1, 2, 20, 32) for _ in range(3)]
    assert torch.equal(attend(*sides, packing, 0.1, 0.0, window), one_by_one(*sides, packing, 0.1, 0.0, window))


def test_a_kernel_may_first_be_asked_for_in_an_evaluation() -> None:
    """Its gradients are tried there too, or it would count as absent for all later trainings."""
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert variable_length._agrees(one_by_one, torch.device("cpu"), torch.float32, 8, 5, causal=False)


def test_a_kernel_that_is_wrong_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Right in value and wrong in its gradient, wrong with a window, or failing: the next is tried."""
    kernel.cache_clear()
    monkeypatch.setattr(variable_length, "flash", lambda q, *rest, **named: one_by_one(q.detach() + 0 * q, *rest, **named))
    monkeypatch.setattr(variable_length, "efficient", lambda *given, **named: one_by_one(*given[:6], None, **named))
    assert kernel(CPU, torch.float32, 32) is variable_length.efficient
    assert kernel(CPU, torch.float32, 32, windowed=True) is None
    kernel.cache_clear()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
@pytest.mark.parametrize("size", [32, 64])
def test_a_gpu_gives_what_plain_attention_gives(size: int) -> None:
    device = torch.device("cuda")
    assert kernel(device, torch.bfloat16, size) is flash
    assert kernel(device, torch.bfloat16, size, windowed=True) is flash
    assert kernel(device, torch.float32, size) is efficient
    assert kernel(device, torch.float32, size, windowed=True) is None
