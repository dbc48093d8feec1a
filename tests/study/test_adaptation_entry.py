"""Adaptations in a study file: names of arms, defaults, and what is refused."""

from __future__ import annotations

import pytest

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.memory import trained_parameters
from stiltsreport.study.architectures import architecture_of
from tests.study.conftest import Errors, Reader

FILE = "title: T\nmodels: [{models}]\ntarget: [xnli]\n"


def text(*models: str) -> str:
    return FILE.replace("{models}", ", ".join(models))


def test_an_adapted_model_is_an_arm_of_its_own(study: Reader):
    found = study(
        text("{name: [xlmr-base, mbert], adaptation: lora}", "xlmr-base", "{name: xlmr-base, adaptation: {method: qlora, rank: 64}}")
    ).models
    assert [model.name for model in found] == ["xlmr-base+lora", "mbert+lora", "xlmr-base", "xlmr-base+qlora"]
    assert [model.title for model in found] == [
        "XLM-R base (LoRA, rank 16)",
        "mBERT (LoRA, rank 16)",
        "XLM-R base",
        "XLM-R base (4-bit LoRA, rank 64)",
    ]
    assert {model.unadapted for model in found} == {"xlmr-base", "mbert"}
    assert found[2].adaptation == FULL
    assert found[3].adaptation == Adaptation("lora", bits=4, rank=64, alpha=128.0, stack="stacked", rate_factor=10.0)


def test_two_adaptations_of_one_method_need_names(study: Reader, errors: Errors):
    two = ("{name: mbert, adaptation: lora}", "{name: mbert, adaptation: {method: lora, rank: 4%s}}")
    (found,) = errors(text(two[0], two[1] % ""))
    assert found.endswith("model 'mbert+lora' stands twice; give one of its adaptations a `name`")
    assert [model.name for model in study(text(two[0], two[1] % ", name: lora-r4")).models] == ["mbert+lora", "mbert+lora-r4"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("lorra", "'lorra' is none of its values; known: 'full', 'lora', 'dora', 'qlora' or 'frozen'"),
        ("{method: lora, rnk: 4}", "unknown key 'rnk'; did you mean 'rank'?"),
        ("{method: lora, rank: 0}", "0 must be above 0"),
        ("{method: lora, dropout: 1}", "1 must be below 1"),
        ("{method: full, rank: 4}", "'rank' says nothing of 'full': it is of lora, dora and qlora"),
        ("{method: frozen, stack: stacked}", "'stack' says nothing of 'frozen'"),
        ("{method: full, rate_factor: 2}", "full fine-tuning trains by the recipe"),
        ("{method: lora, bits: 8}", "8 is none of its values; known: 4"),
        ("{method: lora, targets: [all-linear, query]}", "'all-linear' stands alone in targets"),
        ("{method: qlora, stack: merged}", "weights in 4 bits would round an adapter away"),
        ("{method: dora, bits: 4, stack: merged}", "weights in 4 bits would round an adapter away"),
        ("{rank: 4}", "'method' is missing"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(errors: Errors, written: str, said: str):
    found = errors(text(f"{{name: mbert, adaptation: {written}}}"))
    assert any(said in line and "models.0.adaptation" in line for line in found), found


@pytest.mark.parametrize(
    ("model", "targets", "said"),
    [
        (
            "mbert",
            "q_proj",
            "no linear layer 'q_proj'; the layers of a block: attention.self.query, attention.self.key, attention.self.value",
        ),
        ("xlmr-base", "[query, out_proj, fc1]", "no linear layer 'out_proj' or 'fc1'"),
        ("xlmr-base", "encoder.layer.12.output.dense", "no linear layer 'encoder.layer.12.output.dense'"),  # of twelve, counted from 0
    ],
)
def test_layers_that_a_model_lacks_are_told_before_it_trains(errors: Errors, model: str, targets: str, said: str):
    (found,) = errors(text(f"{{name: {model}, adaptation: {{method: lora, targets: {targets}}}}}"))
    assert "models.0.adaptation.targets" in found
    assert f"{model}: {said}" in found


def test_layers_are_named_by_how_their_paths_end(study: Reader):
    targets = "[query, self.value, encoder.layer.11.output.dense]"
    (model,) = study(text(f"{{name: xlmr-base, adaptation: {{method: lora, rank: 1, targets: {targets}}}}}")).models
    sizes = architecture_of(model)
    assert sizes is not None
    # 12 queries and values of 768 to 768, and one map of 3072 to 768
    assert trained_parameters(sizes, model.adaptation) == 2 * 12 * (768 + 768) + 3072 + 768


def test_of_a_model_that_is_not_known_yet_any_layer_may_be_named(study: Reader):
    (model,) = study(text("{name: OWNER/NAME, adaptation: {method: lora, targets: q_proj}}")).models
    assert model.adaptation.targets == ("q_proj",)
