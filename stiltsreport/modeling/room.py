"""How many tokens go through a model at once: enough to keep the device busy, and no more than its memory holds; fewer where it did not."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from stiltsreport.memory import AUTOCAST_BYTES, CPU_TOKENS, GPU_TOKENS, STATE_BYTES, MemoryPlan, memory_plan

TOKENS = 4096  # of one batch of an evaluation on a CPU: more gains nothing there
_TRAINING_STATE = STATE_BYTES - 4  # the weight itself is there already


class Share:
    """Guards what running out of memory has taught: pieces hold one in `parts` of the tokens that were planned."""

    def __init__(self, parts: int = 1) -> None:
        self.parts = parts

    def of(self, tokens: int) -> int:
        """That share of them, one at the least."""
        return max(1, tokens // self.parts)

    def halve(self) -> None:
        """Half as many from now on."""
        self.parts *= 2


def tokens_at_once(device: torch.device) -> int:
    """Padded tokens of one batch of an evaluation; it changes no number but by float noise."""
    return GPU_TOKENS if device.type == "cuda" else TOKENS


def training_plan(model: nn.Module, device: torch.device, half: bool, longest: int) -> MemoryPlan:
    """How training batches go through this model, which lies on the device; `longest`: tokens of the longest example.

    Raises StiltsReportError where the device's memory does not hold one example.
    """
    if device.type != "cuda":
        return MemoryPlan(CPU_TOKENS["bfloat16" if half else "float32"], recompute=False)
    base: Any = model.base_model
    trained = sum(value.numel() for value in model.parameters() if value.requires_grad)
    available, total = torch.cuda.mem_get_info(device)
    share = torch.cuda.get_per_process_memory_fraction(device) * total - torch.cuda.memory_reserved(device)
    free = min(available, share) - trained * (_TRAINING_STATE + (AUTOCAST_BYTES if half else 0))
    return memory_plan(free, base.config.num_hidden_layers, base.config.hidden_size, half, longest, GPU_TOKENS)


def recompute(model: nn.Module) -> None:
    """Let the layers forget what they computed and do it again on the way back."""
    whole: Any = model
    enable = getattr(whole, "activation_checkpointing_enable", None) or whole.gradient_checkpointing_enable  # the older name
    enable({"use_reentrant": False})
