"""The cases of a GPU run to their ends with tiny shapes on a CPU, before a GPU is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.memory import ADAPTATIONS, GPU_CASES, MemoryCase, dry, line
from benchmarks.workloads import SHAPES


def test_the_issue_s_cases_are_among_them():
    """XXL in full with moments of 8 bits and with LoRA, and 14 billion weights in 4 bits, 20 steps each."""
    found = {(case.shape, case.adaptation, case.optimizer) for case in GPU_CASES if case.steps == 20}
    assert found >= {("xxl", "full", "adamw-8bit"), ("xxl", "lora", "adamw"), ("qwen3-14b", "qlora", "adamw")}


@pytest.mark.parametrize("case", GPU_CASES, ids=lambda case: case.name)
def test_a_dry_case_is_the_same_but_for_its_size(case: MemoryCase):
    tiny = dry(case)
    assert replace(tiny, shape=case.shape, tokens=case.tokens, device=case.device, steps=case.steps) == case
    assert SHAPES[tiny.shape].family == SHAPES[case.shape].family
    assert SHAPES[tiny.shape].weights < 50_000


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in GPU_CASES if case.steps == 20 and case.shape != "large"], ids=lambda case: case.name)
def test_a_dry_case_runs(case: MemoryCase):
    if ADAPTATIONS[case.adaptation].bits or case.optimizer == "adamw-8bit":
        pytest.importorskip("bitsandbytes")
    found = line(dry(case))
    assert "failed" not in found, found
    assert found["measured_bytes"] > 0
    assert found["predicted_bytes"] > 0
    assert 200 < found["tokens_per_step"] < 800
