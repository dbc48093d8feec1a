"""Weights by arithmetic over a config against what transformers builds of it, on the meta device: shapes alone, nothing allocated."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
import transformers

from stiltsreport.adaptation import Adaptation
from stiltsreport.errors import StiltsReportError
from stiltsreport.model_arithmetic import Linear, architecture
from stiltsreport.modeling.adapted import targets_of

ODD = {"vocab_size": 997, "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 6, "intermediate_size": 112}
ROTARY = {**ODD, "num_key_value_heads": 2}
RELATIVE = {"relative_attention": True, "pos_att_type": "p2c|c2p", "norm_rel_ebd": "layer_norm", "position_biased_input": False}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("bert", ODD),
    ("bert", {**ODD, "type_vocab_size": 7, "max_position_embeddings": 33}),
    ("roberta", {**ODD, "max_position_embeddings": 77}),
    ("xlm-roberta", {**ODD, "type_vocab_size": 1}),
    ("xlm-roberta-xl", {**ODD, "type_vocab_size": 1}),
    ("deberta-v2", {**ODD, "type_vocab_size": 0, "max_position_embeddings": 40}),
    ("deberta-v2", {**ODD, **RELATIVE, "share_att_key": True, "position_buckets": 16, "type_vocab_size": 0}),
    ("deberta-v2", {**ODD, **RELATIVE, "max_relative_positions": 20, "type_vocab_size": 3}),
    ("deberta-v2", {**ODD, **RELATIVE, "conv_kernel_size": 3, "embedding_size": 24}),
    ("modernbert", ODD),
    ("modernbert", {**ODD, "norm_bias": True, "attention_bias": True, "mlp_bias": True}),
    ("eurobert", ROTARY),
    ("eurobert", {**ROTARY, "attention_bias": True, "mlp_bias": True}),
    ("llama", ROTARY),
    ("llama", {**ROTARY, "head_dim": 10, "attention_bias": True, "mlp_bias": True}),
    ("qwen3", {**ROTARY, "head_dim": 20}),
    ("qwen3", {**ROTARY, "attention_bias": True}),
    ("gemma3_text", {**ROTARY, "head_dim": 20}),
    ("gemma3_text", {**ROTARY, "head_dim": 8, "attention_bias": True}),
    ("mt5", {"vocab_size": 997, "d_model": 48, "d_ff": 112, "d_kv": 10, "num_layers": 3, "num_heads": 6}),
    ("t5", {"vocab_size": 997, "d_model": 48, "d_ff": 112, "d_kv": 10, "num_layers": 3, "num_heads": 6, "feed_forward_proj": "relu"}),
]
# Sizes as large models of each family have them.
REAL: list[tuple[str, dict[str, Any]]] = [
    (
        "xlm-roberta-xl",
        {"vocab_size": 250_880, "hidden_size": 2560, "num_hidden_layers": 36, "num_attention_heads": 32, "intermediate_size": 10_240},
    ),
    (
        "qwen3",
        {
            "vocab_size": 151_936,
            "hidden_size": 5120,
            "num_hidden_layers": 40,
            "num_attention_heads": 40,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "intermediate_size": 17_408,
        },
    ),
    (
        "llama",
        {
            "vocab_size": 128_256,
            "hidden_size": 8192,
            "num_hidden_layers": 80,
            "num_attention_heads": 64,
            "num_key_value_heads": 8,
            "intermediate_size": 28_672,
        },
    ),
    (
        "gemma3_text",
        {
            "vocab_size": 262_208,
            "hidden_size": 5376,
            "num_hidden_layers": 62,
            "num_attention_heads": 32,
            "num_key_value_heads": 16,
            "head_dim": 128,
            "intermediate_size": 21_504,
        },
    ),
    ("mt5", {"vocab_size": 250_112, "d_model": 4096, "d_ff": 10_240, "d_kv": 64, "num_layers": 24, "num_heads": 64}),
]


def built(family: str, sizes: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The model on the meta device, and its config.json as it would be read."""
    config = transformers.AutoConfig.for_model(family, pad_token_id=0, **sizes)
    head: Any = {"t5": transformers.T5EncoderModel, "mt5": transformers.MT5EncoderModel}.get(family)
    with torch.device("meta"):
        model = head(config) if head else transformers.AutoModel.from_config(config)
    return model, json.loads(config.to_json_string())


@pytest.mark.parametrize(("family", "sizes"), [*CASES, *REAL])
def test_as_many_weights_as_transformers_builds(family: str, sizes: dict[str, Any]):
    model, config = built(family, sizes)
    found = architecture(config)
    assert found.parameters == sum(value.numel() for value in model.parameters())
    assert found.embedding_parameters == model.get_input_embeddings().weight.numel()
    assert (found.layers, found.hidden) == (sizes.get("num_hidden_layers", sizes.get("num_layers")), model.config.hidden_size)


@pytest.mark.parametrize(("family", "sizes"), CASES)
def test_every_linear_map_of_a_layer_is_named_and_shaped(family: str, sizes: dict[str, Any]):
    model, config = built(family, sizes)
    found = architecture(config)
    maps = {name: model.get_submodule(name) for name in targets_of(model, Adaptation("lora"), family)}
    assert {name: (m.in_features, m.out_features, m.bias is not None) for name, m in maps.items()} == {
        name: (one.inputs, one.outputs, one.bias) for name, one in found.named_linears
    }
    assert found.products == sum(m.weight.numel() for m in maps.values())


def test_the_text_part_of_a_model_that_sees():
    text = transformers.Gemma3TextConfig(**{**ROTARY, "head_dim": 8})
    config = json.loads(transformers.Gemma3Config(text_config=text).to_json_string())
    with torch.device("meta"):
        model = transformers.AutoModel.from_config(text)
    assert architecture(config).parameters == sum(value.numel() for value in model.parameters())


def test_what_cannot_be_counted_is_said():
    with pytest.raises(StiltsReportError, match=r"unknown model_type 'lama'.*did you mean 'llama'"):
        architecture({"model_type": "lama"})
    with pytest.raises(StiltsReportError, match="no entry 'hidden_size'"):
        architecture({"model_type": "bert"})
    for wrong in ({"num_attention_heads": 0}, {"hidden_size": "wide"}, {"max_position_embeddings": None}, {"type_vocab_size": [3]}):
        with pytest.raises(StiltsReportError, match="sizes that are none"):
            architecture({"model_type": "bert", **ODD, "num_hidden_layers": 1, **wrong})
    assert Linear("q", 3, 5, bias=True).parameters == 20
