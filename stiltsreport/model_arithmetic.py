"""How many weights a model has and where they lie, by arithmetic over its config.json: nothing is built and nothing is loaded.

One function a family, after the model's own code in transformers. Counted is what `AutoModel` builds of a config (of T5 the encoder),
without heads and without an output layer over the vocabulary.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stiltsreport.architectures import ARCHITECTURES, Layers, record_of
from stiltsreport.errors import StiltsReportError
from stiltsreport.registry import did_you_mean

Config = Mapping[str, Any]
_LARGEST = 10**8  # of one size
_SIZE = re.compile("size|^num_|^max_position|^n_|^d_")  # what the names of sizes are made of


@dataclass(frozen=True)
class Linear:
    """A linear map of every layer, by the path of its module there."""

    name: str
    inputs: int
    outputs: int
    bias: bool = False

    @property
    def parameters(self) -> int:
        """Its weights and biases."""
        return self.outputs * (self.inputs + self.bias)


@dataclass(frozen=True)
class Architecture:
    """Sizes of an encoder, or of a decoder without its output layer.

    `linears` are those of one layer, `beside` its other weights (norms), `outside` the weights of no layer but for the word table, which is
    `vocabulary` by `table_width`. `stack`: the path of the list of layers in transformers' model. `window`: tokens that most layers'
    attention reaches; None for all.
    """

    family: str
    layers: int
    hidden: int
    heads: int
    key_value_heads: int
    head_size: int
    intermediate: int
    vocabulary: int
    table_width: int
    linears: tuple[Linear, ...]
    beside: int
    outside: int
    stack: str
    gated: bool = False
    window: int | None = None

    @property
    def named_linears(self) -> list[tuple[str, Linear]]:
        """The linear maps of all layers, each by the path of its module in transformers' model: layers.0.self_attn.q_proj."""
        return [(f"{self.stack}.{number}.{linear.name}", linear) for number in range(self.layers) for linear in self.linears]

    @property
    def embedding_parameters(self) -> int:
        """Weights of the table of input embeddings."""
        return self.vocabulary * self.table_width

    @property
    def parameters(self) -> int:
        """All weights."""
        layer = sum(linear.parameters for linear in self.linears) + self.beside
        return self.embedding_parameters + self.outside + self.layers * layer

    @property
    def products(self) -> int:
        """Weights that every token is multiplied with: the matrices of the layers."""
        return self.layers * sum(linear.inputs * linear.outputs for linear in self.linears)


def architecture(config: Config) -> Architecture:
    """The sizes that a config.json tells; of a model that also sees images, its text part.

    Raises StiltsReportError for a family that is not known, and for an entry that is not there.
    """
    text, kind = config.get("text_config"), str(config.get("model_type"))
    if isinstance(text, Mapping):
        kind = str(text.get("model_type", f"{kind}_text"))
        config = {**text, "model_type": kind}
    layers = record_of(kind).layers
    if layers is None:
        known = [name for name, one in ARCHITECTURES.items() if one.layers]
        raise StiltsReportError(f"unknown model_type {kind!r}", where="config.json: model_type", hint=did_you_mean(kind, known))
    try:
        return _whole(_COUNTED[layers](config))
    except KeyError as error:
        what, hint = f"no entry {error.args[0]!r}", f"a config of {kind} as transformers saves it"
        raise StiltsReportError(what, where="config.json", hint=hint) from error
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        wrong = [f"{name} is {reprlib.repr(value)}" for name, value in config.items() if _SIZE.search(str(name)) and isinstance(value, str)]
        raise StiltsReportError(
            f"sizes that are none: {', '.join(wrong) or error}", where="config.json", hint="the file that save_pretrained wrote"
        ) from error


def _whole(found: Architecture) -> Architecture:
    """The sizes, of which each is a whole number that a model can have; ValueError for others."""
    sizes = [found.layers, found.hidden, found.heads, found.key_value_heads, found.head_size, found.intermediate, found.vocabulary]
    sizes += [found.table_width, *(size for linear in found.linears for size in (linear.inputs, linear.outputs))]
    wrong = [size for size in sizes if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < _LARGEST]
    if wrong:
        raise ValueError(reprlib.repr(wrong[0]))
    if not isinstance(found.parameters, int):
        raise ValueError(f"{reprlib.repr(found.parameters)} weights")  # noqa: TRY004 - as the other
    return found


_SELF = ("attention.self.query", "attention.self.key", "attention.self.value")


def _bert(config: Config) -> Architecture:
    """BERT, RoBERTa and XLM-R, XL and XXL with the norm before each block and one behind the last, which is as many weights."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    linears = (
        *(Linear(name, hidden, hidden, bias=True) for name in (*_SELF, "attention.output.dense")),
        Linear("intermediate.dense", hidden, inner, bias=True),
        Linear("output.dense", inner, hidden, bias=True),
    )
    tables = config.get("max_position_embeddings", 512) + config.get("type_vocab_size", 2)
    pooler = hidden * hidden + hidden
    return _architecture(config, linears, beside=4 * hidden, outside=tables * hidden + 2 * hidden + pooler)


def _deberta(config: Config) -> Architecture:
    """DeBERTa v2 and v3: relative positions in one table that all layers read, projected by the content's maps or by maps of their own."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    width = config.get("embedding_size", hidden)
    within = config["num_attention_heads"] * config.get("attention_head_size", hidden // config["num_attention_heads"])
    relative = bool(config.get("relative_attention", False))
    kinds = config.get("pos_att_type") or ()
    kinds = kinds.split("|") if isinstance(kinds, str) else kinds
    own = [f"attention.self.{name}" for kind, name in (("c2p", "pos_key_proj"), ("p2c", "pos_query_proj")) if kind in kinds]
    linears = (
        *(Linear(f"{name}_proj", hidden, within, bias=True) for name in _SELF),
        *(Linear(name, hidden, within, bias=True) for name in own if relative and not config.get("share_att_key", False)),
        Linear("attention.output.dense", within, hidden, bias=True),
        Linear("intermediate.dense", hidden, inner, bias=True),
        Linear("output.dense", inner, hidden, bias=True),
    )
    positions = config.get("max_position_embeddings", 512)
    outside = config.get("type_vocab_size", 0) * width + 2 * hidden
    outside += positions * width if config.get("position_biased_input", True) else 0
    outside += width * hidden if width != hidden else 0
    if relative:
        longest = config.get("max_relative_positions", -1)
        buckets = config.get("position_buckets", -1)
        outside += 2 * (buckets if buckets > 0 else longest if longest > 0 else positions) * hidden
    if "layer_norm" in str(config.get("norm_rel_ebd", "none")).lower():
        outside += 2 * hidden
    kernel = config.get("conv_kernel_size", 0)
    if kernel > 0:
        outside += hidden * (hidden // config.get("conv_groups", 1)) * kernel + hidden + 2 * hidden
    return _architecture(config, linears, beside=4 * hidden, outside=outside, table_width=width)


def _modernbert(config: Config) -> Architecture:
    """ModernBERT and mmBERT: queries, keys and values in one map, gated feed-forward; the lowest layer has one norm less."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    attention, feed_forward = bool(config.get("attention_bias", False)), bool(config.get("mlp_bias", False))
    linears = (
        Linear("attn.Wqkv", hidden, 3 * hidden, attention),
        Linear("attn.Wo", hidden, hidden, attention),
        Linear("mlp.Wi", hidden, 2 * inner, feed_forward),
        Linear("mlp.Wo", inner, hidden, feed_forward),
    )
    norm = hidden * (2 if config.get("norm_bias", False) else 1)
    return _architecture(config, linears, beside=2 * norm, outside=norm, stack="layers", gated=True, window=config.get("local_attention"))


def _t5_encoder(config: Config) -> Architecture:
    """The encoder of T5 and mT5: biases of relative positions in the lowest layer, no other bias."""
    hidden, inner = config["d_model"], config["d_ff"]
    within = config["num_heads"] * config["d_kv"]
    gated = str(config.get("feed_forward_proj", "relu")).startswith("gated") or bool(config.get("is_gated_act", False))
    linears = (
        *(Linear(f"layer.0.SelfAttention.{name}", hidden, within) for name in "qkv"),
        Linear("layer.0.SelfAttention.o", within, hidden),
        *(Linear(f"layer.1.DenseReluDense.{name}", hidden, inner) for name in (("wi_0", "wi_1") if gated else ("wi",))),
        Linear("layer.1.DenseReluDense.wo", inner, hidden),
    )
    sizes = {
        **config, "hidden_size": hidden, "intermediate_size": inner, "num_hidden_layers": config["num_layers"],
        "num_attention_heads": config["num_heads"], "head_dim": config["d_kv"],
    }  # fmt: skip
    outside = config.get("relative_attention_num_buckets", 32) * config["num_heads"] + hidden
    return _architecture(sizes, linears, beside=2 * hidden, outside=outside, stack="encoder.block", gated=gated)


def _llama(config: Config) -> Architecture:
    """Llama and EuroBERT: fewer heads of keys and values, a gated feed-forward, two norms a layer and one behind the last."""
    return _rotary(config, bias=bool(config.get("attention_bias", False)), norms=2)


def _qwen3(config: Config) -> Architecture:
    """The same with norms of queries and keys."""
    return _rotary(config, bias=bool(config.get("attention_bias", False)), norms=2, head_norms=2, head_size=128)


def _gemma3(config: Config) -> Architecture:
    """The same with norms of queries and keys, and norms before and behind both blocks; most layers look through a window."""
    return _rotary(
        config, bias=bool(config.get("attention_bias", False)), norms=4, head_norms=2, head_size=256, window=config.get("sliding_window")
    )


def _rotary(
    config: Config, *, bias: bool, norms: int, head_norms: int = 0, head_size: int | None = None, window: int | None = None
) -> Architecture:
    hidden, inner, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    size = config.get("head_dim") or head_size or hidden // heads
    shared = (config.get("num_key_value_heads") or heads) * size
    wide = bool(config.get("mlp_bias", False))
    linears = (
        Linear("self_attn.q_proj", hidden, heads * size, bias),
        Linear("self_attn.k_proj", hidden, shared, bias),
        Linear("self_attn.v_proj", hidden, shared, bias),
        Linear("self_attn.o_proj", heads * size, hidden, bias),
        Linear("mlp.gate_proj", hidden, inner, wide),
        Linear("mlp.up_proj", hidden, inner, wide),
        Linear("mlp.down_proj", inner, hidden, wide),
    )
    return _architecture(
        {**config, "head_dim": size}, linears, beside=norms * hidden + head_norms * size, outside=hidden, stack="layers", gated=True,
        window=window,
    )  # fmt: skip


def _architecture(
    config: Config, linears: tuple[Linear, ...], *, beside: int, outside: int, stack: str = "encoder.layer", gated: bool = False,
    table_width: int | None = None, window: int | None = None,
) -> Architecture:  # fmt: skip
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    return Architecture(
        str(config["model_type"]), config["num_hidden_layers"], hidden, heads, config.get("num_key_value_heads") or heads,
        config.get("head_dim") or hidden // heads, config["intermediate_size"], config["vocab_size"], table_width or hidden, linears,
        beside, outside, stack, gated, window,
    )  # fmt: skip


_COUNTED: dict[Layers, Callable[[Config], Architecture]] = {
    "BERT": _bert,
    "DeBERTa": _deberta,
    "ModernBERT": _modernbert,
    "T5": _t5_encoder,
    "Llama": _llama,
    "Qwen 3": _qwen3,
    "Gemma 3": _gemma3,
}
