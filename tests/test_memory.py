"""The memory of a fine-tuning: the paper's arithmetic, and what is done where it does not fit."""

from __future__ import annotations

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.memory import MemoryPlan, activation_bytes, memory_plan

LARGE = {"layers": 24, "hidden": 1024, "half": True}


def test_the_paper_s_formula() -> None:
    """Korthikanti et al. 2022: s b h (34 + 5 a s / h) a layer; without the attention probabilities 34 s b h."""
    assert activation_bytes(24, 1024, half=True) * 8192 == 34 * 8192 * 1024 * 24
    assert activation_bytes(24, 1024, half=False) == 2 * activation_bytes(24, 1024, half=True)
    assert activation_bytes(24, 1024, half=True, recompute=True) == 1024 * (2 * 24 + 34)


def test_a_batch_goes_whole_where_there_is_room() -> None:
    assert memory_plan(100e9, **LARGE, longest=512, most=65_536) == MemoryPlan(65_536, recompute=False)


def test_it_is_cut_where_there_is_less() -> None:
    plan = memory_plan(4e9, **LARGE, longest=512, most=65_536)
    assert not plan.recompute
    assert plan.tokens * activation_bytes(**LARGE) <= 4e9 * 0.85 < (plan.tokens + 1) * activation_bytes(**LARGE)


def test_it_is_computed_again_where_pieces_would_be_too_small() -> None:
    plan = memory_plan(1e9, **LARGE, longest=512, most=65_536)
    assert plan.recompute
    assert 512 <= plan.tokens <= 1e9 / activation_bytes(**LARGE, recompute=True)


@pytest.mark.parametrize("free", [1e7, -1e9])
def test_what_does_not_fit_is_said(free: float) -> None:
    with pytest.raises(StiltsReportError, match=r"an example of 512 tokens needs 0\.043 GB"):
        memory_plan(free, **LARGE, longest=512, most=65_536)
