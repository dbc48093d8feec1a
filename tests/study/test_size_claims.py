"""Trends over sizes whose models differ in more than size: refused at their place, with the arms that would answer them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.adaptation import Adaptation
from stiltsreport.models import MODELS
from stiltsreport.recipes import RECIPES
from stiltsreport.study.size_claims import groups, masks, unequal
from tests.architectures import make_architecture
from tests.study.conftest import Errors, Reader
from tests.tiny import make_tiny_model

SIZES = """\
title: T
models:
  - {name: [xlmr-base, xlmr-large, xlmr-xl, xlmr-xxl], adaptation: lora}
  - {name: [xlmr-base, xlmr-large, xlmr-xl], adaptation: full}
intermediate: [mnli]
target: [xquad]
claims:
"""
TREND = "  - {name: c, trend: gain-by-parameters, of: mnli, direction: down"


def said(errors: Errors, text: str) -> str:
    (found,) = errors(text)
    return found


def test_sizes_adapted_alike_are_answered(study: Reader):
    lora = study(SIZES + TREND + ", models: [xlmr-base+lora, xlmr-large+lora, xlmr-xl+lora, xlmr-xxl+lora]}\n")
    assert [len(claim.models) for claim in lora.claims] == [4]
    full = study(SIZES + TREND + ", models: [xlmr-base, xlmr-large, xlmr-xl]}\n")
    assert [len(claim.models) for claim in full.claims] == [3]


def test_a_trend_that_names_no_models_is_carried_by_the_adaptation_that_stands_at_every_size(study: Reader, errors: Errors):
    (claim,) = study(SIZES + TREND + "}\n").claims
    assert claim.models == ("xlmr-base+lora", "xlmr-large+lora", "xlmr-xl+lora", "xlmr-xxl+lora")
    both = SIZES.replace("xlmr-xl], adaptation: full", "xlmr-xl, xlmr-xxl], adaptation: full")
    assert "its models differ in more than size" in said(errors, both + TREND + "}\n")


def test_a_trend_over_full_and_lora_names_the_models_that_are_adapted_alike(errors: Errors):
    found = said(errors, SIZES + TREND + ", models: [xlmr-base, xlmr-large, xlmr-xl+lora, xlmr-xxl+lora]}\n")
    assert found.startswith("s.yaml:8:5: claims.0: claim 'c': its models differ in more than size: unequal adaptation (")
    assert "LoRA, rank 16; full fine-tuning" in found
    assert found.endswith("; `models: [xlmr-base+lora, xlmr-large+lora, xlmr-xl+lora, xlmr-xxl+lora]`, all adapted alike")


def test_an_arm_that_the_study_lacks_is_named_as_the_bridge(errors: Errors):
    text = SIZES.replace("name: [xlmr-base, xlmr-large, xlmr-xl, xlmr-xxl]", "name: [xlmr-xl, xlmr-xxl]")
    found = said(errors, text + TREND + ", models: [xlmr-base, xlmr-large, xlmr-xl, xlmr-xxl+lora]}\n")
    assert "`models: [xlmr-base+lora, xlmr-large+lora, xlmr-xl+lora, xlmr-xxl+lora]`" in found
    assert "with the bridging arms xlmr-base+lora, xlmr-large+lora added to the study's models" in found
    one = said(errors, text + TREND + ", models: [xlmr-xl, xlmr-xxl+lora, xlmr-base]}\n")
    assert "with the bridging arm xlmr-base+lora added" in one


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ("lora", "qlora", "unequal precision (weights held in 4 bits by some alone)"),
        ("{method: lora, rank: 8}", "lora", "unequal adaptation (LoRA, rank 8; LoRA, rank 16)"),
        ("{method: lora, alpha: 16}", "lora", "alpha 16, dropout 0, on all-linear; LoRA, rank 16, alpha 32"),
        ("{method: lora, stack: stacked}", "lora", "unequal adaptation (LoRA, rank 16, stacked; LoRA, rank 16)"),
    ],
)
def test_what_is_unequal_is_said(errors: Errors, first: str, second: str, what: str):
    models = f"models: [{{name: xlmr-base, adaptation: {first}}}, {{name: xlmr-large, adaptation: {second}}}]\n"
    assert what in said(errors, f"title: T\n{models}intermediate: [mnli]\ntarget: [xquad]\nclaims:\n{TREND}}}\n")


def test_a_learning_rate_or_a_name_of_its_own_makes_no_other_adaptation(study: Reader):
    models = "models: [{name: xlmr-base, adaptation: {method: lora, rate_factor: 5, name: low}}, {name: xlmr-large, adaptation: lora}]\n"
    assert study(f"title: T\n{models}intermediate: [mnli]\ntarget: [xquad]\nclaims:\n{TREND}}}\n").claims


def test_other_claims_may_be_on_unlike_models(study: Reader):
    assert study(SIZES + "  - {name: c, better: mnli, than: none}\n").claims[0].models[0] == "xlmr-base+lora"


BOOK = RECIPES["xstilts-target"]
mask = masks(BOOK)
DECODER = replace(MODELS["xlmr-xl"], name="decoder", family="decoder", kind="decoder", attention="causal")


def test_masks_of_attention():
    assert unequal([MODELS["xlmr-base"], DECODER], mask) == ["unequal attention mask (bidirectional; causal)"]
    assert unequal([MODELS["xlmr-base"], MODELS["xlmr-xl"]], mask) == []
    both = masks(replace(BOOK, base=replace(BOOK.base, attention="bidirectional")))
    assert unequal([MODELS["xlmr-base"], DECODER], both) == []
    assert (both(MODELS["xlmr-base"]), both(DECODER), mask(DECODER)) == ("bidirectional", "bidirectional", "causal")
    assert mask(replace(MODELS["xlmr-base"], objective="unknown")) == ""


def test_unlike_masks_name_what_makes_them_alike(tmp_path: Path, errors: Errors, study: Reader):
    make_architecture(tmp_path / "llama", "llama")
    defined = "define: {models: {small: {checkpoint: llama, parameters: 1B, objective: language modelling}}}\n"
    text = f"title: T\n{defined}models: [xlmr-base, xlmr-large, small]\nintermediate: [mnli]\ntarget: [xquad]\nclaims:\n{TREND}}}\n"
    found = said(errors, text)
    assert "unequal attention mask (bidirectional; causal)" in found
    assert found.endswith("`models: [small]`, or `attention: bidirectional` in both recipes for all")
    recipes = "recipes: {intermediate: {base: xstilts-intermediate, attention: bidirectional}, target: {base: xstilts-target, attention: bidirectional}}\n"
    assert study(text + recipes).claims[0].models == ("xlmr-base", "xlmr-large", "small")


def test_groups_hold_what_can_be_compared():
    base, large = MODELS["xlmr-base"], MODELS["xlmr-large"]
    lora = replace(base, name="xlmr-base+lora", adaptation=Adaptation("lora"))
    found = groups([lora, base, DECODER, large], mask)
    assert [[model.name for model in group] for group in found] == [["xlmr-base+lora"], ["xlmr-base", "xlmr-large"], ["decoder"]]


def test_a_model_of_the_studys_own_says_what_it_has_seen(study: Reader, tmp_path: Path):
    make_tiny_model(tmp_path / "tiny")
    defined = "define: {models: {own: {checkpoint: tiny, tuned: true, objective: distillation, seen: {squad: yes, xnli: no}, source: its card}}}\n"
    (model,) = study(f"title: T\n{defined}models: [own]\ntarget: [xquad]\n").models
    assert (model.tuned, model.objective) == (True, "distillation")
    assert model.seen == (("squad", "yes", "its card"), ("xnli", "no", "its card"))
    (same,) = study(
        f"title: T\n{defined}models: [own]\ntarget: [xquad]\n".replace("squad: yes, xnli: no", "squad: true, xnli: false")
    ).models
    assert same.seen == model.seen
    assert (model.kind, model.attention) == ("encoder", "bidirectional")
    hub = "define: {models: {own: {checkpoint: OWNER/NAME, kind: decoder, parameters: 1B}}}\n"
    (model,) = study(f"title: T\n{hub}models: [own]\ntarget: [xquad]\n").models
    assert (model.kind, model.attention, model.parameters) == ("decoder", "causal", 1_000_000_000)


def test_of_a_folders_model_that_also_sees_the_part_that_reads_says_what_it_is(study: Reader, tmp_path: Path):
    (tmp_path / "sees").mkdir()
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "vocab_size": 100}
    config = {"model_type": "gemma3", "text_config": {"model_type": "gemma3_text", **sizes}}
    (tmp_path / "sees" / "config.json").write_text(json.dumps(config))
    (model,) = study("title: T\nmodels: [./sees]\ntarget: [xquad]\n").models
    assert (model.kind, model.attention, model.layers) == ("decoder", "causal", 2)


def test_a_model_on_the_hub_may_say_its_sizes(study: Reader, errors: Errors):
    # Llama 3.2 1B's sizes; 1,235,814,400 weights, as its paper's 1.24 B and transformers' class have it.
    sizes = (
        "model_type: llama, hidden_size: 2048, num_hidden_layers: 16, num_attention_heads: 32, num_key_value_heads: 8, head_dim: 64, "
        "intermediate_size: 8192, vocab_size: 128256"
    )
    text = "title: T\nmodels: [own]\ntarget: [xquad]\ndefine: {models: {own: {checkpoint: OWNER/NAME, config: {SIZES}}}}\n"
    (model,) = study(text.replace("SIZES", sizes)).models
    assert (model.parameters, model.kind, model.key_value_heads) == (1_235_814_400, "decoder", 8)
    found = errors(text.replace("SIZES", "model_type: lama, hidden_size: 2048"))[-1]
    assert found == "s.yaml:4:19: define.models.own: config: unknown model_type 'lama'; did you mean 'llama'?"
    assert (
        "define.models.own: config: no entry 'intermediate_size'"
        in errors(text.replace("SIZES", "model_type: llama, hidden_size: 2048"))[-1]
    )
