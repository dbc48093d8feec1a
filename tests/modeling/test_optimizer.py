"""The optimizer: rates by layer, what is frozen, and two groups as ever where nothing of that is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
import transformers
from torch import nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.optimizer import embedding_scale, encoder_of, optimizer_for, trains_embeddings
from stiltsreport.modeling.task_types import FORMS, dual_encoder
from stiltsreport.recipes import Recipe
from tests.modeling.small import encoded, model_for

RECIPE = Recipe(learning_rate=1e-3, weight_decay=0.3, max_length=32)
NAMES = {"encoder": "bert", "roberta": "roberta"}


def small(encoder: Encoder, kind: str = "sequence_classification") -> nn.Module:
    features = encoded(kind, encoder, RECIPE, 4).features
    return model_for(kind, encoder, features, torch.device("cpu"))[0]


def by_name(model: nn.Module, optimizer: torch.optim.AdamW, entry: str) -> dict[str, float]:
    names = {id(value): name for name, value in model.named_parameters()}
    return {names[id(value)]: group[entry] for group in optimizer.param_groups for value in group["params"]}


@pytest.mark.parametrize("kind", ["sequence_classification", "token_classification", "question_answering"])
def test_a_plain_recipe_has_two_groups_of_all_parameters_in_their_order(kind: str, encoder: Encoder) -> None:
    model = small(encoder, kind)
    decayed, free = optimizer_for(model, RECIPE).param_groups
    for group, wanted in (
        (decayed, [v for v in model.parameters() if v.dim() > 1]),
        (free, [v for v in model.parameters() if v.dim() <= 1]),
    ):
        assert [id(value) for value in group["params"]] == [id(value) for value in wanted]
        assert (group["scale"], group["lr"]) == (1.0, 1e-3)
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.3, 0.0)
    assert trains_embeddings(RECIPE)


@pytest.mark.parametrize("name", ["encoder", "roberta"])
def test_each_layer_below_the_head_multiplies_the_rate_once(name: str, request: pytest.FixtureRequest) -> None:
    model = small(request.getfixturevalue(name))
    scales = by_name(model, optimizer_for(model, replace(RECIPE, layer_decay=0.5)), "scale")
    assert scales.keys() == dict(model.named_parameters()).keys()
    for parameter, scale in scales.items():
        expected = 1.0  # the head, and the pooler
        for part, value in (("layer.1.", 0.5), ("layer.0.", 0.25), ("embeddings.", 0.125)):
            if part in parameter:
                expected = value
        assert scale == expected, parameter
    assert len({*scales.values()}) == 4
    assert embedding_scale(replace(RECIPE, layer_decay=0.5), 2) == 0.125
    decays = by_name(model, optimizer_for(model, replace(RECIPE, layer_decay=0.5)), "weight_decay")
    assert all(
        decay == (0.3 if value.dim() > 1 else 0.0)
        for decay, value in zip(map(decays.get, scales), map(dict(model.named_parameters()).get, scales), strict=True)
    )


@pytest.mark.parametrize(
    ("changes", "still"),
    [
        ({"trained": "head"}, ["bert.embeddings.", "bert.encoder."]),
        ({"frozen_embeddings": True}, ["bert.embeddings."]),
        ({"frozen_layers": 1}, ["bert.encoder.layer.0."]),
        ({"frozen_layers": 2, "frozen_embeddings": True}, ["bert.encoder.", "bert.embeddings."]),
    ],
)
def test_what_is_frozen_neither_moves_nor_decays(encoder: Encoder, changes: dict[str, Any], still: list[str]) -> None:
    features = encoded("sequence_classification", encoder, RECIPE, 6).features
    model, padding = model_for("sequence_classification", encoder, features, torch.device("cpu"))
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    optimizer = optimizer_for(model, replace(RECIPE, **changes))
    loss, _ = FORMS["sequence_classification"].loss(model, padding.collate(features))
    loss.backward()
    optimizer.step()
    for name, value in model.named_parameters():
        frozen = any(name.startswith(part) for part in still)
        assert value.requires_grad != frozen
        assert (value.grad is None) == frozen
        if not name.endswith("key.bias"):  # the softmax does not see it
            assert torch.equal(value, before[name]) == frozen, name
    assert trains_embeddings(replace(RECIPE, **changes)) == ("bert.embeddings." not in still)
    assert (embedding_scale(replace(RECIPE, **changes), 2) > 0) == ("bert.embeddings." not in still)


@pytest.mark.parametrize("changes", [{}, {"layer_decay": 0.5}, {"frozen_embeddings": True}, {"frozen_layers": 2}, {"trained": "head"}])
def test_a_dual_encoder_s_scale_trains_at_the_rate_of_a_head(encoder: Encoder, changes: dict[str, Any]) -> None:
    """It lies on the encoder itself, before the embeddings, and is no part of it."""
    features = encoded("dual_encoder", encoder, RECIPE, 4).features
    model, _ = model_for("dual_encoder", encoder, features, torch.device("cpu"))
    dual_encoder.prepare(model, RECIPE)
    scale: Any = model.scale
    optimizer = optimizer_for(model, replace(RECIPE, **changes))
    (group,) = [group for group in optimizer.param_groups if any(value is scale for value in group["params"])]
    assert scale.requires_grad
    assert group["scale"] == 1.0


def test_more_frozen_layers_than_there_are_is_an_error(encoder: Encoder) -> None:
    with pytest.raises(StiltsReportError, match="3 layers frozen of a model with 2"):
        optimizer_for(small(encoder), replace(RECIPE, frozen_layers=3))


def test_a_model_without_a_head_has_nothing_left_to_train(roberta: Encoder) -> None:
    base = transformers.XLMRobertaModel(roberta.config, add_pooling_layer=False)
    with pytest.raises(StiltsReportError, match="nothing is left"):
        optimizer_for(base, replace(RECIPE, trained="head"))


class TwoHeads(nn.Module):
    """Two models whose encoder is one."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.heads = nn.ModuleDict({"nli": small(encoder), "tags": small(encoder, "token_classification")})
        self.heads["tags"].bert = self.heads["nli"].bert


def test_heads_that_share_an_encoder_train_it_once(encoder: Encoder) -> None:
    model = TwoHeads(encoder)
    assert encoder_of(model) is model.heads["tags"].bert
    optimizer = optimizer_for(model, replace(RECIPE, layer_decay=0.9, frozen_layers=1))
    places = [id(value) for group in optimizer.param_groups for value in group["params"]]
    frozen = {id(value) for value in model.heads["nli"].bert.encoder.layer[0].parameters()}
    assert len(places) == len(set(places))
    assert set(places) == {id(value) for value in model.parameters()} - frozen
    heads = {"heads.nli.classifier.weight", "heads.tags.classifier.bias"}
    assert all(by_name(model, optimizer, "scale")[name] == 1.0 for name in heads)


def configured(family: str, **entries: Any) -> nn.Module:
    sizes = {
        "vocab_size": 40,
        "hidden_size": 16,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "pad_token_id": 0,
    }
    return transformers.AutoModelForSequenceClassification.from_config(transformers.AutoConfig.for_model(family, **{**sizes, **entries}))


@pytest.mark.parametrize(
    ("family", "entries", "below", "above"),
    [
        ("modernbert", {"global_attn_every_n_layers": 1}, ["model.embeddings.tok_embeddings.weight", "model.embeddings.norm.weight"], ["model.final_norm.weight", "head.dense.weight", "classifier.weight"]),
        ("deberta-v2", {"relative_attention": True, "position_buckets": 8, "norm_rel_ebd": "none"}, ["deberta.embeddings.word_embeddings.weight", "deberta.encoder.rel_embeddings.weight"], ["pooler.dense.weight", "classifier.weight"]),
        ("distilbert", {"dim": 16, "n_layers": 3, "n_heads": 2, "hidden_dim": 16}, ["distilbert.embeddings.word_embeddings.weight"], ["pre_classifier.weight", "classifier.weight"]),
    ],
)  # fmt: skip
def test_other_families(family: str, entries: dict[str, Any], below: list[str], above: list[str]) -> None:
    model = configured(family, **entries)
    scales = by_name(model, optimizer_for(model, replace(RECIPE, layer_decay=0.5)), "scale")
    assert [scales[name] for name in below] == [0.5**4] * len(below)
    assert [scales[name] for name in above] == [1.0] * len(above)
    assert {0.5, 0.25, 0.125} < set(scales.values())


def test_a_head_tied_to_the_embeddings_is_frozen_with_them(encoder: Encoder) -> None:
    model = transformers.BertForMaskedLM(encoder.config)
    assert model.cls.predictions.decoder.weight is model.bert.embeddings.word_embeddings.weight
    optimizer_for(model, replace(RECIPE, frozen_embeddings=True))
    assert not model.cls.predictions.decoder.weight.requires_grad
    assert model.cls.predictions.transform.dense.weight.requires_grad
