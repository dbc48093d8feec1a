"""The models' records: sizes by arithmetic over their configurations, and what transformers builds of them."""

from __future__ import annotations

import pytest

from stiltsreport.model_arithmetic import architecture
from stiltsreport.models import LATER, MODELS, Model


def counted(model: Model, positions: int, types: int) -> int:
    """Weights of a BERT-like encoder: tables, blocks of attention and feed-forward with two LayerNorms, a LayerNorm, a pooler."""
    hidden, inner = model.hidden_size, model.intermediate_size
    attention = 4 * (hidden * hidden + hidden)
    feed_forward = hidden * inner + inner + inner * hidden + hidden
    tables = (model.vocabulary + positions + types) * hidden
    pooler = 0 if model.name == "multilingual-e5-small" else hidden * hidden + hidden
    return tables + model.layers * (attention + feed_forward + 4 * hidden) + 2 * hidden + pooler


@pytest.mark.parametrize(
    ("name", "positions", "types"),
    [
        ("multilingual-e5-small", 512, 2),
        ("xlmr-base", 514, 1),
        ("xlmr-large", 514, 1),
        ("xlmr-xl", 514, 1),
        ("xlmr-xxl", 514, 1),
        ("mbert", 512, 2),
    ],
)
def test_parameters_by_arithmetic(name: str, positions: int, types: int):
    assert MODELS[name].parameters == counted(MODELS[name], positions, types)


@pytest.mark.parametrize("name", ["xlmr-base", "xlmr-xl", "xlmr-xxl", "mbert"])
def test_transformers_counts_the_same(name: str):
    import torch
    import transformers

    model = MODELS[name]
    family = {"bert": "bert"}.get(model.family, "xlm-roberta-xl" if name in ("xlmr-xl", "xlmr-xxl") else "xlm-roberta")
    config = transformers.AutoConfig.for_model(
        family, vocab_size=model.vocabulary, hidden_size=model.hidden_size, num_hidden_layers=model.layers, num_attention_heads=model.heads,
        intermediate_size=model.intermediate_size, max_position_embeddings=512 if family == "bert" else 514, type_vocab_size=2 if family == "bert" else 1,
    )  # fmt: skip
    with torch.device("meta"):  # shapes alone: XXL's weights would be 43 GB
        built = transformers.AutoModel.from_config(config)
    assert sum(parameter.numel() for parameter in built.parameters()) == model.parameters


@pytest.mark.parametrize("name", MODELS)
def test_its_config_tells_its_size(name: str):
    model = MODELS[name]
    found = architecture(model.config)
    pooler = model.hidden_size**2 + model.hidden_size if name == "multilingual-e5-small" else 0  # its file comes without one
    assert found.parameters - pooler == model.parameters
    assert found.embedding_parameters == model.embedding_parameters


def test_records_are_whole():
    for model in MODELS.values():
        assert model.layers > 0
        assert model.hidden_size % model.heads == 0
        assert model.embedding_parameters < model.parameters
        assert model.citation
        assert model.licence
        assert all(state in ("yes", "no", "unknown") and source for _, state, source in model.seen)
    assert not set(LATER) & set(MODELS)


def test_the_embedded_encoder_says_that_it_is_tuned():
    embedded = MODELS["multilingual-e5-small"]
    assert embedded.tuned
    assert (embedded.layer, embedded.pooling, embedded.prefix) == ("last", "mean", "query: ")
    seen = {name: state for name, state, _ in embedded.seen}
    assert (seen["mnli"], seen["snli"], seen["squad"]) == ("yes", "yes", "yes")
    assert [model.name for model in MODELS.values() if model.tuned] == ["multilingual-e5-small"]
