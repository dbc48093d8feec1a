"""How a batch goes through a device: what is done where it does not fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.memory import MemoryPlan, Setting, memory_plan, token_bytes
from stiltsreport.memory.pieces import SLACK
from stiltsreport.model_arithmetic import architecture

LARGE = architecture(
    {
        "model_type": "xlm-roberta",
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
        "vocab_size": 250_002,
    }
)
SETTING = Setting(gpu=True, half=True, tokens=512, context=512)
LEAST = token_bytes(LARGE, replace(SETTING, recompute=True))


def test_a_batch_goes_whole_where_there_is_room():
    assert memory_plan(200e9, LARGE, SETTING, 512, 65_536) == MemoryPlan(65_536, recompute=False)


def test_it_is_cut_where_there_is_less():
    plan = memory_plan(5e9, LARGE, SETTING, 512, 65_536)
    assert not plan.recompute
    assert plan.tokens * token_bytes(LARGE, SETTING) <= 5e9 * SLACK < (plan.tokens + 1) * token_bytes(LARGE, SETTING)


def test_it_is_computed_again_where_pieces_would_be_too_small():
    plan = memory_plan(1e9, LARGE, SETTING, 512, 65_536)
    assert plan.recompute
    assert 512 <= plan.tokens <= 1e9 / LEAST


def test_the_recipe_may_ask_for_either():
    assert memory_plan(200e9, LARGE, SETTING, 512, 65_536, "always").recompute
    tight = memory_plan(1e9, LARGE, SETTING, 512, 65_536, "never")
    assert not tight.recompute
    assert 512 <= tight.tokens < 2048


@pytest.mark.parametrize("free", [1e7, -1e9])
def test_what_does_not_fit_is_said(free: float):
    with pytest.raises(StiltsReportError, match=rf"an example of 512 tokens needs {512 * LEAST / 1e9:.2g} GB"):
        memory_plan(free, LARGE, SETTING, 512, 65_536)
    with pytest.raises(StiltsReportError, match="or recompute: auto"):
        memory_plan(5e8, LARGE, SETTING, 512, 65_536, "never")
