"""What a plan costs and can show, before its first step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.models import MODELS
from stiltsreport.plan.detectable import pilot_sds, smallest_effect, upper_bound
from stiltsreport.plan.devices import DEVICES, device_named, kind_of
from stiltsreport.plan.estimate import estimate
from stiltsreport.plan.figure import Figure, summed
from stiltsreport.plan.fitting import refuse_unfit
from stiltsreport.plan.memory import fits, peak_memory, trained
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import missing_units
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.plan.conftest import Planner, Stored


def test_jobs_by_kind_and_what_sharing_saves(plan: Planner):
    found = estimate(plan(), Stored())
    rows = {row.kind: (row.jobs, row.alone, row.stored) for row in found.jobs}
    # 35 runs: 5 with, 1 without target training in each of 3 arms and 2 seeds; the untouched Tatoeba stands once.
    assert rows["intermediate training"] == (4, 2 * 2 * 6, 0)
    assert rows["target training"] == (30, 3 * 2 * 6, 0)  # XCOPA's two steps, and SQuAD once for XQuAD and once for MLQA
    assert rows["evaluation"] == (59, 59, 0)  # 10 a row and seed, the untouched Tatoeba once
    assert json.loads(json.dumps(found.as_json()))["jobs"][0]["shared"] == 20


def test_tokens_and_hours_by_hand(plan: Planner):
    one = plan("intermediate=[]", "target=[{task: xnli, languages: [en], train: snli}]", "seeds=[1]", "recipes={target: {epochs: 2}}")
    (cost,) = estimate(one, Stored(), "h200").models
    # SNLI: 24 training examples of 32 pieces, twice; XNLI: 10 of 45.
    assert cost.tokens == Figure(24 * 2 * 32 + 10 * 45, "estimated", cost.tokens.source)
    e5 = MODELS["multilingual-e5-small"]
    body = 12 * (4 * 384**2 + 2 * 384 * 1536)  # the matrices of its layers
    training = 24 * 2 * 32 * (6 * body + 12 * 12 * 384 * 90) / (790e12 * 0.4) + (24 * 2 / 32) * 30 * trained(e5) / 4.3e12
    evaluation = 10 * 45 * (2 * body + 4 * 12 * 384 * 90) / (790e12 * 0.4)
    assert cost.hours.value == pytest.approx((training + evaluation) / 3600)
    assert cost.hours.basis == "estimated"
    assert cost.state.value == 4 * 4 * trained(e5), "weights, two moments and the best checkpoint so far, of 4 bytes each"


def test_figures_are_measured_where_the_store_has_records(plan: Planner):
    found = plan()
    stored = Stored(trainings=set(), evaluations=set())
    one = next(
        train for train in found.trainings.values() if train.training.task.name == "squad" and train.stage == "target" and train.seed == 1
    )
    stored.ids["trainings"].add(one.id)
    stored.records[one.id] = {"efficiency": {"seconds": 36.0, "examples": 48, "tokens": 9600, "peak_bytes": 10**9, "device": "cpu"}}
    alone = plan("intermediate=[]", "target=[{task: xquad, languages: [de]}]")
    (cost,) = estimate(alone, stored, "cpu").models
    assert cost.peak_memory == Figure(1e9, "measured", "stored jobs of this model")
    other_gpu = estimate(alone, stored, "h100").models[0]
    assert other_gpu.peak_memory.basis == "estimated"
    training = next(train for train in alone.trainings.values() if train.seed == 2)
    from stiltsreport.plan.rates import Rates

    hours = Rates(found, stored.records, device_named("cpu")).training_hours(training)
    assert hours.basis == "measured"
    assert hours.value == pytest.approx(24 * 2 / 48 * 36 / 3600)  # 24 examples, 2 epochs


def test_nothing_left_costs_nothing(plan: Planner):
    found = plan()
    full = Stored(trainings=set(found.trainings), evaluations=set(found.evaluations))
    full.records = {job: {"values": {}} for job in (*found.trainings, *found.evaluations)}
    full.records = {job: {"efficiency": {}, "values": {"accuracy": 50.0, "f1": 50.0, "exact_match": 50.0}} for job in full.records}
    cost = estimate(found, full).models[0]
    assert (cost.trainings, cost.evaluations, cost.tokens.value, cost.hours.value, cost.disk.value) == (0, 0, 0, 0, 0)


def test_repeated_trainings_are_told(plan: Planner):
    before, after = plan(), plan("target.0.languages=[en, de, sw]")
    stored = Stored(
        trainings=set(before.trainings), evaluations=set(before.evaluations),
        checkpoints={train.id for train in before.trainings.values() if train.stage == "intermediate"},
    )  # fmt: skip
    stored.records = {
        job: {"efficiency": {}, "values": {"accuracy": 1.0, "f1": 1.0, "exact_match": 1.0}}
        for job in (*before.trainings, *before.evaluations)
    }
    found = estimate(after, stored)
    assert found.repeated == 6
    assert any("6 stored trainings must be repeated" in line and "keep: {target_checkpoints: all}" in line for line in found.warnings)


# Memory in GB at 16 bytes a parameter with a table of 60,000 rows, by the project's cost model: 2, 6, 48, 159. Ours keeps the best checkpoint
# beside the running one (4 bytes more).
@pytest.mark.parametrize(("name", "gigabytes"), [("xlmr-base", 2), ("xlmr-large", 6), ("xlmr-xl", 48), ("xlmr-xxl", 159)])
def test_memory_of_weights_and_states(name: str, gigabytes: float):
    assert trained(MODELS[name]) * 16 / 1e9 == pytest.approx(gigabytes, rel=0.1)


@pytest.mark.parametrize(
    ("name", "device", "fit"),
    [
        ("xlmr-base", "t4", True), ("xlmr-large", "a100-40", True), ("xlmr-xl", "h200", True), ("xlmr-xl", "h100", True), ("xlmr-xl", "a100-40", False),
        ("xlmr-xxl", "h100", False), ("xlmr-xxl", "a100", False), ("xlmr-xxl", "h200", False),
    ],
)  # fmt: skip
def test_what_fits(name: str, device: str, fit: bool):
    assert fits(MODELS[name], DEVICES[device], "bfloat16") is fit


def test_what_is_not_known_is_not_judged(tmp_path: Path):
    from dataclasses import replace

    unknown = replace(MODELS["xlmr-base"], parameters=0)
    assert fits(unknown, DEVICES["h100"]) is None
    assert peak_memory(unknown, DEVICES["h100"]).basis == "unknown"
    anything = device_named("cuda", drivers=tmp_path)
    assert fits(MODELS["xlmr-xxl"], anything) is None


def test_devices(tmp_path: Path):
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "information").write_text("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ: 5\n")
    assert device_named("cuda:0", drivers=tmp_path).name == "h100"
    (tmp_path / "mem").write_text("MemTotal:       1000 kB\n")
    assert device_named("cpu", memory=tmp_path / "mem").memory == 1024 * 1000
    assert kind_of("NVIDIA A100-SXM4-80GB") == "a100"
    assert kind_of("NVIDIA RTX Nobody") == "NVIDIA RTX Nobody"
    with pytest.raises(StiltsReportError, match="unknown device 'h20'; did you mean 'h200'"):
        device_named("h20")


def test_build_refuses_what_does_not_fit():
    found = plan_study(read_study("xtreme"), Memo(), Lock(), only=["*/none/xnli/1"])
    units = missing_units(found, Stored())
    with pytest.raises(StudyErrors) as caught:
        refuse_unfit(units, "a100-40", "bfloat16")
    told = [str(error) for error in caught.value.errors]
    assert len(told) == 2
    assert told[0].startswith("--device a100-40: XLM-R XL does not fit NVIDIA A100 40 GB: full fine-tuning takes about ")
    assert "XLM-R XXL" in told[1]
    refuse_unfit([unit for unit in units if unit.names[0].startswith(("xlmr-base", "xlmr-large"))], "a100-40", "bfloat16")
    assert [line.partition(" does")[0] for line in estimate(found, Stored(), "h200").warnings] == ["XLM-R XXL"]


# R: power.t.test(n = N, sd = 1, power = .8, sig.level = .05, type = "paired")$delta; statsmodels' TTestPower gives the same.
@pytest.mark.parametrize(("seeds", "effect"), [(3, 3.2640), (5, 1.6820), (10, 0.9960)])
def test_smallest_detectable_effect(seeds: int, effect: float):
    assert smallest_effect(seeds, 1.0, 0.05) == pytest.approx(effect, abs=2e-4)
    assert smallest_effect(seeds, 0.5, 0.05) == pytest.approx(effect / 2, abs=1e-4)
    assert smallest_effect(1, 1.0, 0.05) is None


def test_it_has_that_power():
    import numpy as np
    from scipy import stats

    effect = smallest_effect(5, 1.0, 0.05)
    assert effect is not None
    rows = np.random.default_rng(0).normal(effect, 1.0, (20_000, 5))
    assert (stats.ttest_1samp(rows, 0, axis=1).pvalue < 0.05).mean() == pytest.approx(0.8, abs=0.01)


def test_upper_bound_of_a_pilot_s_sd():
    assert upper_bound(1.0, 5) == pytest.approx(1.55758, abs=1e-4)  # sqrt(4 / qchisq(.2, 4)), and qchisq(.2, 4) is 1.648777


def test_pilot_sds_by_hand(plan: Planner):
    found = plan("intermediate=[squad]", "target=[{task: xnli, languages: [en, de], train: snli}]")
    records: dict[str, dict[str, Any]] = {}
    gains = {("de", 1): 1.0, ("de", 2): 3.0, ("en", 1): 2.0, ("en", 2): 2.0}
    for run in found.runs:
        for job in run.evaluations:
            gain = gains[job.language, run.seed] if run.intermediate == "squad" and run.seed else 0.0  # type: ignore[index]
            records[job.id] = {"values": {"accuracy": 50.0 + gain}}
    sds = pilot_sds(found, records)
    assert sds["language"] == (pytest.approx(1.0), 2)  # variances 2 and 0, their mean 1
    assert sds["task"] == (pytest.approx(0.5**0.5), 2)  # 1.5 and 2.5
    assert sds["average"] == sds["task"]
    rows = {row.scope: row for row in estimate(found, _holding(found, records)).detectable}
    assert rows["task"].sd.basis == "measured"
    assert rows["task"].sd.value == pytest.approx(upper_bound(0.5**0.5, 2))
    assert {row.sd.basis for row in estimate(found, Stored()).detectable} == {"estimated"}


def _holding(plan, records: dict[str, dict[str, Any]]) -> Stored:
    stored = Stored(evaluations=set(records))
    stored.records = records
    return stored


def test_sums_of_figures():
    assert summed([Figure(1.0, "measured"), Figure(2.0, "measured")]).basis == "measured"
    assert summed([Figure(1.0, "measured"), Figure(2.0, "estimated")]) == Figure(3.0, "estimated")
    assert summed([Figure(1.0, "measured"), Figure(None, "unknown")]).value is None
