"""Adaptations in a study file: names of arms, defaults, and what is refused."""

from __future__ import annotations

import pytest

from stiltsreport.adaptation import FULL, Adaptation
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
        ("{method: lora, rank: 0}", "input should be greater than 0"),
        ("{method: lora, dropout: 1}", "input should be less than 1"),
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
