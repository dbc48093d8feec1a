"""What asking decoders takes: hours, memory and disk, of the models of a study that are asked however they are adapted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.errors import StudyErrors
from stiltsreport.memory import asking_bytes
from stiltsreport.models import SHAPES
from stiltsreport.plan.devices import DEVICES
from stiltsreport.plan.estimate import estimate
from stiltsreport.plan.fitting import refuse_unfit
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.prompt_work import prompt_work
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import missing_units
from stiltsreport.study.architectures import architecture_of
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from tests.plan.conftest import Stored

STUDY = """\
title: Asked
define: {models: {gemma3-27b: {checkpoint: OWNER/A}, qwen3-0.6b: {checkpoint: OWNER/B}}}
models: [{name: [gemma3-27b, qwen3-0.6b], adaptation: lora}]
target: [{task: xnli, languages: [de]}, {task: xquad, languages: [de]}, {task: panx, languages: [de]}, {task: xcopa, languages: [id]}]
seeds: [1]
precision: bfloat16
prompting: {shots: [0, 4], prompts: 3}
limit: {evaluate: 100}
"""


@pytest.fixture
def asked(tmp_path: Path) -> Plan:
    (tmp_path / "asked.yaml").write_text(STUDY, encoding="utf-8")
    return plan_study(read_study(tmp_path / "asked.yaml"), Memo(None), Lock(), device="cuda")


def test_tokens_of_an_example_by_hand(asked: Plan) -> None:
    """XNLI has 45 pieces a pair (MNLI 40), XQuAD 255 (SQuAD 187), PAN-X 15, XCOPA 52 in both choices; a template has twelve."""
    found = {(job.data.task.name, job.shots): prompt_work(job) for job in asked.prompts}
    assert found["xnli", 0].tokens == 45 + 12 + 3 * 2  # the prompt once, then each label
    assert found["xnli", 4].tokens == found["xnli", 0].tokens  # demonstrations are read once for all examples,
    assert found["xnli", 4].length == 45 + 12 + 4 * (40 + 12)  # and looked at by each
    assert found["xquad", 0].tokens == 255 + 12 + 6  # the prompt once, then the answer's tokens and the end,
    assert found["xquad", 0].steps == pytest.approx(6 / (16_384 / (255 + 12)))  # of many examples side by side
    assert found["xcopa", 0].tokens == 52 + 12 + 52  # both choices behind the prompt, and behind the premise alone
    words = 15 / 1.4
    assert found["panx", 0].tokens == pytest.approx(
        15 + 12 + words * 4.5 + words * 7 * 3.1
    )  # the sentence once, then each tag of each word
    assert found["panx", 0].steps == pytest.approx(2 * words / (16_384 / (7 * (15 + 12 + words * 4.5))))


def test_a_plan_has_a_row_of_each_decoder_that_is_asked(asked: Plan) -> None:
    """A study may train them with adapters alone: what is asked is the model without."""
    found = estimate(asked, Stored(), "h200")
    rows = {cost.title: cost for cost in found.models if cost.asked}
    assert list(rows) == ["Gemma 3 27B, asked", "Qwen 3 0.6B, asked"]
    assert [cost.evaluations for cost in rows.values()] == [4 * 2 * 3] * 2
    large, small = rows.values()
    assert large.hours.value is not None
    assert small.hours.value is not None
    assert found.hours.value is not None
    assert found.hours.value > large.hours.value + small.hours.value
    # 27 billion weights against 0.44 outside the table: XNLI zero-shot alone is 100 examples of 63 tokens, three times, 2N each
    least = 3 * 100 * 63 * 2 * 25e9 / (0.4 * 790e12) / 3600
    assert least < large.hours.value < 200 * least
    assert 10 < large.hours.value / small.hours.value < 100
    assert large.disk.value == 4 * 2 * 3 * 100 * 350
    assert (large.fits, small.fits) == (True, True)
    jobs = next(count for count in found.jobs if count.kind == "prompt")
    assert (jobs.jobs, jobs.stored) == (48, 0)


def test_hours_are_those_of_stored_prompts_where_there_are_some(asked: Plan) -> None:
    """50 examples of XNLI took 36 seconds: 100 take 72, each of three prompts; of other tasks the cost model speaks."""
    one = next(job for job in asked.prompts if (job.data.task.name, job.shots, job.checkpoint.model.name) == ("xnli", 0, "qwen3-0.6b"))
    record: dict[str, Any] = {"seconds": 36.0, "examples": 50, "device": "NVIDIA H200", "peak_bytes": 3e9}

    class One(Stored):
        def has(self, kind: str, job: str) -> bool:
            return job == one.id

        def record(self, kind: str, job: str) -> dict[str, Any]:
            return record

    from stiltsreport.plan.prompt_costs import PromptRates

    rates = PromptRates(asked, {one.id: record}, DEVICES["h200"])
    same = [job for job in asked.prompts if job.checkpoint.id == one.checkpoint.id and job.data.task.name == "xnli"]
    assert [rates.hours(job).value for job in same if job.shots == 0] == pytest.approx([72 / 3600] * 3)
    assert all(rates.hours(job).source.startswith("cost model") for job in same if job.shots == 4)
    row = next(cost for cost in estimate(asked, One(), "h200").models if cost.title == "Qwen 3 0.6B, asked")
    assert (row.evaluations, row.peak_memory.value, row.peak_memory.basis) == (23, 3e9, "measured")


def test_a_decoder_that_does_not_fit_to_be_asked_is_refused(asked: Plan) -> None:
    """27 billion weights are 54 GB in bfloat16, 16,384 tokens' keys and values in 62 layers 8, and an A100 has 40."""
    row, *_ = (cost for cost in estimate(asked, Stored(), "a100-40").models if cost.asked)
    assert row.fits is False
    assert row.peak_memory.value is not None
    assert 64e9 < row.peak_memory.value < 72e9
    (line,) = (line for line in estimate(asked, Stored(), "a100-40").warnings if "asking" in line)
    assert line.startswith("Gemma 3 27B does not fit NVIDIA A100 40 GB: asking it takes about ")
    assert line.endswith("there are 40: `build` refuses its prompts there")
    units = [unit for unit in missing_units(asked, Stored()) if unit.prompts]
    with pytest.raises(StudyErrors, match="Gemma 3 27B does not fit NVIDIA A100 40 GB: asking it takes about"):
        refuse_unfit(units, "a100-40", "bfloat16")
    refuse_unfit(units, "h200", "bfloat16")
    refuse_unfit([unit for unit in units if unit.names[0].startswith("qwen")], "a100-40", "bfloat16")


def test_an_output_layer_of_its_own_is_held_too() -> None:
    sizes = architecture_of(replace(SHAPES["qwen3-8b"], checkpoint="OWNER/A"))
    assert sizes is not None
    tied, own = (asking_bytes(sizes, gpu=True, half=True, tied=tied) for tied in (True, False))
    assert own - tied == 2 * 151_936 * 4096
    keys = 1.25 * 2 * 16_384 * 2 * 36 * 8 * 128  # of 36 layers with 8 heads of 128
    assert own > 2 * 8.19e9 + keys  # 8.2 billion weights, as the family's report says (Yang et al. 2025, table 1)
