"""A recipe's `attention`, and models whose shape is known, placed by a study."""

from __future__ import annotations

import pytest

from stiltsreport.models import SHAPES
from tests.study.conftest import MINIMAL, Errors, Reader

PLACED = "title: T\nmodels: [qwen3-14b]\nintermediate: [mnli]\ntarget: [xnli]\ndefine: {models: {qwen3-14b: {checkpoint: someone/qwen}}}\n"


@pytest.mark.parametrize("stage", ["intermediate", "target"])
def test_an_encoder_cannot_be_made_causal(errors: Errors, stage: str):
    (found,) = errors(MINIMAL + f"recipes: {{{stage}: {{base: xstilts-target, attention: causal}}}}\n")
    assert f"recipes.{stage}: xlmr-base cannot be made to read in one direction" in found
    (found,) = errors(MINIMAL + f"recipes: {{{stage}: {{base: xstilts-target, tasks: {{xnli: {{attention: causal}}}}}}}}\n")
    assert "xlmr-base cannot be made to read in one direction" in found


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
