"""Time by what a device can do at most, against the hand numbers of the project's cost model (H200: 790 TFLOP/s of products, 4.3 TB/s)."""

from __future__ import annotations

import pytest

from stiltsreport.adaptation import Adaptation
from stiltsreport.memory import trained_parameters
from stiltsreport.model_arithmetic import Architecture
from stiltsreport.models import MODELS
from stiltsreport.plan.roofline import forward_flops, optimizer_seconds, training_flops, utilisation_bound
from stiltsreport.study.architectures import architecture_of

PRODUCTS, BANDWIDTH = 790e12, 4.3e12
ROWS, SEEDS = 11, 3
# Tokens of a study of 11 rows, 9 targets and 3 seeds, equal trainings merged: intermediate tasks and their mixture, targets, evaluations.
TRAINING = SEEDS * 2 * 581e6 + SEEDS * ROWS * 88e6
EVALUATION = SEEDS * ROWS * 112e6


def sizes(name: str) -> Architecture:
    found = architecture_of(MODELS[name])
    assert found is not None
    return found


# GPU-hours at 50 and 40 % of the device's speed, full and LoRA.
@pytest.mark.parametrize(
    ("name", "full", "lora"),
    [
        ("xlmr-base", (2.8, 3.5), (2.0, 2.5)),
        ("xlmr-large", (9.9, 12.4), (7.1, 8.9)),
        ("xlmr-xl", (92, 115), (66, 83)),
        ("xlmr-xxl", (313, 392), (226, 282)),
    ],
)
def test_gpu_hours_of_a_study(name: str, full: tuple[float, float], lora: tuple[float, float]):
    model = sizes(name)
    for share, expected, low in ((0.5, full[0], lora[0]), (0.4, full[1], lora[1])):
        speed = PRODUCTS * share * 3600
        evaluation = EVALUATION * forward_flops(model)
        assert (TRAINING * training_flops(model) + evaluation) / speed == pytest.approx(expected, rel=0.03)
        assert (TRAINING * training_flops(model, Adaptation("lora")) + evaluation) / speed == pytest.approx(low, rel=0.03)


def test_formulas_by_hand():
    model = sizes("xlmr-base")
    n, attention = 12 * 12 * 768**2, 12 * 768 * 90
    assert model.products == n
    assert forward_flops(model) == 2 * n + 4 * attention
    assert training_flops(model) == 6 * n + 12 * attention
    assert training_flops(model, Adaptation("lora")) == 4 * n + 8 * attention
    assert training_flops(model, recompute=True) == 8 * n + 16 * attention
    assert training_flops(model, Adaptation("frozen")) == training_flops(model, whole=False) == forward_flops(model)


# The share of the device's speed that full fine-tuning cannot pass, by tokens a step: with the whole table, with it cut to 40,000 ids, and cut
# with moments of 8 bits.
@pytest.mark.parametrize(
    ("name", "tokens", "dense", "cut", "low"),
    [
        ("xlmr-base", 360, 0.11, 0.22, 0.32), ("xlmr-base", 1280, 0.30, 0.51, 0.63), ("xlmr-base", 5600, 0.65, 0.82, 0.88),
        ("xlmr-large", 1280, 0.43, 0.55, 0.67), ("xlmr-xl", 1280, 0.53, 0.57, 0.69), ("xlmr-xxl", 2040, 0.67, 0.69, 0.78),
    ],
)  # fmt: skip
def test_what_the_optimizer_s_traffic_leaves(name: str, tokens: int, dense: float, cut: float, low: float):
    model = sizes(name)
    trimmed = trained_parameters(model, rows=40_000)
    assert utilisation_bound(model, model.parameters, tokens, PRODUCTS, BANDWIDTH) == pytest.approx(dense, abs=0.012)
    assert utilisation_bound(model, trimmed, tokens, PRODUCTS, BANDWIDTH) == pytest.approx(cut, abs=0.012)
    assert utilisation_bound(model, trimmed, tokens, PRODUCTS, BANDWIDTH, "adamw-8bit") == pytest.approx(low, abs=0.012)


def test_a_step_of_adamw_on_base():
    """1.9 ms with the whole table, 0.8 ms with 40,000 ids of it."""
    model = sizes("xlmr-base")
    assert optimizer_seconds(model.parameters, "adamw", BANDWIDTH) == pytest.approx(1.9e-3, rel=0.03)
    assert optimizer_seconds(trained_parameters(model, rows=40_000), "adamw", BANDWIDTH) == pytest.approx(0.8e-3, rel=0.03)
