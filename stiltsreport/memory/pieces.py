"""How a batch goes through a device: whole, in pieces of fewer tokens, or with layers that are computed again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from stiltsreport.errors import StiltsReportError
from stiltsreport.memory.footprint import Setting, token_bytes
from stiltsreport.model_arithmetic import Architecture

Recompute = Literal["auto", "never", "always"]
# Of a piece of a training batch on a CPU. In float32 more takes memory and no less time; bfloat16's fast products want more rows at once:
# 2,100 tokens a second by 1,024, 2,600 by 8,192 (6 layers, 384 wide).
CPU_TOKENS = {"float32": 1_024, "bfloat16": 8_192}
GPU_TOKENS = 65_536  # the same on a GPU: no batch of the recipes is larger
SLACK = 0.85  # of what is free: allocators round up, kernels want room to work in
_WORTH_CUTTING = 2_048  # tokens of a piece from which on a GPU is busy: smaller pieces are no cheaper than recomputation


@dataclass(frozen=True)
class MemoryPlan:
    """At most `tokens` go through the layers at once; `recompute`: activations are computed again on the way back."""

    tokens: int
    recompute: bool


def memory_plan(free: float, model: Architecture, setting: Setting, longest: int, most: int, recompute: Recompute = "auto") -> MemoryPlan:
    """How a batch goes through a device with `free` bytes left beside weights and optimizer; `setting` says all else.

    No number depends on it but by float noise. `longest`: tokens of the longest example; `most`: tokens of a piece from which more gains
    nothing. Raises StiltsReportError where not even one example fits.
    """
    room = {again: int(free * SLACK / token_bytes(model, replace(setting, recompute=again))) for again in (False, True)}
    if recompute != "always" and room[False] >= (longest if recompute == "never" else max(longest, min(most, _WORTH_CUTTING))):
        return MemoryPlan(min(room[False], most), recompute=False)
    if recompute != "never" and room[True] >= longest:
        return MemoryPlan(min(room[True], most), recompute=True)
    needed = longest * token_bytes(model, replace(setting, recompute=recompute != "never")) / 1e9
    raise StiltsReportError(
        f"an example of {longest} tokens needs {needed:.2g} GB and {max(free, 0.0) / 1e9:.2g} GB of the device are left",
        hint="a shorter max_length, fewer --workers, or a device with more memory"
        + (", or recompute: auto" if recompute == "never" else ""),
    )
