"""Attention on a GPU over packed sequences of unlike lengths, by the fused kernels that PyTorch's scaled_dot_product_attention rests on.

Flash attention (Dao 2023, arXiv 2307.08691) in half precision, memory-efficient attention (Rabe & Staats 2021, arXiv 2112.05682) in
float32; both take the boundaries of the sequences and dropout, which the public `varlen_attn` does not.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor
from torch.nn import functional

from stiltsreport.modeling.packed.packing import Packing

_HALF = (torch.float16, torch.bfloat16)
_NO_MASK = 0  # of memory-efficient attention's mask types
_NEAR = {torch.float32: 1e-4, torch.bfloat16: 3e-2, torch.float16: 5e-3}  # how far two exact kernels may lie apart


def attend(
    query: Tensor, key: Tensor, value: Tensor, packing: Packing, scaling: float, dropout: float = 0.0, window: int | None = None
) -> Tensor:
    """Attention within each sequence, (1, heads, tokens, size) -> (1, tokens, heads, size).

    `window`: tokens attend only to those less than so many places away.
    """
    longest = max(packing.lengths)
    q, k, v = (side.transpose(1, 2) for side in (query, key, value))  # (1, tokens, heads, size)
    reach = None if window is None or longest <= window else window - 1
    if query.dtype in _HALF:
        found: Tensor = torch.ops.aten._flash_attention_forward(  # noqa: SLF001 - the public form has no dropout
            q[0], k[0], v[0], packing.boundaries, packing.boundaries, longest, longest, dropout, False, False,
            scale=scaling, window_size_left=reach, window_size_right=reach,
        )[0]  # fmt: skip
        return found.unsqueeze(0)
    if reach is not None:
        raise NotImplementedError("a sliding window in float32 on a GPU: bfloat16, or padded tokens")
    output: Tensor = torch.ops.aten._efficient_attention_forward(  # noqa: SLF001 - as above
        q, k, v, None, packing.boundaries, packing.boundaries, longest, longest, dropout, _NO_MASK, torch.is_grad_enabled(), scale=scaling
    )[0]
    return output


@functools.cache
def works(device: torch.device, dtype: torch.dtype, size: int) -> bool:
    """Whether these kernels exist on the device, for heads of that size, and give what plain attention gives, gradients too: tried once.

    They are no public interface and not every GPU has each; where they fail, batches are padded as ever.
    """
    packing = Packing.of((3, 17, 64), device)
    generator = torch.Generator(device).manual_seed(0)
    sides = [torch.randn(1, 2, packing.tokens, size, device=device, generator=generator).to(dtype) for _ in range(3)]
    try:
        return all(
            torch.allclose(*pair, atol=_NEAR[dtype], rtol=_NEAR[dtype])
            for pair in zip(_with_gradients(attend, sides, packing), _with_gradients(_plain, sides, packing), strict=True)
        )
    except (RuntimeError, NotImplementedError):
        return False


def _with_gradients(attention: object, sides: list[Tensor], packing: Packing) -> list[Tensor]:
    leaves = [side.detach().clone().requires_grad_() for side in sides]
    with torch.enable_grad():
        output: Tensor = attention(*leaves, packing, leaves[0].shape[-1] ** -0.5)  # type: ignore[operator]
        output.float().square().sum().backward()  # type: ignore[no-untyped-call]
    return [output.detach(), *(leaf.grad for leaf in leaves if leaf.grad is not None)]


def _plain(query: Tensor, key: Tensor, value: Tensor, packing: Packing, scaling: float) -> Tensor:
    """The same, one sequence after another."""
    sides = (torch.split(side, list(packing.lengths), 2) for side in (query, key, value))
    parts = [functional.scaled_dot_product_attention(q, k, v, scale=scaling) for q, k, v in zip(*sides, strict=True)]
    return torch.cat(parts, 2).transpose(1, 2)
