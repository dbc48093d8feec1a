"""AdamW with moments of 8 bits: near AdamW's own steps, and a state of plain tensors that a training goes on from. On a CPU, which it allows."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.memory import MOMENTS
from stiltsreport.modeling.eight_bit import eight_bit_adamw
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.optimizer import optimizer_for
from stiltsreport.recipes import Recipe
from tests.modeling.test_optimizer import small

pytest.importorskip("bitsandbytes")
RECIPE = Recipe(learning_rate=1e-3, weight_decay=0.1, max_length=32, optimizer="adamw-8bit")


def wide() -> nn.Linear:
    """A matrix large enough for moments of 8 bits, and a bias that is not."""
    torch.manual_seed(0)
    return nn.Linear(128, 64)


def groups_of(model: nn.Module) -> list[dict[str, Any]]:
    return [{"params": list(model.parameters()), "weight_decay": RECIPE.weight_decay, "lr": RECIPE.learning_rate}]


def stepped(steps: int) -> tuple[nn.Linear, Any]:
    model = wide()
    optimizer = eight_bit_adamw(groups_of(model), RECIPE)
    for number in range(steps):
        step(model, optimizer, number)
    return model, optimizer


def step(model: nn.Module, optimizer: Any, number: int) -> None:
    generator = torch.Generator().manual_seed(number)
    for value in model.parameters():
        value.grad = torch.randn(value.shape, generator=generator) + 0.5
    optimizer.step()


def test_it_steps_as_adamw_does_but_for_the_bits():
    plain, (low, optimizer), start = wide(), stepped(20), wide()
    adamw = torch.optim.AdamW(groups_of(plain), betas=(RECIPE.adam_beta1, RECIPE.adam_beta2), eps=RECIPE.adam_epsilon)
    for number in range(20):
        step(plain, adamw, number)
    far, moved = ((low.weight - other.weight).norm() for other in (plain, start))
    assert 0 < far < 0.03 * moved
    assert torch.allclose(low.bias, plain.bias, atol=1e-6)
    assert optimizer.state[low.weight]["state1"].dtype == torch.uint8
    assert optimizer.state[low.bias]["state1"].dtype == torch.float32
    assert all(isinstance(value, torch.Tensor) for state in optimizer.state.values() for value in state.values())
    held = sum(value.nbytes for value in optimizer.state[low.weight].values())
    assert held == pytest.approx(MOMENTS["adamw-8bit"] * low.weight.numel(), abs=8)


def test_a_state_put_back_goes_on_to_the_same_bits():
    straight, _ = stepped(6)
    model, optimizer = stepped(3)
    again = eight_bit_adamw(groups_of(model), RECIPE)
    for value, state in optimizer.state.items():
        again.state[value] = {name: tensor.clone() for name, tensor in state.items()}
    for number in range(3, 6):
        step(model, again, number)
    assert all(torch.equal(one, other) for one, other in zip(straight.parameters(), model.parameters(), strict=True))


def test_rates_and_groups_are_those_of_the_recipe(encoder: Encoder):
    optimizer = optimizer_for(small(encoder), replace(RECIPE, layer_decay=0.5))
    assert {group["scale"] for group in optimizer.param_groups} == {1.0, 0.5, 0.25, 0.125}
    assert {group["weight_decay"] for group in optimizer.param_groups} == {0.1, 0.0}


def test_without_the_package_it_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(StiltsReportError, match="adamw-8bit needs the package bitsandbytes"):
        eight_bit_adamw(groups_of(wide()), RECIPE)
