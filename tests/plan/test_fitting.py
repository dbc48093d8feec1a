"""What fits a device, in which pieces, and what would make it fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stiltsreport.adaptation import Adaptation
from stiltsreport.errors import StudyErrors
from stiltsreport.models import MODELS
from stiltsreport.plan.devices import DEVICES, Device, device_named
from stiltsreport.plan.estimate import estimate
from stiltsreport.plan.fitting import demand_of, refuse_unfit, settled, unfit
from stiltsreport.plan.memory import Demand, placed, remedies
from stiltsreport.plan.units import missing_units
from stiltsreport.study.execution import ExecutionSettings
from tests.plan.conftest import Planner, Stored

XXL, XL = MODELS["xlmr-xxl"], MODELS["xlmr-xl"]
H200 = DEVICES["h200"]
HALF = Demand("bfloat16")


def test_a_dual_encoder_asks_for_its_whole_batch(plan: Planner):
    """Its queries are told from each other's passages: no piece of a batch is smaller than the batch."""
    tune = "tune={learning_rate: [1e-5, 1e-4], per: [model, stage, arm], seeds: [101]}"  # which needs no pool that is searched
    train, *_ = plan(tune, "intermediate=[]", "target=[{task: lareqa, languages: [en]}]", "seeds=[1]").trials
    recipe = train.parts[0].recipe
    demand = Demand.of(train, "float32")
    assert demand.example == demand.batch == recipe.batch_size * (recipe.query_length + recipe.passage_length)
    assert demand.context == max(recipe.query_length, recipe.passage_length)
    pairs = plan("intermediate=[]", "target=[{task: xnli, languages: [en], train: snli}]", "seeds=[1]")
    (train,) = pairs.trainings.values()
    demand = Demand.of(train, "float32")
    assert demand.example == train.recipe.max_length < demand.batch


def test_the_largest_model_and_its_remedies():
    """XXL: 171 GB of weights and states at 16 bytes a parameter do not fit 141; with moments of 8 bits and in pieces they do."""
    found = placed(XXL, H200, HALF)
    assert found is not None
    assert found.fits is False
    assert remedies(XXL, H200, HALF) == [
        "optimizer: adamw-8bit",
        "adaptation: lora",
        "adaptation: qlora",
        "2 devices a job",
        "offload: cpu in a machine with 226 GB",
    ]
    low = placed(XXL, H200, replace(HALF, optimizer="adamw-8bit"))
    assert low is not None
    assert low.fits
    assert 2_048 <= low.pieces.tokens < HALF.batch  # in pieces, which costs less than to compute all layers again
    assert low.footprint.peak < 141e9
    never = replace(HALF, optimizer="adamw-8bit", recompute="never", batch=65_536, example=8_192)
    assert "recompute: auto" in remedies(XXL, H200, never)


def test_lora_fits_where_full_fine_tuning_does_not():
    lora = placed(XXL, H200, replace(HALF, adaptation=Adaptation("lora")))
    assert lora is not None
    assert lora.fits
    assert not lora.pieces.recompute
    smaller = placed(XXL, DEVICES["l40s"], replace(HALF, adaptation=Adaptation("lora", bits=4)))
    assert smaller is not None
    assert smaller.fits
    assert remedies(XXL, DEVICES["t4"], replace(HALF, adaptation=Adaptation("lora", bits=4))) == []  # 4 bits stay whole on one device


def test_the_memory_of_the_machine_beside_a_gpu_is_looked_at():
    """What is offloaded of XXL: weights, gradients and moments in float32, 16 bytes of each that trains, and the best so far, 4 more."""
    offloaded = replace(HALF, offload=True)
    for gigabytes, fits in ((300, True), (128, False)):
        device = replace(H200, host=gigabytes * 10**9)
        found = placed(XXL, device, offloaded)
        assert found is not None
        assert found.fits is fits
        trained = 10_712_735_744 - (250_880 - 60_000) * 4096
        assert found.footprint.host == pytest.approx(20 * trained + 4 * 250_880 * 4096, rel=0.01)
        assert ("offload: cpu" in remedies(XXL, device, HALF)) is fits
    tight = replace(H200, host=128 * 10**9)
    spread, lacking = settled(XXL, tight, offloaded)
    assert spread.devices == 1
    assert lacking is not None
    assert "XLM-R XXL does not fit the memory of this machine: full fine-tuning takes about 2" in unfit(XXL, tight, spread, lacking)
    assert unfit(XXL, tight, spread, lacking).endswith("GB, there are 115 of it beside the GPU")


@pytest.mark.parametrize("whole", [{"optimizer": "adamw-8bit"}, {"adaptation": Adaptation("lora", bits=4)}])
def test_what_stays_whole_is_not_said_to_fit_on_more_devices(whole: dict[str, Any]):
    """Moments in 8 bits and layers in 4 are not shared out over processes: more of them hold as many copies."""
    small, demand = replace(DEVICES["t4"], memory=5 * 10**9), replace(HALF, **whole)
    spread, found = settled(XXL, small, demand)
    assert found is not None
    assert (spread.devices, found.fits) == (1, False)
    assert not [words for words in remedies(XXL, small, demand) if "devices" in words or "offload" in words]


def test_pieces_are_as_large_as_fit():
    roomy, tight = (placed(XL, DEVICES[name], HALF) for name in ("h200", "h100"))
    assert roomy is not None
    assert tight is not None
    assert roomy.pieces.tokens > tight.pieces.tokens
    assert tight.footprint.peak <= 80e9
    unknown = placed(XL, Device("cuda", "a GPU", None, 0.0, 0.0), HALF)
    assert unknown is not None
    assert unknown.fits is None
    assert placed(replace(XL, parameters=0), H200, HALF) is None


def test_devices_are_as_many_as_the_study_says_or_as_few_as_hold_it():
    for count, expected in ((None, 2), (1, 1), (4, 4)):
        spread, found = settled(XXL, H200, HALF, ExecutionSettings(processes_per_job=count))
        assert found is not None
        assert (spread.devices, found.fits) == (expected, expected > 1)
    spread, found = settled(XXL, H200, HALF, ExecutionSettings(processes_per_job=4, sharding="none"))
    assert (spread.devices, found is not None and found.fits) == (1, False)


SMALL = ("intermediate=[]", "target=[{task: xnli, languages: [en], train: snli}]", "seeds=[1]")


def test_what_runs_on_cuda_alone_is_refused_elsewhere(plan: Planner):
    found = plan(*SMALL, "recipes={target: {optimizer: adamw-8bit}}")
    assert any(
        "optimizer: adamw-8bit runs on CUDA alone: `build` refuses its jobs there" in line for line in estimate(found, Stored()).warnings
    )
    assert not any("CUDA" in line for line in estimate(found, Stored(), "h200").warnings)
    units = missing_units(found, Stored())
    with pytest.raises(StudyErrors, match=r"--device cpu: .*adamw-8bit runs on CUDA alone"):
        refuse_unfit(units, "cpu")
    refuse_unfit(units, "h200")
    four = plan(*SMALL, "models=[{name: xlmr-base, adaptation: qlora}]")
    with pytest.raises(StudyErrors, match="4 bits run on CUDA alone"):
        refuse_unfit(missing_units(four, Stored()), "cpu")


def test_weights_in_four_bits_are_not_evaluated_on_a_cpu_either(plan: Planner):
    found = plan(
        "intermediate=[]", "target=[{task: tatoeba, languages: [de]}]", "seeds=[1]", "models=[{name: xlmr-base, adaptation: qlora}]"
    )
    units = missing_units(found, Stored())
    assert not found.trainings
    assert [unit.chain for unit in units] == [()]
    with pytest.raises(StudyErrors, match=r"--device cpu: .*4 bits run on CUDA alone"):
        refuse_unfit(units, "cpu")
    assert any("4 bits run on CUDA alone: `build` refuses its jobs there" in line for line in estimate(found, Stored()).warnings)
    refuse_unfit(units, "h200")
    assert not any("CUDA" in line for line in estimate(found, Stored(), "h200").warnings)


def test_a_plan_tells_pieces_trained_weights_and_parts(plan: Planner):
    found = plan(*SMALL, "models=[xlmr-base, {name: xlmr-base, adaptation: lora}]", "recipes={target: {recompute: always}}")
    full, lora = estimate(found, Stored(), "h200").models
    assert (full.parameters, lora.parameters) == (278_043_648, 278_043_648)
    assert full.trained == 278_043_648 - (250_002 - 60_000) * 768
    assert lora.trained == 12 * 16 * (4 * 2 * 768 + 2 * (768 + 3072))
    assert full.recompute
    assert full.parts is not None
    assert full.peak_memory.value == full.parts.peak
    assert lora.peak_memory.value is not None
    assert full.peak_memory.value is not None
    assert lora.peak_memory.value < full.peak_memory.value
    assert lora.hours.value is not None
    assert full.hours.value is not None
    assert 0.4 < lora.hours.value / full.hours.value < 0.9
    assert "parts" in estimate(found, Stored(), "h200").as_json()["models"][0]


def test_numbers_that_memory_does_not_move_are_in_no_id(plan: Planner):
    plain, again, away, low = (
        {train.id for train in plan(*SMALL, f"recipes={{target: {{{entry}}}}}").trainings.values()}
        for entry in ("epochs: 2", "epochs: 2, recompute: always", "epochs: 2, offload: cpu", "epochs: 2, optimizer: adamw-8bit")
    )
    assert plain == again == away
    assert not plain & low


def test_demands_are_the_largest_of_all_trainings(plan: Planner):
    found = plan("target=[{task: xnli, languages: [en], train: snli}, {task: xquad, languages: [de]}]", "seeds=[1]")
    demand = demand_of(found.trainings.values(), "bfloat16")
    assert demand is not None
    assert (demand.context, demand.batch) == (384, 32 * 256)
    assert demand_of([], "bfloat16") is None
    assert device_named("cpu").gpu is False
