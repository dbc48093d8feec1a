"""Attention on a GPU over packed sequences of unlike lengths, by the fused kernels that PyTorch's scaled_dot_product_attention rests on.

Flash attention (Dao 2023, arXiv 2307.08691) and memory-efficient attention (Rabe & Staats 2021, arXiv 2112.05682) take the boundaries of
the sequences and dropout, which the public `varlen_attn` does not. They are no public interface and not every GPU has each: a kernel is
used on a device once it has given there what plain attention gives, gradients too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from stiltsreport.modeling.packed.packing import Packing
from stiltsreport.modeling.packed.sequences import one_by_one

Kernel = Callable[..., Tensor]  # of query, key, value, packing, scaling, dropout, window, and causal by name
_NO_MASK, _CAUSAL = 0, 1  # of memory-efficient attention's mask types
_NEAR = {torch.float32: 5e-3, torch.bfloat16: 3e-2, torch.float16: 5e-3}  # how far two exact kernels may lie apart


def attend(
    query: Tensor, key: Tensor, value: Tensor, packing: Packing, scaling: float, dropout: float = 0.0, window: int | None = None,
    *, causal: bool = False,
) -> Tensor:  # fmt: skip
    """Attention within each sequence, (1, heads, tokens, size) -> (1, tokens, heads, size).

    `window`: tokens attend only to those less than so many places away; `causal`: and only to those before them.
    """
    near = window if window is not None and window < max(packing.lengths) else None
    found = kernel(query.device, query.dtype, query.shape[-1], near is not None, causal) or one_by_one
    return found(query, key, value, packing, scaling, dropout, near, causal=causal)


@functools.cache
def kernel(device: torch.device, dtype: torch.dtype, size: int, windowed: bool = False, causal: bool = False) -> Kernel | None:
    """The first kernel that is right on that device for heads of that size, with a window or without, causal or not; None where none is."""
    return next((one for one in (flash, efficient) if _agrees(one, device, dtype, size, 5 if windowed else None, causal=causal)), None)


def flash(
    query: Tensor, key: Tensor, value: Tensor, packing: Packing, scaling: float, dropout: float, window: int | None, *, causal: bool = False
) -> Tensor:
    """Flash attention: half precision alone."""
    q, k, v = (side[0].transpose(0, 1) for side in (query, key, value))  # (tokens, heads, size)
    bounds, longest, reach = packing.boundaries, max(packing.lengths), None if window is None else window - 1
    found: Tensor = torch.ops.aten._flash_attention_forward(  # noqa: SLF001 - see the module
        q, k, v, bounds, bounds, longest, longest, dropout, causal, False, scale=scaling, window_size_left=reach,
        window_size_right=0 if causal and reach is not None else reach,
    )[0]  # fmt: skip
    return found.unsqueeze(0)


def efficient(
    query: Tensor, key: Tensor, value: Tensor, packing: Packing, scaling: float, dropout: float, window: int | None, *, causal: bool = False
) -> Tensor:
    """Memory-efficient attention: float32 too, and no window."""
    if window is not None:
        raise ValueError("memory-efficient attention is given no window")
    q, k, v = (side.transpose(1, 2) for side in (query, key, value))  # (1, tokens, heads, size)
    bounds, longest, mask = packing.boundaries, max(packing.lengths), _CAUSAL if causal else _NO_MASK
    found: Tensor = torch.ops.aten._efficient_attention_forward(  # noqa: SLF001 - see the module
        q, k, v, None, bounds, bounds, longest, longest, dropout, mask, torch.is_grad_enabled(), scale=scaling
    )[0]
    return found


def _agrees(one: Kernel, device: torch.device, dtype: torch.dtype, size: int, window: int | None, *, causal: bool) -> bool:
    with torch.inference_mode(False), torch.autocast(device.type, enabled=False):  # an evaluation may be the first to ask
        packing = Packing.of((3, 17, 64), device)
        sides = [torch.randn(1, 2, packing.tokens, size, generator=torch.Generator().manual_seed(0)).to(device, dtype) for _ in range(3)]
        try:
            found, expected = (_with_gradients(attention, sides, packing, window, causal=causal) for attention in (one, one_by_one))
        except (RuntimeError, ValueError):
            return False
        return all(torch.allclose(*pair, atol=_NEAR[dtype], rtol=_NEAR[dtype]) for pair in zip(found, expected, strict=True))


def _with_gradients(attention: Kernel, sides: list[Tensor], packing: Packing, window: int | None, *, causal: bool) -> list[Tensor]:
    query, key, value = (side.detach().clone().requires_grad_() for side in sides)
    with torch.enable_grad():
        output = attention(query, key, value, packing, query.shape[-1] ** -0.5, 0.0, window, causal=causal)
        gradients = torch.autograd.grad(output.float().square().sum(), (query, key, value))
    return [output.detach(), *gradients]
