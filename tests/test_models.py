"""The models' records: sizes by arithmetic over their configurations, and what transformers builds of them."""

from __future__ import annotations

import pytest

from stiltsreport.model_arithmetic import architecture
from stiltsreport.models import LATER, MODELS, SHAPES, Model
from stiltsreport.tasks.citations import CITATIONS


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


# Published counts in millions. Gemma 3: embedding and other weights of its text part (2503.19786, table 1; 4B: 675 M with two more rows of
# special tokens); Qwen 3: all weights but the embeddings, output layer apart (model cards); mmBERT: non-embedding (2509.06888, table 1);
# EuroBERT, Llama 3: all, with the output layer (2503.05500, 2407.21783 and the cards); mDeBERTa: the backbone (its card); mT5: see below.
REST = {
    "qwen3-0.6b": 440,
    "qwen3-1.7b": 1400,
    "qwen3-4b": 3600,
    "qwen3-8b": 6950,
    "qwen3-14b": 13_200,
    "qwen3-32b": 31_200,
    "gemma3-1b": 698,
    "gemma3-4b": 3209,
    "gemma3-12b": 10_759,
    "gemma3-27b": 25_600,
    "mmbert-small": 42,
    "mmbert": 110,
    "mdeberta": 86,
}
WHOLE = {
    "eurobert-210m": 210,
    "eurobert-610m": 610,
    "eurobert-2.1b": 2100,
    "llama3-1b": 1240,
    "llama3-3b": 3210,
    "llama3-8b": 8030,
    "llama3-70b": 70_600,
}
MT5 = {"mt5-small": 300, "mt5-base": 580, "mt5-large": 1200, "mt5-xl": 3700, "mt5-xxl": 13_000}  # with decoders (2010.11934, table 4)


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_have_the_published_size(name: str):
    model = SHAPES[name]
    if name in REST:
        assert (model.parameters - model.embedding_parameters) / 1e6 == pytest.approx(REST[name], rel=0.012)
    elif name in WHOLE:
        output = 0 if model.tied or model.kind == "encoder" else model.embedding_parameters
        assert (model.parameters + output) / 1e6 == pytest.approx(WHOLE[name], rel=0.01)
    else:
        import torch
        import transformers

        config = transformers.AutoConfig.for_model(**model.config)
        with torch.device("meta"):  # encoder, decoder and the output layer, which published checkpoints do not tie
            whole = sum(value.numel() for value in transformers.MT5Model(config).parameters()) + model.embedding_parameters
        assert whole / 1e6 == pytest.approx(MT5[name], rel=0.035)


@pytest.mark.parametrize("name", SHAPES)
def test_transformers_builds_as_many_weights_of_a_shape(name: str):
    import torch
    import transformers

    from stiltsreport.modeling.architectures.classes import new_model

    model = SHAPES[name]
    config = transformers.AutoConfig.for_model(**model.config, pad_token_id=0)
    with torch.device("meta"):
        built = new_model(config, "AutoModel", dtype=torch.float32, trusted=False)
    assert sum(value.numel() for value in built.parameters()) == model.parameters
    assert built.get_input_embeddings().weight.numel() == model.embedding_parameters  # type: ignore[operator]
    assert getattr(config, "num_key_value_heads", None) in (None, model.key_value_heads or model.heads)


def test_shapes_are_whole():
    for model in SHAPES.values():
        assert model.citation in CITATIONS
        assert model.licence
        assert not model.checkpoint
        assert model.attention == ("causal" if model.kind == "decoder" else "bidirectional")
    assert set(LATER) == set(SHAPES)


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
