"""The memory of a fine-tuning, by arithmetic: what a trained weight takes, and what a token leaves behind for the way back.

Korthikanti et al. 2022 (Reducing Activation Recomputation in Large Transformer Models, arXiv 2205.05198, section 4.1): 34 bytes a token,
layer and unit of width in half precision, without the attention probabilities, which fused kernels do not keep; 2 with recomputation.
"""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.errors import StiltsReportError

ACTIVATION_BYTES = 34
KEPT_BYTES = 2  # a layer's input alone, where the rest is computed again
STATE_BYTES = 20  # a trained weight: itself, its gradient, two moments, and the best checkpoint so far, in float32
AUTOCAST_BYTES = 2  # its bfloat16 copy
# Of a piece of a training batch on a CPU. In float32 more takes memory and no less time; bfloat16's fast products want more rows at once:
# 2,100 tokens a second by 1,024, 2,600 by 8,192 (6 layers, 384 wide).
CPU_TOKENS = {"float32": 1_024, "bfloat16": 8_192}
GPU_TOKENS = 65_536  # the same on a GPU: no batch of the recipes is larger
_SLACK = 0.85  # of what is free: allocators round up, kernels want room to work in
_WORTH_CUTTING = 2_048  # tokens of a piece from which on a GPU is busy: smaller pieces are no cheaper than recomputation


@dataclass(frozen=True)
class MemoryPlan:
    """At most `tokens` go through the layers at once; `recompute`: activations are computed again on the way back."""

    tokens: int
    recompute: bool


def activation_bytes(layers: int, hidden: int, half: bool, recompute: bool = False) -> float:
    """Bytes that a token leaves behind in training; with recomputation one layer's are held at a time, spread over the batch."""
    width = hidden * (1 if half else 2)
    return float(width * (KEPT_BYTES * layers + ACTIVATION_BYTES) if recompute else width * ACTIVATION_BYTES * layers)


def memory_plan(free: float, layers: int, hidden: int, half: bool, longest: int, most: int) -> MemoryPlan:
    """How a batch goes through a device with `free` bytes left beside weights and optimizer: whole, in pieces, or with recomputation.

    No number depends on it but by float noise. `longest`: tokens of the longest example; `most`: tokens of a piece from which more gains
    nothing. Raises StiltsReportError where not even one example fits.
    """
    plain, frugal = (int(free * _SLACK / activation_bytes(layers, hidden, half, recompute)) for recompute in (False, True))
    if plain >= max(longest, min(most, _WORTH_CUTTING)):
        return MemoryPlan(min(plain, most), recompute=False)
    if frugal >= longest:
        return MemoryPlan(min(frugal, most), recompute=True)
    needed, left = longest * activation_bytes(layers, hidden, half, recompute=True) / 1e9, max(free, 0.0) / 1e9
    raise StiltsReportError(
        f"an example of {longest} tokens needs {needed:.2g} GB and {left:.2g} GB of the device are left",
        hint="a shorter max_length, fewer --workers, or a device with more memory",
    )
