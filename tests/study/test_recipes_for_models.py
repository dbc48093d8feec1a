"""Recipes against the models of a study, and models whose shape is known, placed by a study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stiltsreport.models import SHAPES
from tests.study.conftest import MINIMAL, Errors, Reader

PLACED = "title: T\nmodels: [qwen3-14b]\nintermediate: [mnli]\ntarget: [xnli]\ndefine: {models: {qwen3-14b: {checkpoint: someone/qwen}}}\n"


@pytest.mark.parametrize("stage", ["intermediate", "target"])
def test_an_encoder_cannot_be_made_causal(errors: Errors, stage: str):
    (found,) = errors(MINIMAL + f"recipes: {{{stage}: {{base: xstilts-target, attention: causal}}}}\n")
    assert f"recipes.{stage}.attention: xlmr-base cannot be made to read in one direction" in found
    (found,) = errors(MINIMAL + f"recipes: {{{stage}: {{base: xstilts-target, tasks: {{xnli: {{attention: causal}}}}}}}}\n")
    assert "xlmr-base cannot be made to read in one direction" in found


SIZES = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128, "vocab_size": 100}


def own(folder: Path, **config: object) -> str:
    """A study of a model in a folder with that config beside it."""
    (folder / "mine").mkdir(exist_ok=True)
    (folder / "mine" / "config.json").write_text(json.dumps({**SIZES, **config}), encoding="utf-8")
    return "title: T\nmodels: [./mine]\ntarget: [tatoeba]\n"


def test_a_decoder_that_is_not_known_to_turn_is_told_before_it_trains(errors: Errors, study: Reader, tmp_path: Path):
    recipes = "recipes: {target: {attention: bidirectional}}\n"
    (found,) = errors(own(tmp_path, model_type="mistral") + recipes)
    assert "recipes.target.attention: mine cannot be made to read in both directions; attention: pretrained" in found
    assert found.endswith("for decoders of the families llama, qwen3, gemma3_text")
    for turning in ("llama", "bert"):
        assert study(own(tmp_path, model_type=turning) + recipes).target_recipe.base.attention == "bidirectional"


@pytest.mark.parametrize(
    ("config", "pooling"),
    [
        ({"model_type": "llama"}, "last"),
        ({"model_type": "mistral"}, "last"),
        ({"model_type": "llama", "is_causal": False}, "mean"),
        ({"model_type": "bert"}, "mean"),
        ({"model_type": "something-new"}, "mean"),
    ],
)
def test_what_reads_to_the_left_alone_is_pooled_by_its_last_token(study: Reader, tmp_path: Path, config: dict[str, object], pooling: str):
    text = own(tmp_path, **config)
    assert study(text).models[0].pooling == pooling
    named = text.replace("./mine", "own") + "define: {models: {own: {checkpoint: mine}}}\n"
    assert study(named).models[0].pooling == pooling
    assert study(named.replace("checkpoint: mine", "checkpoint: mine, pooling: cls")).models[0].pooling == "cls"


def test_of_a_decoder_on_the_hub_that_the_study_calls_one_the_last_token_too(study: Reader):
    text = "title: T\nmodels: [own]\ntarget: [tatoeba]\ndefine: {models: {own: {checkpoint: someone/new, kind: decoder}}}\n"
    assert study(text).models[0].pooling == "last"
    assert study(text.replace(", kind: decoder", "")).models[0].pooling == "mean"


def test_an_output_layer_of_its_own_is_read_of_a_config(study: Reader, tmp_path: Path):
    assert study(own(tmp_path, model_type="llama")).models[0].tied
    assert not study(own(tmp_path, model_type="llama", tie_word_embeddings=False)).models[0].tied


LAYERS = "0 to 12, last, or a fraction of the depth such as 7/12"


@pytest.mark.parametrize("layer", ["foo", "first", "-1", "7/0", "13/12", "true", "7.5", "[7]"])
def test_words_that_mean_no_layer_are_refused(errors: Errors, layer: str):
    (found,) = errors(MINIMAL + f"recipes: {{target: {{base: xstilts-target, layer: {layer}}}}}\n")
    assert "s.yaml:5:42: recipes.target.layer: " in found
    assert "is no layer" in found
    (found,) = errors(MINIMAL + f"recipes: {{target: {{base: xstilts-target, tasks: {{tatoeba: {{layer: {layer}}}}}}}}}\n")
    assert "recipes.target.tasks.tatoeba.layer: " in found
    assert "is no layer" in found


def test_no_model_has_more_layers_than_there_are(errors: Errors, study: Reader):
    models = MINIMAL.replace("[xlmr-base]", "[xlmr-base, {name: xlmr-base, adaptation: lora}, xlmr-large, mbert]")
    for layer, names in (
        ("14", "xlmr-base (12 layers), mbert (12 layers) have"),
        ("25", "xlmr-base (12 layers), xlmr-large (24 layers), mbert"),
    ):
        (found,) = errors(models + f"recipes: {{target: {{layer: {layer}}}}}\n")
        assert f"recipes.target.layer: {names}" in found
        assert found.endswith(f"have no layer {layer}; {LAYERS}")
    assert study(models + "recipes: {target: {layer: 12}}\n").target_recipe.protocol.layer == "12"
    (found,) = errors(models + "recipes: {target: {tasks: {panx: {frozen_layers: 13}}}}\n")
    assert "recipes.target.tasks.panx.frozen_layers: xlmr-base (12 layers), mbert (12 layers) have no 13 layers to freeze; 0 to 12" in found
    assert study(models + "recipes: {target: {frozen_layers: 12}}\n").target_recipe.base.frozen_layers == 12


def test_the_recipes_of_a_variant_are_looked_at_too(errors: Errors):
    variants = "variants: [plain, {name: deep, recipes: {target: {layer: 13}, intermediate: {attention: causal}}}]\n"
    assert [one.partition("variants")[2] for one in errors(MINIMAL + variants)] == [
        f".1.recipes.target.layer: xlmr-base (12 layers) has no layer 13; {LAYERS}",
        ".1.recipes.intermediate.attention: xlmr-base cannot be made to read in one direction; attention: pretrained or bidirectional; "
        "causal is for decoders",
    ]


def test_the_layer_of_a_model_of_one_s_own(errors: Errors, study: Reader):
    assert study(PLACED.replace("someone/qwen", "someone/qwen, layer: 40")).models[0].layer == "40"
    (found,) = errors(PLACED.replace("someone/qwen", "someone/qwen, layer: 41"))
    assert "define.models.qwen3-14b.layer: layer 41 of a model with 40 layers; 0 to 40" in found
    (found,) = errors(PLACED.replace("qwen3-14b", "mine").replace("someone/qwen", "someone/qwen, layer: top"))
    assert "define.models.mine.layer: 'top' is no layer; last, a number from 0" in found


def test_a_direction_is_one_of_three(errors: Errors):
    (found,) = errors(MINIMAL + "recipes: {target: {base: xstilts-target, attention: left}}\n")
    assert "'left' is none of pretrained, causal, bidirectional" in found


def test_a_known_shape_is_placed_by_a_study(study: Reader):
    found = study(PLACED + "recipes: {target: {base: xstilts-target, attention: causal}}\n")
    (model,) = found.models
    shape = SHAPES["qwen3-14b"]
    assert (model.name, model.checkpoint, model.kind, model.attention) == ("qwen3-14b", "someone/qwen", "decoder", "causal")
    assert (model.parameters, model.layers, model.key_value_heads, model.family) == (shape.parameters, 40, 8, "qwen3")
    assert model.pooling == "last"
    assert found.target_recipe.base.attention == "causal"
    (model,) = study(PLACED.replace("someone/qwen", "someone/qwen, pooling: mean")).models
    assert model.pooling == "mean"


def test_a_shape_without_a_checkpoint_says_how_to_place_it(errors: Errors):
    (found,) = errors(PLACED.partition("define")[0])
    assert "not available yet" in found
    assert "define: {models: {qwen3-14b: {checkpoint: OWNER/NAME or a folder}}}" in found
