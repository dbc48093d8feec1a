"""How many tokens go through a model at once: enough to keep the device busy, and no more than its memory holds; fewer where it did not."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.memory import CPU_TOKENS, GPU_TOKENS, MOMENTS, MemoryPlan, Setting, memory_plan
from stiltsreport.model_arithmetic import Architecture, architecture
from stiltsreport.modeling.distributed.shards import local
from stiltsreport.modeling.packed import mask_source
from stiltsreport.recipes import Recipe

TOKENS = 4096  # of one batch of an evaluation on a CPU: more gains nothing there


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


_GRADIENT, _COPY = 4, 2  # bytes of a trained weight beside itself and its moments: its gradient, its copy in bfloat16


def tokens_at_once(device: torch.device) -> int:
    """Padded tokens of one batch of an evaluation; it changes no number but by float noise."""
    return GPU_TOKENS if device.type == "cuda" else TOKENS


def training_plan(model: nn.Module, device: torch.device, recipe: Recipe, longest: int) -> MemoryPlan:
    """How training batches go through this model, which lies on the device; `longest`: tokens of the longest example.

    Raises StiltsReportError where the device's memory does not hold one example.
    """
    half, again = recipe.precision == "bfloat16", recipe.recompute
    if device.type != "cuda":
        return MemoryPlan(CPU_TOKENS["bfloat16" if half else "float32"], recompute=again == "always")
    base: Any = model.base_model
    sizes = sizes_of(base.config)
    held = [local(value) for value in model.parameters() if value.requires_grad]
    trained = sum(value.numel() for value in held if value.device.type == "cuda")
    available, total = torch.cuda.mem_get_info(device)
    share = torch.cuda.get_per_process_memory_fraction(device) * total - torch.cuda.memory_reserved(device)
    states = trained * (_GRADIENT + MOMENTS[recipe.optimizer])
    copies = _COPY * sizes.products if half and trained >= sizes.products else 0
    setting = Setting(gpu=True, half=half, tokens=longest, context=longest)
    return memory_plan(min(available, share) - states - copies, sizes, setting, longest, GPU_TOKENS, again)


def sizes_of(config: Any) -> Architecture:
    """The sizes of a model by its configuration; of a family that is not known, as though its layers were of BERT's kind."""
    try:
        return architecture(config.to_dict())
    except StiltsReportError:
        names = ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size")
        found = {name: getattr(config, name) for name in names}
        inner = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
        return architecture({**found, "model_type": "bert", "intermediate_size": inner})


def recompute(model: nn.Module) -> None:
    """Let the layers forget what they computed and do it again on the way back, with the same masks of dropout."""
    whole: Any = model
    enable = getattr(whole, "activation_checkpointing_enable", None) or whole.gradient_checkpointing_enable  # the older name
    enable({"use_reentrant": False, "context_fn": mask_source(model).again})
