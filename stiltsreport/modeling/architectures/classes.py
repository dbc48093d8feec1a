"""The model of a config with a head, for every architecture: transformers' own class where there is one, else ours (`own_heads`)."""

from __future__ import annotations

from typing import Any

import torch
import transformers
from torch import nn

from stiltsreport.architectures import record_of
from stiltsreport.errors import StiltsReportError

_MASKED = "AutoModelForMaskedLM"


def _own(config: Any, head: str) -> Any:
    """Our class where there is one; its file loads what transformers has of three families, for a second."""
    if not record_of(config.model_type).own_heads:
        return None
    from stiltsreport.modeling.architectures.own_heads import HEADS

    return HEADS.get((config.model_type, head))


def new_model(config: Any, head: str, *, dtype: torch.dtype, trusted: bool) -> nn.Module:
    """A model of that config with a head, named as transformers' Auto class is, weights as the architecture draws them.

    Raises StiltsReportError for masked language modelling with what was not made for it.
    """
    if head == _MASKED:
        check_masked(config)
    own = _own(config, head)
    if own is not None:
        model: nn.Module = own._from_config(config, dtype=dtype)  # noqa: SLF001 - what AutoModel.from_config calls too
        return model
    return getattr(transformers, head).from_config(config, dtype=dtype, trust_remote_code=trusted)  # type: ignore[no-any-return]


def load_base(source: str, config: Any, **options: Any) -> tuple[Any, dict[str, Any]]:
    """The model without a head as transformers loads it, and what it says of the weights."""
    own: Any = _own(config, "AutoModel") or transformers.AutoModel
    base, info = own.from_pretrained(source, config=config, output_loading_info=True, **options)
    return base, info


def check_masked(config: Any) -> None:
    """Raise StiltsReportError where an architecture has no masked language modelling: decoders, and T5's encoder, predict otherwise."""
    if record_of(config.model_type).kind != "encoder":
        what = f"{config.model_type} has no head for masked language modelling"
        hint = "leave the variant mlm and the control mlm-en out for this model"
        raise StiltsReportError(what, where=f"model {config.name_or_path}", hint=hint)
