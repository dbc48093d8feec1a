"""Whether a model fits a device, by arithmetic over its record: full fine-tuning with AdamW in float32, as modeling/loop.py does it."""

from __future__ import annotations

from stiltsreport.memory import AUTOCAST_BYTES, CPU_TOKENS, GPU_TOKENS, STATE_BYTES, activation_bytes
from stiltsreport.models import Model
from stiltsreport.plan.devices import Device
from stiltsreport.plan.figure import UNKNOWN, Figure
from stiltsreport.recipes import Precision

ROWS = 60_000  # of the embedding table that a job meets, at most: the others are cut off
RUNTIME = 700_000_000  # Python, torch and a task's data
GPU_RUNTIME = 1_500_000_000  # CUDA's context and the allocator's slack
BATCH_TOKENS = 8_192  # 32 examples of 256 tokens, 21 of 384
EXAMPLE_TOKENS = 1_024  # the longest example: four choices of 256


def peak_memory(model: Model, device: Device, precision: Precision = "float32", batch_tokens: int = BATCH_TOKENS) -> Figure:
    """Bytes that a fine-tuning takes at its peak: on the GPU, or in all on a CPU. Unknown for a model whose sizes are not."""
    if not (model.parameters and model.layers and model.hidden_size):
        return UNKNOWN
    tokens = min(batch_tokens, GPU_TOKENS if device.gpu else CPU_TOKENS[precision])
    activations = activation_bytes(model.layers, model.hidden_size, precision == "bfloat16") * tokens
    return Figure(_state(model, device, precision) + activations, "estimated", "arithmetic over the model's sizes")


def _state(model: Model, device: Device, precision: Precision) -> float:
    """Bytes of all but activations."""
    trained = trained_parameters(model)
    on_host = 0 if device.gpu else 4 * (model.parameters + trained)  # the pretrained weights, and what training hands on
    copies = STATE_BYTES + (AUTOCAST_BYTES if precision == "bfloat16" else 0)
    return float(trained * copies + on_host + (GPU_RUNTIME if device.gpu else RUNTIME))


def trained_parameters(model: Model) -> int:
    """Weights that are trained: all, with the embedding table cut to the rows that a job meets."""
    return model.parameters - model.embedding_parameters + min(model.vocabulary, ROWS) * model.hidden_size


def fits(model: Model, device: Device, precision: Precision = "float32", batch_tokens: int = BATCH_TOKENS) -> bool | None:
    """Whether fine-tuning the model fits the device's memory; None where one of the two is not known.

    On a GPU a batch that does not fit whole goes in pieces, down to one example whose activations are computed again.
    """
    needed = peak_memory(model, device, precision, batch_tokens).value
    if needed is None or device.memory is None:
        return None
    if device.gpu:
        example = activation_bytes(model.layers, model.hidden_size, precision == "bfloat16", recompute=True) * EXAMPLE_TOKENS
        needed = min(needed, _state(model, device, precision) + example)
    return needed <= device.memory * device.shares


def checkpoint_bytes(model: Model) -> Figure:
    """Bytes of a stored checkpoint: all weights but the table, of which only the changed rows are written."""
    return Figure(4.0 * trained_parameters(model), "estimated", "arithmetic over the model's sizes") if model.parameters else UNKNOWN
