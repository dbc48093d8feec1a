"""Which tokens a decoder's attention reaches: those to the left, as it was pretrained, or all of the text (LLM2Vec, arXiv 2404.05961)."""

from __future__ import annotations

from typing import Any

from torch import nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.architectures.classes import DECODERS
from stiltsreport.recipes import Attention


def direct(model: nn.Module, attention: Attention) -> nn.Module:
    """The model with its attention in that direction.

    transformers makes its masks by the config's `is_causal`, and where it makes none, its kernels go by each layer's. Raises
    StiltsReportError where an encoder is to be causal: it was never pretrained so.
    """
    base: Any = model.base_model
    family = base.config.model_type
    if attention == "pretrained" or (attention == "bidirectional" and family not in DECODERS):
        return model
    if family not in DECODERS:
        hint = "attention: pretrained; a choice for decoders alone"
        raise StiltsReportError(f"{family} reads in both directions and cannot be made causal", where="recipe: attention", hint=hint)
    causal = attention == "causal"
    base.config.is_causal = causal
    for module in base.modules():
        if hasattr(module, "is_causal"):
            module.is_causal = causal
    return model


def is_causal(model: nn.Module) -> bool:
    """Whether a token's state depends on no token to its right."""
    base: Any = model.base_model
    return base.config.model_type in DECODERS and getattr(base.config, "is_causal", True) is not False
