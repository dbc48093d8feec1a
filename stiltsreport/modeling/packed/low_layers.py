"""Encoder layers of the BERT kind in bfloat16 on a CPU, each written out as one function with its own way back.

Where autocast casts the same weights and states again and again, a layer here keeps bfloat16 copies of its weights until the optimizer
moves them, projects queries, keys and values by one product, and adds in place. Weights, their gradients and the moments stay float32.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from stiltsreport.architectures import record_of
from stiltsreport.modeling.packed import blocks
from stiltsreport.modeling.packed.masks import Masks, MaskSource
from stiltsreport.modeling.packed.packing import Packing

LOW = torch.bfloat16
STEPS = ((512, 32), (2048, 64))  # below so many tokens, a step of so many
LAST_STEP = 256
# Values a token, from which on oneDNN multiplies with a transpose that lies in memory as such 20 to 45 % faster, the copy included.
TURNED = 512


def write_out_layers(base: Any, source: MaskSource) -> None:
    """Let the layers of a packed encoder of BERT's kind compute as here, where autocast asks for bfloat16."""
    if not record_of(base.config.model_type).written_out or base.config.hidden_act != "gelu" or base.config.is_decoder:
        return
    for layer in base.encoder.layer:
        if all(type(child) is nn.Linear for child in _linears(layer)):
            layer.forward = functools.partial(_forward, weakref.ref(layer), LowWeights(), source)


def rounded(tokens: int) -> int:
    """Rows that go through the layers for so many tokens: of few different sizes, since oneDNN takes milliseconds to prepare for a new one.

    >>> rounded(90), rounded(1200), rounded(3300)
    (96, 1216, 3328)
    """
    step = next((step for below, step in STEPS if tokens < below), LAST_STEP)
    return -(-tokens // step) * step


def _linears(layer: Any) -> list[nn.Linear]:
    inner = layer.attention.self
    return [inner.query, inner.key, inner.value, layer.attention.output.dense, layer.intermediate.dense, layer.output.dense]


def _norms(layer: Any) -> list[nn.LayerNorm]:
    return [layer.attention.output.LayerNorm, layer.output.LayerNorm]


class LowWeights:
    """The bfloat16 copies of a layer's weights: those of queries, keys and values in one, then the others; each with its bias."""

    def __init__(self) -> None:
        self._seen: tuple[tuple[int, int], ...] = ()
        self._copies: list[tuple[Tensor, Tensor]] = []

    def of(self, layer: Any) -> list[tuple[Tensor, Tensor]]:
        """The copies, made anew where a weight has been changed or replaced."""
        linears = _linears(layer)
        values = [value for linear in linears for value in (linear.weight, linear.bias)]
        seen = tuple((value.data_ptr(), value._version) for value in values)  # noqa: SLF001 - torch names no other way to see a change
        if seen != self._seen:
            groups = (linears[:3], *([linear] for linear in linears[3:]))
            with torch.inference_mode(False), torch.no_grad():
                if not self._copies:
                    self._copies = [(_room(group, "weight"), _room(group, "bias")) for group in groups]
                for group, (weight, bias) in zip(groups, self._copies, strict=True):
                    for linear, *parts in zip(group, weight.chunk(len(group)), bias.chunk(len(group)), strict=True):
                        parts[0].copy_(linear.weight)
                        parts[1].copy_(linear.bias)
            self._seen = seen
        return self._copies


def _room(group: Sequence[nn.Linear], name: str) -> Tensor:
    first = getattr(group[0], name)
    return torch.empty(len(group) * len(first), *first.shape[1:], dtype=LOW)


def _forward(
    owner: Callable[[], Any],
    weights: LowWeights,
    source: MaskSource,
    states: Tensor,
    *rest: Any,
    packing: Packing | None = None,
    **named: Any,
) -> Tensor:
    """The layer's forward (1, tokens, width), in place of transformers' own."""
    layer = owner()
    if packing is None or states.device.type != "cpu" or not torch.is_autocast_enabled("cpu"):
        found: Tensor = type(layer).forward(layer, states, *rest, packing=packing, **named)
        return found
    inner, copies = layer.attention.self, weights.of(layer)
    norms = _norms(layer)
    with torch.autocast("cpu", enabled=False):
        flat = states.squeeze(0).to(LOW)
        if missing := rounded(packing.tokens) - len(flat):  # of the first layer; what it gives is as long as that
            flat = functional.pad(flat, (0, 0, 0, missing))
        if not torch.is_grad_enabled():
            return _without_gradients(flat, packing, inner, copies, norms).unsqueeze(0)
        dropouts = (inner.dropout.p, layer.attention.output.dropout.p, layer.output.dropout.p) if layer.training else (0.0, 0.0, 0.0)
        trained = [value for module in (*_linears(layer), *norms) for value in (module.weight, module.bias)]

        def through(flat: Tensor) -> Tensor:
            heads, masks = packing.blocks_of(inner.num_attention_heads), source.masks  # masks: those that are drawn again, where they are
            setting = Setting(heads, inner.scaling, dropouts, masks, norms[0].eps, norms[1].eps)
            low: Tensor = _Layer.apply(flat, setting, copies, *trained)  # type: ignore[no-untyped-call]
            return low.unsqueeze(0)

        again = layer.training and getattr(layer, "gradient_checkpointing", False)  # transformers' own forward, replaced here, sees to it
        result: Tensor = layer._gradient_checkpointing_func(through, flat) if again else through(flat)  # noqa: SLF001
        return result


def _without_gradients(
    states: Tensor, packing: Packing, inner: Any, copies: list[tuple[Tensor, Tensor]], norms: list[nn.LayerNorm]
) -> Tensor:
    """The same without a graph or dropout; GELU and residuals within the products, which is a tenth of an evaluation."""
    (joint, joint_bias), (out, out_bias), (wide, wide_bias), (narrow, narrow_bias) = copies
    attended = blocks.attend_alone(_linear(states, joint, joint_bias), packing.blocks_of(inner.num_attention_heads), inner.scaling)
    middle = norms[0](_added(attended, out, out_bias, states))
    result: Tensor = norms[1](_added(_activated(middle, wide, wide_bias), narrow, narrow_bias, middle))
    return result


@dataclass(frozen=True)
class Setting:
    """What a layer's pass depends on beside states and weights; `dropouts` of probabilities, of attention's output, of the layer's."""

    blocks: blocks.Blocks
    scaling: float
    dropouts: tuple[float, float, float]
    masks: Masks | None
    inner_epsilon: float
    outer_epsilon: float


class _Layer(torch.autograd.Function):
    """One layer: attention, feed-forward, both with dropout, the residual and layer normalisation behind it."""

    @staticmethod
    def forward(context, states: Tensor, setting: Setting, copies: list[tuple[Tensor, Tensor]], *trained: Tensor) -> Tensor:  # type: ignore[no-untyped-def] # noqa: ANN001
        (joint, joint_bias), (out, out_bias), (wide, wide_bias), (narrow, narrow_bias) = copies
        inner_norm, inner_shift, outer_norm, outer_shift = trained[12:]
        width = states.shape[-1:]
        drops = setting.blocks.multipliers(setting.masks, setting.dropouts[0])
        attended, kept = blocks.attend(_linear(states, joint, joint_bias), setting.blocks, setting.scaling, drops)
        inner = _linear(attended, out, out_bias)
        inner_drop = _dropped(inner, setting, 1)
        inner += states
        middle, inner_mean, inner_scale = torch.native_layer_norm(inner, width, inner_norm, inner_shift, setting.inner_epsilon)
        before = _linear(middle, wide, wide_bias)
        active = functional.gelu(before)
        outer = _linear(active, narrow, narrow_bias)
        outer_drop = _dropped(outer, setting, 2)
        outer += middle
        result, outer_mean, outer_scale = torch.native_layer_norm(outer, width, outer_norm, outer_shift, setting.outer_epsilon)
        context.setting, context.weights = setting, (joint, out, wide, narrow)
        # What recomputation is to free must be saved so: beside the way back it knows of nothing else.
        context.save_for_backward(
            states, inner_norm, inner_shift, outer_norm, outer_shift, attended, inner, inner_drop, inner_mean, inner_scale,
            middle, before, active, outer, outer_drop, outer_mean, outer_scale, kept.sides, *kept.probabilities, *kept.multipliers,
        )  # fmt: skip
        return result

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(context, gradient: Tensor) -> tuple[Any, ...]:  # type: ignore[no-untyped-def] # noqa: ANN001
        states, inner_norm, inner_shift, outer_norm, outer_shift, *saved = context.saved_tensors
        attended, inner, inner_drop, inner_mean, inner_scale, *saved = saved
        middle, before, active, outer, outer_drop, outer_mean, outer_scale, sides, *saved = saved
        parts = len(context.setting.blocks.parts)
        kept = blocks.Attended(sides, saved[:parts], saved[parts:])
        needed = any(context.needs_input_grad[3:])  # a layer is trained or frozen as a whole
        joint, out, wide, narrow = context.weights
        to_outer, to_outer_norm, to_outer_shift = _norm_back(gradient, outer, outer_mean, outer_scale, outer_norm, outer_shift)
        through = to_outer if outer_drop is None else to_outer * outer_drop
        to_narrow = _weights(through, active, needed)
        to_before = torch.ops.aten.gelu_backward(through @ narrow, before)
        to_wide = _weights(to_before, middle, needed)
        to_middle = torch.addmm(to_outer, to_before, wide)
        to_inner, to_inner_norm, to_inner_shift = _norm_back(to_middle, inner, inner_mean, inner_scale, inner_norm, inner_shift)
        through = to_inner if inner_drop is None else to_inner * inner_drop
        to_out = _weights(through, attended, needed)
        to_joint = blocks.attend_back(through @ out, kept, context.setting.blocks, context.setting.scaling)
        joint_weight, joint_bias = _weights(to_joint, states, needed)
        to_states = torch.addmm(to_inner, to_joint, joint) if context.needs_input_grad[0] else None
        joints = (
            [None] * 6
            if joint_weight is None or joint_bias is None
            else [part for pair in zip(joint_weight.chunk(3), joint_bias.chunk(3), strict=True) for part in pair]
        )
        return (
            to_states, None, None, *joints, *to_out, *to_wide, *to_narrow, to_inner_norm, to_inner_shift, to_outer_norm, to_outer_shift,
        )  # fmt: skip


def _linear(values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A linear layer: oneDNN's own adds the bias as it goes, where torch's product first fills its result with it."""
    if torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        found: Tensor = torch.ops.mkldnn._linear_pointwise(values, weight, bias, "none", [], "")  # noqa: SLF001 - as torch's own compiler does
        return found
    return torch.addmm(bias, values, weight.T)


def _activated(values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A linear layer and GELU, which oneDNN applies while a piece of the product is in the cache."""
    if torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        found: Tensor = torch.ops.mkldnn._linear_pointwise(values, weight, bias, "gelu", [], "none")  # noqa: SLF001
        return found
    return functional.gelu(torch.addmm(bias, values, weight.T))


def _added(values: Tensor, weight: Tensor, bias: Tensor, residual: Tensor) -> Tensor:
    """A linear layer and what goes past it, added in the same way."""
    if torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        found: Tensor = torch.ops.mkldnn._linear_pointwise.binary(values, residual, weight, bias, "add")  # noqa: SLF001
        return found
    return torch.addmm(bias, values, weight.T).add_(residual)


def _dropped(values: Tensor, setting: Setting, which: int) -> Tensor | None:
    """Dropout in place; returns what was multiplied with."""
    probability = setting.dropouts[which]
    if not probability:
        return None
    if setting.masks is None:
        raise ValueError("dropout needs the masks of its batch")
    drop = setting.masks.multiplier(values.shape, probability)
    values *= drop
    return drop


def _norm_back(
    gradient: Tensor, values: Tensor, mean: Tensor, scale: Tensor, weight: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Of layer normalisation, in float32: in bfloat16 torch sums the gradients of weight and bias so that 4 % of them are lost."""
    to_values, to_weight, to_bias = torch.ops.aten.native_layer_norm_backward(
        gradient.float(), values.float(), values.shape[-1:], mean, scale, weight, bias, [True, True, True]
    )
    return to_values.to(LOW), to_weight, to_bias


def _weights(gradient: Tensor, values: Tensor, needed: bool) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of weight and bias of a linear layer, in float32, from that of its output (tokens, out) and its input (tokens, in)."""
    if not needed:
        return None, None
    turned = gradient.T if values.shape[1] < TURNED else gradient.T.contiguous()
    return (turned @ values).float(), gradient.sum(0).float()
