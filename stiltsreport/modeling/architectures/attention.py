"""Which tokens a decoder's attention reaches: those to the left, as it was pretrained, or all of the text (LLM2Vec, arXiv 2404.05961)."""

from __future__ import annotations

from typing import Any

from torch import nn

from stiltsreport.architectures import ARCHITECTURES, record_of
from stiltsreport.errors import StiltsReportError
from stiltsreport.recipes import Attention


def direct(model: nn.Module, attention: Attention) -> nn.Module:
    """The model with its attention in that direction; as it is where it reads so anyway.

    transformers makes its masks by the config's `is_causal`, and where it makes none, its kernels go by each layer's. Raises
    StiltsReportError where an encoder is to be causal, which was never pretrained so, and for a decoder of a family that is not known to
    turn.
    """
    base: Any = model.base_model
    causal = attention == "causal"
    if attention == "pretrained" or causal == is_causal(model):
        return model
    family = base.config.model_type
    both_ways = getattr(base.config, "use_bidirectional_attention", False)  # what EmbeddingGemma was made of a decoder by
    if causal and (both_ways or not record_of(family).turns):
        hint = "attention: pretrained; a choice for decoders alone"
        raise StiltsReportError(f"{family} reads in both directions and cannot be made causal", where="recipe: attention", hint=hint)
    if not record_of(family).turns:
        turning = [name for name, one in ARCHITECTURES.items() if one.turns]
        hint = f"attention: pretrained; a choice for {', '.join(turning)}"
        raise StiltsReportError(f"{family} cannot be made to read in both directions", where="recipe: attention", hint=hint)
    base.config.is_causal = causal
    for module in base.modules():
        if hasattr(module, "is_causal"):
            module.is_causal = causal
    return model


def is_causal(model: nn.Module) -> bool:
    """Whether a token's state depends on no token to its right: its layers say so (those of encoders no, or nothing), and its config.

    A config that says no is that of a decoder whose checkpoint was turned.
    """
    base: Any = model.base_model
    leftward = any(getattr(module, "is_causal", False) is True for module in base.modules())
    return leftward and getattr(base.config, "is_causal", True) is not False
