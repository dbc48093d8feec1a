"""What a device can do of a job at most: products a token, and the optimizer's traffic a step."""

from __future__ import annotations

from stiltsreport.adaptation import FULL, Adaptation
from stiltsreport.memory import Optimizer
from stiltsreport.model_arithmetic import Architecture

CONTEXT = 90  # tokens that a token attends to, on the mean of the tasks
# Bytes that a step of AdamW moves for a trained weight in mixed precision: the weight and both moments in float32 read and written (24),
# the gradient in bfloat16 read twice (4), the weight in bfloat16 written (2); moments of 8 bits are 4 bytes instead of 16.
OPTIMIZER_BYTES: dict[Optimizer, float] = {"adamw": 30.0, "adamw-8bit": 18.0}


def forward_flops(model: Architecture, context: float = CONTEXT) -> float:
    """Floating point operations of a token on its way through the layers: 2N + 4LHc, N their weights, H the heads' width."""
    return 2.0 * model.products + 4.0 * model.layers * model.heads * model.head_size * context


def training_flops(
    model: Architecture, adaptation: Adaptation = FULL, context: float = CONTEXT, *, recompute: bool = False, whole: bool = True
) -> float:
    """The same there and back: three times as many, or twice where the weights themselves need no gradient (LoRA: 4N + 8LHc).

    `recompute` adds the way there once more. Without `whole` the head alone trains, and there is no way back.
    """
    ways = 1.0 if adaptation.method == "frozen" or not whole else 3.0 if adaptation.method == "full" else 2.0
    return forward_flops(model, context) * (ways + (recompute and ways > 1.0))


def optimizer_seconds(trained: float, optimizer: Optimizer, bandwidth: float) -> float:
    """Seconds of one step's traffic for so many trained weights, by a device's bandwidth in bytes a second."""
    return OPTIMIZER_BYTES[optimizer] * trained / bandwidth


def utilisation_bound(
    model: Architecture, trained: float, tokens: float, flops: float, bandwidth: float, optimizer: Optimizer = "adamw"
) -> float:
    """The share of the device's speed that full fine-tuning cannot pass with so many tokens a step: products beside optimizer traffic.

    MFU <= 1 / (1 + (bP / bandwidth) / (6NT / flops)).
    """
    products = 6.0 * model.products * tokens / flops
    return products / (products + optimizer_seconds(trained, optimizer, bandwidth))
