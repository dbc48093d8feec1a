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
    StiltsReportError where an encoder is to be causal, which was never pretrained so, and for a decoder of a family that is not known to
    turn.
    """
    base: Any = model.base_model
    family = base.config.model_type
    if attention == "pretrained" or (family not in DECODERS and (attention == "causal") == _reads_leftward(base)):
        return model
    if family not in DECODERS and attention == "bidirectional":
        hint = f"attention: pretrained; a choice for {', '.join(DECODERS)}"
        raise StiltsReportError(f"{family} cannot be made to read in both directions", where="recipe: attention", hint=hint)
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
    if base.config.model_type not in DECODERS:
        return _reads_leftward(base)
    return getattr(base.config, "is_causal", True) is not False


def _reads_leftward(base: nn.Module) -> bool:
    """Whether a family's own layers say so: those of encoders say no, or nothing."""
    return any(getattr(module, "is_causal", False) is True for module in base.modules())
