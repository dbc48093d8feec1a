"""Recipes against the models of a study, and models whose shape is known, placed by a study."""

from __future__ import annotations

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
