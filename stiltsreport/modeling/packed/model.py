"""A transformers model on packed tokens: embeddings and layers see one row of all real tokens of the batch, the head sees padded states.

On a CPU attention runs sequence by sequence, on a GPU by the variable-length kernels; in bfloat16 on a CPU layers of BERT's kind are
written out (`low_layers`). It is the same function up to float noise. Called without a packing a model is transformers' own: the reference,
and what families get that cannot be packed.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from stiltsreport.architectures import record_of
from stiltsreport.modeling.architectures.attention import is_causal
from stiltsreport.modeling.packed import sequences, variable_length
from stiltsreport.modeling.packed.low_layers import write_out_layers
from stiltsreport.modeling.packed.masks import MaskSource, key_dropout
from stiltsreport.modeling.packed.packing import Packing

IMPLEMENTATION = "stiltsreport_packed"
PRECISIONS = (torch.float32, torch.bfloat16)  # a checkpoint may be trained in one and evaluated in the other


def pack(model: nn.Module, device: torch.device, source: MaskSource | None = None) -> nn.Module:
    """The model on that device, working on packed tokens where its family and the device can: see `is_packed`.

    Models that share an encoder share the `source` of its masks too.
    """
    base: Any = model.base_model
    model = model.to(device)
    config = base.config
    if not record_of(config.model_type).packable:
        return model
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    causal = is_causal(model)
    if device.type != "cpu" and not all(variable_length.kernel(device, precision, size, causal=causal) for precision in PRECISIONS):
        return model
    _register()
    config._attn_implementation = IMPLEMENTATION  # noqa: SLF001 - transformers names no other way once a model is made
    source = source or MaskSource()
    if device.type == "cpu":
        key_dropout(model, source)
        write_out_layers(base, source)
    # A weak reference: with a cycle through itself a model would stay in memory until the collector came by.
    base.forward = functools.partial(_forward, weakref.ref(base), source)
    return model


def is_packed(model: nn.Module) -> bool:
    """Whether the model is to be called with a packing."""
    base: Any = model.base_model
    return bool(base.config._attn_implementation == IMPLEMENTATION)  # noqa: SLF001 - as above


def mask_source(model: nn.Module) -> MaskSource:
    """What holds the masks of a packed model's batch; of another model one that holds none."""
    base: Any = model.base_model
    return base.forward.args[1] if is_packed(model) else MaskSource()  # as `pack` gave it


@functools.cache
def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(IMPLEMENTATION, _attention)
    AttentionMaskInterface.register(IMPLEMENTATION, _mask)


def _mask(*, attention_mask: Tensor | None = None, **rest: Any) -> Tensor | None:
    """None for packed tokens, which come without a mask; else what transformers' SDPA reads."""
    from transformers.masking_utils import sdpa_mask

    if attention_mask is None:
        return None
    mask: Tensor | None = sdpa_mask(attention_mask=attention_mask, **rest)
    return mask


def _forward(
    owner: Callable[[], Any], source: MaskSource, input_ids: Tensor | None = None, attention_mask: Tensor | None = None,
    token_type_ids: Tensor | None = None, inputs_embeds: Tensor | None = None, packing: Packing | None = None, **rest: Any,
) -> Any:  # fmt: skip
    """The base model's forward: packs what is given padded, and pads what comes out."""
    from transformers.modeling_outputs import BaseModelOutputWithPoolingAndCrossAttentions

    base = owner()
    plain = type(base).forward
    source.masks = packing.masks if packing else None
    if token_type_ids is not None:
        rest["token_type_ids"] = packing.pack(token_type_ids) if packing else token_type_ids
    if packing is None:
        return plain(base, input_ids=input_ids, attention_mask=attention_mask, inputs_embeds=inputs_embeds, **rest)
    given = {"input_ids": input_ids, "inputs_embeds": inputs_embeds}
    packed = {name: packing.pack(value) for name, value in given.items() if value is not None}
    rest["position_ids"] = packing.positions + first_position(base.config)
    found = plain(base, **packed, packing=packing, **rest)
    states = packing.pad(found.last_hidden_state)
    pooler = getattr(base, "pooler", None)
    inner = found.get("hidden_states")
    return BaseModelOutputWithPoolingAndCrossAttentions(
        last_hidden_state=states,
        pooler_output=pooler(states) if pooler is not None else None,
        hidden_states=tuple(packing.pad(state) for state in inner) if inner else None,
    )


def first_position(config: Any) -> int:
    """The position of a sequence's first token: RoBERTa's begin behind the padding id."""
    return int(config.pad_token_id) + 1 if record_of(config.model_type).positions_behind_padding else 0


def _attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, dropout: float = 0.0,
    scaling: float | None = None, sliding_window: int | None = None, packing: Packing | None = None, **rest: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """Attention (1, heads, tokens, size) -> (1, tokens, heads, size) within each sequence of a packing; without one, transformers' SDPA."""
    if packing is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        output: Tensor = sdpa_attention_forward(module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **rest)[0]
        return output, None
    query, key = query.to(value.dtype), key.to(value.dtype)  # under autocast rotary positions, in float32, have made them float32
    if (shared := query.shape[1] // key.shape[1]) > 1:  # grouped queries: several heads read one key
        key, value = key.repeat_interleave(shared, 1), value.repeat_interleave(shared, 1)
    attend = sequences.attend if query.device.type == "cpu" else variable_length.attend
    factor = scaling if scaling is not None else query.shape[-1] ** -0.5
    causal = bool(getattr(module, "is_causal", False))
    if sliding_window is not None and not causal and record_of(module.config.model_type).kind == "decoder":
        sliding_window += 1  # transformers counts the window of a decoder that reads both ways to its last place, else to the one before
    return attend(query, key, value, packing, factor, dropout, sliding_window, causal=causal), None
