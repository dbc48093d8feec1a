"""Sentence vectors beside transformers: the layer, the pooling, padding left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import transformers

from stiltsreport.modeling.encoder import Encoder, with_head
from stiltsreport.modeling.inference import cut_for, padding_for
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.task_types.dual_encoder import encode_passages
from stiltsreport.modeling.task_types.sentence_vectors import layers_of, vectors
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.tasks.examples import Passage

TEXTS = ["the man sleeps in the red city", "a dog", "где кот", "who runs and who eats and who sleeps?"]


@pytest.mark.parametrize("name", ["encoder", "roberta"])
@pytest.mark.parametrize("layer", [0, 1, 2])
@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("packed", [False, True])
def test_vectors_are_those_of_transformers_one_by_one(
    name: str, layer: int, pooling: str, packed: bool, request: pytest.FixtureRequest, device: torch.device
) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    features = encode_passages([Passage(text, text, "en") for text in TEXTS], encoder.tokenizer, 64)
    cut = cut_for(encoder, features)
    batch = replace(padding_for(encoder, cut, device), packs=packed).collate(features)
    model = with_head(encoder, transformers.AutoModel, cut, 0, labels=1, dropout=None).eval()
    plain = with_head(encoder, transformers.AutoModel, VocabularyCut.whole(len(encoder.table.base)), 0, labels=1, dropout=None).eval()
    with torch.no_grad():
        found = vectors(pack(model, device) if packed else model, batch, layer, pooling)
        for text, vector in zip(TEXTS, found, strict=True):
            states = plain(**encoder.tokenizer(text, return_tensors="pt"), output_hidden_states=True).hidden_states[layer][0]
            pooled = states.mean(0) if pooling == "mean" else states[0]  # special tokens are part of the mean
            torch.testing.assert_close(vector, pooled / pooled.norm(), rtol=1e-4, atol=1e-5)


def test_no_layer_above_the_one_that_is_read_is_computed(encoder: Encoder, device: torch.device) -> None:
    features = encode_passages([Passage("a", "the cat", "en")], encoder.tokenizer, 64)
    cut = cut_for(encoder, features)
    model = with_head(encoder, transformers.AutoModel, cut, 0, labels=1, dropout=None).eval()
    called = []
    for place, layer in enumerate(layers_of(model)):
        layer.register_forward_hook(lambda *_, place=place: called.append(place))
    vectors(model, padding_for(encoder, cut, device).collate(features), 1, "mean")
    assert called == [0]
    vectors(model, padding_for(encoder, cut, device).collate(features), 2, "mean")
    assert called == [0, 0, 1]  # and the model is whole again
