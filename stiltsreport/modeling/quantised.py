"""Weights in 4 bits (QLoRA, Dettmers et al. 2023, arXiv 2305.14314): NormalFloat with double quantisation, by bitsandbytes.

It is imported where it is used alone. It runs on a CPU too, slowly, which is how this is tested; studies are held to CUDA by their plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.recipes import Precision

_COMPUTE = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def quantise(base: Any, layers: Iterable[nn.Module], device: torch.device, precision: Precision) -> None:
    """Hold the weights of the linear layers of these blocks in 4 bits, on the device; products are computed in the `precision`.

    Embeddings, norms and heads stay what they are. Raises StiltsReportError where bitsandbytes is not installed.
    """
    try:
        import bitsandbytes
    except ImportError as error:
        hint = "pip install 'stiltsreport[adapters]' bitsandbytes"
        raise StiltsReportError("weights in 4 bits need the package bitsandbytes", where="adaptation: bits", hint=hint) from error
    for layer in layers:
        for module in list(layer.modules()):
            for name, child in list(module.named_children()):
                if type(child) is nn.Linear:
                    setattr(module, name, _in_4_bits(bitsandbytes, child, device, precision))
    base.is_loaded_in_4bit = True  # peft looks here for which of its layers to take


def _lowered(_module: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
    return given[0].to(torch.bfloat16), *given[1:]


def _in_4_bits(bitsandbytes: Any, linear: nn.Linear, device: torch.device, precision: Precision) -> nn.Module:
    """One layer: its weights go to the device and become fewer on the way."""
    made: Any = bitsandbytes.nn.Linear4bit(
        linear.in_features, linear.out_features, bias=linear.bias is not None, compute_dtype=_COMPUTE[precision],
        compress_statistics=True, quant_type="nf4", device="meta",
    )  # fmt: skip
    made.weight = bitsandbytes.nn.Params4bit(
        linear.weight.detach(), requires_grad=False, compress_statistics=True, quant_type="nf4", module=made
    )
    if linear.bias is not None:
        made.bias = nn.Parameter(linear.bias.detach(), requires_grad=False)
    if precision == "bfloat16":  # what comes out is in the precision of what went in, under autocast that of the product
        made.register_forward_pre_hook(_lowered)
    made.support_avx512bf16_for_cpu = False  # some CPUs would repack weights for evaluations, and round their scales
    moved: nn.Module = made.to(device)
    return moved
