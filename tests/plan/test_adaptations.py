"""Adaptations in plans: what shares a job and what does not, rates, and what a frozen encoder asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.models import MODELS
from stiltsreport.plan.fitting import demand_of
from stiltsreport.plan.jobs import Pretrained, Train
from stiltsreport.plan.memory import checkpoint_bytes
from stiltsreport.study.adaptation_entry import adapted
from tests.plan.conftest import Planner

LORA = Adaptation("lora", rate_factor=10.0)


def study(adaptation: str) -> tuple[str, ...]:
    """Overrides of a study of one model in full and adapted."""
    return (
        f"models=[xlmr-base, {{name: xlmr-base, adaptation: {adaptation}}}]",
        "intermediate=[hellaswag]",
        "target=[{task: xnli, languages: [de], train: snli}]",
        "seeds=[1]",
    )


def of(model: str, trainings: list[Train]) -> dict[str, Train]:
    """Its trainings by stage, and whether they start from the pretrained encoder."""
    own = [train for train in trainings if train.pretrained.model.name == model]
    return {f"{train.stage} of {'none' if isinstance(train.start, Pretrained) else 'hellaswag'}": train for train in own}


@pytest.mark.parametrize("adaptation", ["lora", "dora", "{method: lora, rank: 4, name: small}"])
def test_an_adapted_model_shares_no_training(plan: Planner, adaptation: str) -> None:
    trainings = list(plan(*study(adaptation)).trainings.values())
    names = {train.pretrained.model.name for train in trainings}
    (name,) = names - {"xlmr-base"}
    full, own = of("xlmr-base", trainings), of(name, trainings)
    assert full.keys() == own.keys() == {"intermediate of none", "target of none", "target of hellaswag"}
    for stage, train in own.items():
        assert train.id != full[stage].id
        assert train.recipe == replace(full[stage].recipe, learning_rate=train.recipe.learning_rate)
        assert train.recipe.learning_rate == pytest.approx(10 * full[stage].recipe.learning_rate)
        assert repr(train.recipe.learning_rate) == "0.0001"  # and not 0.00010000000000000002
        assert train.ingredients["adaptation"]["method"] == train.adaptation.method
        assert "adaptation" not in full[stage].ingredients


def test_how_adapters_follow_each_other_concerns_what_starts_from_one(plan: Planner) -> None:
    two = "models=[{name: xlmr-base, adaptation: lora}, {name: xlmr-base, adaptation: {method: lora, stack: stacked, name: stacked}}]"
    found = plan(two, *study("lora")[1:])
    ids = {run.model.name + f"/{run.intermediate}": run.evaluations[0].checkpoint for run in found.runs}
    assert ids["xlmr-base+lora/none"].id == ids["xlmr-base+stacked/none"].id
    merged, stacked = (ids[f"xlmr-base+{name}/hellaswag"] for name in ("lora", "stacked"))
    assert merged.id != stacked.id
    assert isinstance(merged, Train)
    assert isinstance(stacked, Train)
    assert merged.start.id == stacked.start.id


def test_a_frozen_encoder_shares_the_intermediate_training_that_is_full(plan: Planner) -> None:
    trainings = list(plan(*study("frozen")).trainings.values())
    assert [train.stage for train in trainings].count("intermediate") == 1
    heads = [train for train in trainings if train.recipe.trained == "head"]
    assert len(heads) == 2
    assert {train.recipe.learning_rate for train in heads} == {0.001}
    assert {train.adaptation.method for train in heads} == {"frozen"}
    (intermediate,) = [train for train in trainings if train.stage == "intermediate"]
    assert intermediate.adaptation == FULL
    both = demand_of([heads[0], intermediate], "bfloat16")
    assert both is not None
    assert both.adaptation.method == "full", "it is the intermediate training that has to fit"


def test_weights_in_4_bits_are_another_encoder() -> None:
    """What is evaluated on them without any training is another job."""
    base = MODELS["xlmr-base"]
    ids = {Pretrained(adapted(base, one), "revision").id for one in (FULL, LORA, Adaptation("dora"), Adaptation("frozen"))}
    assert len(ids) == 1
    assert Pretrained(adapted(base, Adaptation("lora", bits=4)), "revision").id not in ids


@pytest.mark.parametrize(
    "changed",
    [{"rank": 8}, {"alpha": 8.0}, {"dropout": 0.1}, {"targets": ("query",)}, {"bits": 4}, {"stack": "stacked"}, {"method": "dora"}],
)
def test_all_that_moves_numbers_is_an_ingredient(changed: dict[str, object]) -> None:
    assert replace(LORA, **changed).ingredients != LORA.ingredients
    assert replace(LORA, label="other").ingredients == LORA.ingredients


def test_checkpoints_of_adapters_are_small_and_those_of_a_frozen_encoder_are_not() -> None:
    base = MODELS["xlmr-base"]
    full, lora, frozen = (checkpoint_bytes(adapted(base, one)).value for one in (FULL, LORA, Adaptation("frozen")))
    # 12 blocks; rank 16 times the inputs and outputs of four square maps of 768, and of two between 768 and 3,072.
    assert lora == 4 * 12 * 16 * (4 * 2 * 768 + 2 * (768 + 3072))
    assert frozen == full
