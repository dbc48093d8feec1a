"""The memory of a decoder that is asked in words: nothing trains, and nothing is kept for a way back."""

from __future__ import annotations

from stiltsreport.memory.footprint import GPU_RUNTIME, RUNTIME
from stiltsreport.model_arithmetic import Architecture

ASKED_TOKENS = {"cpu": 2_048, "cuda": 16_384}  # of one pass, padding counted
KEPT = 1.25  # times the keys and values of a pass: a prompt with its continuations, four or more where it is long, is there once besides
SCORED_TOKENS = {"cpu": 128, "cuda": 1_024}  # of those whose next token is asked for, at one time: each has logits over the vocabulary


def asking_bytes(model: Architecture, *, gpu: bool, half: bool, tied: bool) -> float:
    """Bytes on the device: all weights, in bfloat16 where products are, one layer's states, and logits in float32, twice for the softmax.

    Keys and values of all layers are kept: of what a pass reads on from, and of the prompts that its rows are copies of.
    `tied`: the output layer over the vocabulary is the input table, and no weights of its own.
    """
    width, kind = (2.0 if half else 4.0), "cuda" if gpu else "cpu"
    weights = width * (model.parameters + (0 if tied else model.vocabulary * model.hidden))
    states = width * ASKED_TOKENS[kind] * (6 * model.hidden + (3 if model.gated else 2) * model.intermediate)
    logits = (width + 2 * 4.0) * SCORED_TOKENS[kind] * model.vocabulary
    kept = KEPT * width * ASKED_TOKENS[kind] * 2 * model.layers * model.key_value_heads * model.head_size
    return weights + kept + max(states, logits) + (GPU_RUNTIME if gpu else RUNTIME)
