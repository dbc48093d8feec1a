"""Dual encoder: the passage beside its context, the loss over the passages of a batch, the ranking that selects."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformers
from torch import nn

from stiltsreport.modeling.batches import Batch, Padding
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import cut_for
from stiltsreport.modeling.task_types.dual_encoder import FORM, encode_passages, prepare
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.examples import Passage, QueryPassage
from tests.modeling.small import encoded, model_for, task_of, whole_model

KIND = "dual_encoder"
TASK = task_of(KIND)


class Directions(nn.Module):
    """Gives each row the vector (cos, sin) of an angle in degrees, its second token; of length 3, so that it must be made unit."""

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> object:
        angle = torch.deg2rad(input_ids[:, 1].float())
        return SimpleNamespace(pooler_output=3 * torch.stack([angle.cos(), angle.sin()], 1))


def batch(*angles: tuple[int, int]) -> Batch:
    """Pairs of a query and a passage at those angles."""
    features = [Feature(i, ((0, query, 2), (0, passage, 2)), ((0,) * 3, (0,) * 3)) for i, (query, passage) in enumerate(angles)]
    return Padding(VocabularyCut.whole(400), 1, False, torch.device("cpu")).collate(features)


@pytest.mark.parametrize("name", ["encoder", "bert"])
def test_a_query_alone_and_a_passage_beside_its_context(name: str, request: pytest.FixtureRequest) -> None:
    """LAReQA: the answer sentence, then the paragraph, which is what is cut."""
    encoder = request.getfixturevalue(name)
    data = [
        QueryPassage("x", "who sleeps?", "the man sleeps", "the man sleeps and the dog eats in the city"),
        QueryPassage("y", "what is red?", "the cat", None),
    ]
    special = encoder.tokenizer.num_special_tokens_to_add(pair=True)
    for room in (8, 60):
        features = FORM.encode(data, encoder.tokenizer, TASK, Recipe(query_length=6, passage_length=special + room))
        for example, feature in zip(data, features, strict=True):
            query = encoder.tokenizer(example.query, truncation=True, max_length=6, return_token_type_ids=True)
            passage = encoder.tokenizer(
                example.passage, example.context, truncation="only_second", max_length=special + room, return_token_type_ids=True
            )
            assert feature.rows == (tuple(query["input_ids"]), tuple(passage["input_ids"]))
            assert feature.types == (tuple(query["token_type_ids"]), tuple(passage["token_type_ids"]))
            pool = encode_passages([Passage("x", example.passage, "en", example.context)], encoder.tokenizer, special + room)
            assert pool[0].rows == feature.rows[1:]  # retrieval encodes passages as training does


def test_the_loss_is_softmax_over_the_passages_of_the_batch() -> None:
    """By hand: queries at 0 and 90 degrees, passages at 60 and 90, scale 2; the first query is nearer to its own passage."""
    model = Directions()
    prepare(model, Recipe(scale=2.0))
    total, count = FORM.loss(model, batch((0, 60), (90, 90)))
    first = -1.0 + math.log(math.exp(1.0) + math.exp(0.0))  # cosines 1/2 and 0
    second = -2.0 + math.log(math.exp(2 * math.cos(math.radians(30))) + math.exp(2.0))
    assert count == 2
    assert total.item() == pytest.approx(first + second, rel=1e-5)
    total.backward()
    assert model.scale.grad is not None  # learned
    assert FORM.whole_batch  # in pieces there would be fewer passages to tell apart
    alone, _ = FORM.loss(model, batch((0, 60)))
    assert alone.item() == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("name", ["encoder", "roberta"])
def test_vectors_are_the_pooled_first_token_of_transformers(name: str, request: pytest.FixtureRequest, device: torch.device) -> None:
    encoder = request.getfixturevalue(name)
    data = encoded(KIND, encoder, Recipe(query_length=24, passage_length=24), 5)
    model, padding = model_for(KIND, encoder, data.features, device)
    classes = {"bert": transformers.BertModel, "xlm-roberta": transformers.XLMRobertaModel}
    plain = whole_model(encoder, classes[encoder.config.model_type], model, cut_for(encoder, data.features).ids, 1)
    with torch.no_grad():
        found = FORM.outputs(model, padding.collate(data.features))
        for feature, pair in zip(data.features, found, strict=True):
            for row, vector in zip(feature.rows, pair, strict=True):
                theirs = plain(torch.tensor([row])).pooler_output[0]
                np.testing.assert_allclose(vector, (theirs / theirs.norm()).numpy(), rtol=1e-4, atol=1e-5)


def test_the_dev_set_ranks_its_own_passages() -> None:
    data = [QueryPassage(name, "", "", None) for name in "abc"]
    outputs = [np.array([[1, 0], [0, 1]], np.float32), np.array([[0, 1], [1, 0]], np.float32), np.array([[1, 0], [0.6, 0.8]], np.float32)]
    assert FORM.decode(data, [], outputs, TASK, Protocol()) == [["b", "c", "a"], ["a", "c", "b"], ["b", "c", "a"]]
    assert FORM.gold(data[0], TASK) == ["a"]


def test_the_scale_starts_as_the_recipe_says(encoder: Encoder, device: torch.device) -> None:
    data = encoded(KIND, encoder, Recipe(), 2)
    model, _ = model_for(KIND, encoder, data.features, device)
    prepare(model, Recipe(scale=17.0))
    assert model.scale.item() == 17.0
    assert model.scale.requires_grad
