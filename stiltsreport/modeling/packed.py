"""Packed layers: on a CPU all real tokens of a batch go through the encoder's layers end to end, and no padding does.

The embedding and the heads see padded tensors as ever; between them the layers get one row of (tokens of the batch) vectors, and
attention runs sequence by sequence. The same function up to float noise; with dropout on, other masks are drawn than for padded tensors.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

IMPLEMENTATION = "stiltsreport_packed"
PACKABLE = ("bert", "roberta", "xlm-roberta")  # their encoder is a plain run of layers, with attention through transformers' interface


def pack(model: nn.Module) -> nn.Module:
    """Let a model of one of the families that can take it work on packed tokens where its tensors lie on a CPU; any other stays as it is.

    Not for reading hidden states of inner layers, which would be packed.
    """
    base: Any = model.base_model
    if base.config.model_type not in PACKABLE:
        return model
    _register()
    base.config._attn_implementation = IMPLEMENTATION  # noqa: SLF001 - transformers names no other way once a model is made
    # A weak reference: with a cycle through itself a model would stay in memory until the collector came by.
    base.encoder.forward = functools.partial(_packed_layers, weakref.ref(base.encoder))
    return model


def unpack(model: nn.Module) -> nn.Module:
    """The same model on padded tensors again: what reading an inner layer needs."""
    base: Any = model.base_model
    if base.config._attn_implementation == IMPLEMENTATION:  # noqa: SLF001 - as above
        base.config._attn_implementation = "sdpa"  # noqa: SLF001 - as above; what transformers chooses by itself for these families
        del base.encoder.forward
    return model


@functools.cache
def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(IMPLEMENTATION, _attention)
    AttentionMaskInterface.register(IMPLEMENTATION, _mask)


def _mask(*, attention_mask: Tensor | None = None, device: torch.device | str = "cpu", **rest: Any) -> Tensor | None:
    """On a CPU the mask of real tokens (rows, length) itself, which `_packed_layers` reads; elsewhere what transformers' SDPA reads."""
    from transformers.masking_utils import sdpa_mask

    if attention_mask is not None and attention_mask.device.type == "cpu":
        return attention_mask
    mask: Tensor | None = sdpa_mask(attention_mask=attention_mask, device=device, **rest)
    return mask


def _packed_layers(owner: Callable[[], Any], hidden_states: Tensor, attention_mask: Tensor | None = None, **rest: Any) -> Any:
    """The encoder's layers over real tokens alone; padding comes back as zeros, which no head reads."""
    encoder = owner()
    if attention_mask is None or attention_mask.dim() != 2:  # noqa: PLR2004 - (rows, length): not a CPU's mask, so not packed
        return type(encoder).forward(encoder, hidden_states, attention_mask=attention_mask, **rest)
    from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions

    places = attention_mask.flatten().nonzero().squeeze(1)
    lengths = attention_mask.sum(1).tolist()
    flat = hidden_states.flatten(0, 1)
    packed = flat[places].unsqueeze(0)
    for layer in encoder.layer:
        packed = layer(packed, None, packed_lengths=lengths)
    whole = torch.zeros_like(flat).index_copy(0, places, packed.squeeze(0).to(flat.dtype))
    return BaseModelOutputWithPastAndCrossAttentions(last_hidden_state=whole.view_as(hidden_states))


def _attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, dropout: float = 0.0,
    scaling: float | None = None, packed_lengths: list[int] | None = None, **rest: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """Attention (1, heads, tokens, size) -> (1, tokens, heads, size), each sequence by itself."""
    if packed_lengths is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        output: Tensor = sdpa_attention_forward(module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **rest)[0]
        return output, None
    parts = [
        functional.scaled_dot_product_attention(q, k, v, dropout_p=dropout, scale=scaling)
        for q, k, v in zip(*(torch.split(side, packed_lengths, 2) for side in (query, key, value)), strict=True)
    ]
    return torch.cat(parts, 2).transpose(1, 2), None
