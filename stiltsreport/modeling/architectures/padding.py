"""The padding token of a model: which id it is, and where it lies in a cut of the table."""

from __future__ import annotations

from typing import Any

from torch import nn

from stiltsreport.architectures import record_of
from stiltsreport.modeling.vocabulary import VocabularyCut


def padding_id(tokenizer: Any, config: Any) -> int:
    """The tokenizer's, else the config's, else the end of text, which Llama's texts do not hold; 0 where there is none of them."""
    end = getattr(config, "eos_token_id", None)
    ends = end[0] if isinstance(end, list) else end
    found = (tokenizer.pad_token_id, getattr(config, "pad_token_id", None), tokenizer.eos_token_id, ends)
    return next((int(one) for one in found if one is not None), 0)


def positions_by_padding(config: Any) -> bool:
    """Whether positions begin behind the padding id, which must then stay what it is: RoBERTa's."""
    return record_of(config.model_type).positions_behind_padding


def point_at_padding(model: nn.Module, padding: int, cut: VocabularyCut) -> None:
    """Tell a model where the padding token lies in the table that it reads now: some heads look for the last token that is not it."""
    whole: Any = model
    for config in (whole.config, whole.base_model.config):
        if not positions_by_padding(config):
            config.pad_token_id = int(cut.places[padding])
