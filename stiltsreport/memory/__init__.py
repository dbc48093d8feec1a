"""The memory of a training, by arithmetic: what its weights, states and activations take, and how a batch is cut where they do not fit."""

from stiltsreport.memory.activations import activation_bytes
from stiltsreport.memory.asking import ASKED_TOKENS, SCORED_TOKENS, asking_bytes
from stiltsreport.memory.footprint import (
    MOMENTS,
    ROWS,
    Footprint,
    Optimizer,
    Setting,
    footprint,
    frozen_bytes,
    head_parameters,
    token_bytes,
    trained_parameters,
)
from stiltsreport.memory.pieces import CPU_TOKENS, GPU_TOKENS, SLACK, MemoryPlan, Recompute, memory_plan

__all__ = [
    "ASKED_TOKENS",
    "CPU_TOKENS",
    "GPU_TOKENS",
    "MOMENTS",
    "ROWS",
    "SCORED_TOKENS",
    "SLACK",
    "Footprint",
    "MemoryPlan",
    "Optimizer",
    "Recompute",
    "Setting",
    "activation_bytes",
    "asking_bytes",
    "footprint",
    "frozen_bytes",
    "head_parameters",
    "memory_plan",
    "token_bytes",
    "trained_parameters",
]
