"""Adapters in a model: put beside its linear layers by peft, trained alone with the head, and taken out again.

peft's layers stand in the place of the linear ones and hold them; the model's class, its heads and its packed forward stay what they are.
Under autocast on a CPU an adapted layer is computed by transformers' own code: what is written out in `packed.low_layers` knows plain
linear layers alone.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from stiltsreport.adaptation import Adaptation, check_targets
from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.adapter import MAGNITUDE, A, Adapter, B, is_factor, plain_name
from stiltsreport.modeling.encoder import Encoder, embedding_name
from stiltsreport.modeling.low_linear import lower
from stiltsreport.modeling.quantised import quantise
from stiltsreport.modeling.task_types.sentence_vectors import layers_of
from stiltsreport.recipes import Precision

_OWN = {A: "lora_A", B: "lora_B", MAGNITUDE: "lora_magnitude_vector"}  # peft's names for them
_TRAINED = "trained"  # peft's name for the adapter that trains; earlier ones are named by number


def adapt(
    model: nn.Module, encoder: Encoder, device: torch.device, precision: Precision, adaptation: Adaptation | None = None, seed: int = 0
) -> nn.Module:
    """The model on the device with what earlier trainings left of the encoder: merged into its weights, or beside them and at rest.

    With a low-rank `adaptation` fresh adapters come on top, drawn from `seed`; they, the head and a pooler are then all that trains. The
    model has this encoder's own weights and no adapters yet; one whose encoder has none and that needs none stays what it is.
    """
    fresh = adaptation if adaptation is not None and adaptation.low_rank else None
    if fresh is None and not encoder.adapters and not encoder.bits:
        return model
    base: Any = model.base_model
    earlier = handed_on(encoder, fresh)
    _begin_with(base, encoder, earlier)
    blocks = layers_of(base)
    layers = targets_of(base, fresh, encoder.name) if fresh is not None else []
    if encoder.bits:
        quantise(base, blocks, device, precision)
    beside = [adapter for adapter in earlier if not adapter.merged]
    for place, adapter in enumerate(beside):
        _inject(base, adapter.adaptation, str(place), adapter.layers)
        _fill(base, str(place), adapter.factors)
    if fresh is not None:
        _inject(base, fresh, _TRAINED, layers)
        _draw(base, fresh, seed)
    _activate(base, [*map(str, range(len(beside))), *([_TRAINED] if fresh is not None else [])])
    _set_trained(model, encoder)
    if precision == "bfloat16" and device.type == "cuda":
        lower(blocks)
    return model.to(device)


def _begin_with(base: Any, encoder: Encoder, earlier: Sequence[Adapter]) -> None:
    """Put into the weights what earlier trainings left that does not stand beside them, before anything of it is rounded."""
    state = base.state_dict()
    merged = [adapter for adapter in earlier if adapter.merged]
    with torch.no_grad():
        for adapter in earlier:
            for name, value in adapter.whole.items():
                if name in state:
                    state[name].copy_(value)
        for layer in dict.fromkeys(layer for adapter in merged for layer in adapter.layers):
            weight = encoder.weights[f"{layer}.weight"]
            for adapter in merged:
                weight = adapter.into(layer, weight)
            state[f"{layer}.weight"].copy_(weight)


def begins_low(encoder: Encoder, device: torch.device, precision: Precision, adaptation: Adaptation | None = None) -> bool:
    """Whether `adapt` holds linear layers in bfloat16 and needs no more of them: they are then loaded so, and never in float32.

    DoRA's magnitudes begin as the lengths of whole weights, and 4 bits are made of those.
    """
    fresh = [adaptation] if adaptation is not None and adaptation.low_rank else []
    methods = {one.method for one in (*fresh, *(adapter.adaptation for adapter in encoder.adapters))}
    return methods == {"lora"} and not encoder.bits and precision == "bfloat16" and device.type == "cuda"


def handed_on(encoder: Encoder, adaptation: Adaptation | None) -> tuple[Adapter, ...]:
    """The adapters of an encoder as a training with that adaptation starts from them; None: as they were evaluated when they were made."""
    if adaptation is None:
        return encoder.adapters
    return tuple(replace(adapter, merged=adaptation.stack == "merged") for adapter in encoder.adapters)


def encoder_beside(encoder: Encoder, models: Sequence[nn.Module], adaptation: Adaptation) -> Encoder:
    """The encoder that a low-rank training made: the weights that it started from, and the adapter that it learned."""
    base: Any = models[0].base_model
    factors: dict[str, Tensor] = {}
    for name, layer in _adapted(base):
        for key, own in _OWN.items():
            parts = getattr(layer, own)
            if _TRAINED in parts:
                factors[f"{name}.{key}"] = _copy(parts[_TRAINED].weight)
    whole: dict[str, Tensor] = {}
    for model in models:
        inner: Any = model.base_model
        for name, value in inner.named_parameters():
            if value.requires_grad and name in encoder.weights and name not in whole:
                whole[name] = _copy(value)
    return replace(encoder, adapters=(*handed_on(encoder, adaptation), Adapter(adaptation, factors, whole)))


def targets_of(base: nn.Module, adaptation: Adaptation, name: str) -> list[str]:
    """The linear layers of a model without a head that an adaptation stands beside, by name.

    Raises StiltsReportError where a name that it gives is none of theirs.
    """
    inside = {id(module) for layer in layers_of(base) for module in layer.modules() if isinstance(module, nn.Linear)}
    linear = [found for found, module in base.named_modules() if id(module) in inside]
    check_targets(adaptation, linear, f"model {name}, adaptation: targets")
    return [found for found in linear if adaptation.stands_beside(found)]


def _inject(base: Any, adaptation: Adaptation, name: str, layers: Sequence[str]) -> None:
    """Put peft's layers, or an adapter more of theirs, in the place of these."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it warns of kernels for 4 bits on a CPU whenever peft loads it
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        hint = "pip install 'stiltsreport[adapters]'"
        raise StiltsReportError("adapters need the package peft", where=f"adaptation {adaptation.title}", hint=hint) from error
    config = LoraConfig(
        r=adaptation.rank, lora_alpha=adaptation.alpha, lora_dropout=adaptation.dropout, target_modules=list(layers),  # type: ignore[arg-type]
        use_dora=adaptation.method == "dora", bias="none",
    )  # fmt: skip
    inject_adapter_in_model(config, base, name)
    for found, value in base.named_parameters():
        if is_factor(found):
            value.data = value.data.float()  # peft takes the precision of the layer, which may be held in bfloat16
    del base.peft_config  # peft's note to itself, over which it would wonder at the next adapter


def _fill(base: nn.Module, name: str, factors: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        for found, layer in _adapted(base):
            for key, own in _OWN.items():
                if (value := factors.get(f"{found}.{key}")) is not None:
                    getattr(layer, own)[name].weight.copy_(value)


def _draw(base: nn.Module, adaptation: Adaptation, seed: int) -> None:
    """A uniform as Kaiming's with a = sqrt(5), B zero: peft's own start, from a generator that is ours."""
    generator = torch.Generator().manual_seed(seed)
    for _, layer in _adapted(base):
        if _TRAINED not in layer.lora_A:
            continue
        weight = layer.lora_A[_TRAINED].weight
        drawn = nn.init.kaiming_uniform_(torch.empty(adaptation.rank, weight.shape[1]), a=math.sqrt(5), generator=generator)
        with torch.no_grad():
            weight.copy_(drawn)
            layer.lora_B[_TRAINED].weight.zero_()


def _activate(base: nn.Module, names: list[str]) -> None:
    """Let all adapters of every layer add to it; those that it does not have are passed over."""
    for _, layer in _adapted(base):
        layer.set_adapter(names)


def _set_trained(model: nn.Module, encoder: Encoder) -> None:
    """The fresh adapters, the head, and a pooler, which belongs to the head whether the checkpoint has one or not."""
    base: Any = model.base_model
    known = {*encoder.weights, embedding_name(base)}
    for name, value in base.named_parameters():
        if is_factor(name):
            value.requires_grad_(f".{_TRAINED}." in name or name.endswith(f".{_TRAINED}"))
        elif plain_name(name) in known:
            value.requires_grad_("pooler" in name)
        else:
            value.requires_grad_(True)


def _adapted(base: nn.Module) -> Iterator[tuple[str, Any]]:
    """Every layer that has adapters, in order, by the name that it had without."""
    from peft.tuners.lora import LoraLayer

    return ((name, module) for name, module in base.named_modules() if isinstance(module, LoraLayer))


def _copy(value: Tensor) -> Tensor:
    return value.detach().to("cpu", torch.float32).clone()
