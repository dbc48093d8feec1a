"""What a record tells of a job's operations."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers

from stiltsreport.adaptation import Adaptation
from stiltsreport.execute import costs
from stiltsreport.methods import Perturbation
from stiltsreport.modeling.features import Feature
from stiltsreport.recipes import Recipe

CPU = torch.device("cpu")
CONFIG = transformers.BertConfig(hidden_size=8, num_hidden_layers=3, num_attention_heads=2, intermediate_size=16, vocab_size=50)
PRODUCTS, ATTENTION = 3 * (4 * 8 * 8 + 2 * 8 * 16), 3 * 8


def feature(length: int) -> Feature:
    return Feature(0, ((1,) * length,), ((0,) * length,))


class Job:
    """All that is asked of a training here."""

    def __init__(self, adaptation: Adaptation, perturbation: Perturbation | None = None, trained: Any = "all") -> None:
        self.adaptation, self.perturbation, self.recipe = adaptation, perturbation, Recipe(trained=trained)


def test_a_token_attends_to_its_own_row():
    assert costs.context_of([[feature(2), feature(4)], [feature(6)]]) == (4 + 16 + 36) / 12
    assert costs.context_of([[]]) == 0.0


def test_operations_by_hand(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(costs, "products_per_second", lambda *_: 1e9)

    def flops(job: Any) -> float:
        found = costs.training_cost(job, CONFIG, 10.0, 100, CPU, processes=2)
        assert found["peak_flops"] == 2e9
        return found["flops"]

    there = 2 * PRODUCTS + 4 * ATTENTION * 10
    assert flops(Job(Adaptation())) == 100 * 3 * there
    assert flops(Job(Adaptation("lora"))) == 100 * 2 * there
    assert flops(Job(Adaptation(), trained="head")) == 100 * there
    assert flops(Job(Adaptation(), Perturbation("adv", radius=0.1, steps=2, step_size=0.1))) == 3 * 100 * 3 * there
    assert costs.evaluation_cost(CONFIG, "float32", 10.0, 100, CPU) == {"flops": 100 * there, "peak_flops": 1e9}
