"""What a job cost beyond its time: operations, what its device could have done in that time, and energy; for a record's utilisation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

from stiltsreport.modeling.device_speed import products_per_second
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.prompting.work import Work
from stiltsreport.modeling.room import sizes_of
from stiltsreport.modeling.tokens import lengths_of
from stiltsreport.plan.jobs import Train
from stiltsreport.plan.roofline import forward_flops, training_flops
from stiltsreport.recipes import Precision


def context_of(sets: Iterable[Sequence[Feature]]) -> float:
    """Tokens that a token attends to, on the mean over these sets: those of its own row."""
    lengths = [np.asarray(lengths_of(features), dtype=np.float64) for features in sets if len(features)]
    total = sum(float(one.sum()) for one in lengths)
    return sum(float((one**2).sum()) for one in lengths) / total if total else 0.0


def training_cost(job: Train, config: Any, context: float, tokens: int, device: torch.device, processes: int = 1) -> dict[str, float]:
    """`flops`: operations that a training's real tokens needed, without what was computed again; `peak_flops`: of its devices, a second.

    Adversarial training goes there and back once more for each of its own steps.
    """
    passes = 1 + (job.perturbation.steps if job.perturbation and job.perturbation.method == "adv" else 0)
    each = training_flops(sizes_of(config), job.adaptation, context, whole=job.recipe.trained == "all")
    return {"flops": passes * tokens * each, "peak_flops": processes * products_per_second(device, job.recipe.precision)}


def evaluation_cost(
    config: Any, precision: Precision, context: float, tokens: int, device: torch.device, processes: int = 1
) -> dict[str, float]:
    """The same of an evaluation whose tokens are counted."""
    return {"flops": tokens * forward_flops(sizes_of(config), context), "peak_flops": processes * products_per_second(device, precision)}


def prompt_cost(work: Work, config: Any, precision: Precision, device: torch.device) -> dict[str, float]:
    """The same of prompts: through the layers, and of the states that were scored through the output layer."""
    sizes = sizes_of(config)
    flops = work.tokens * forward_flops(sizes, work.context) + 2.0 * work.scored * sizes.vocabulary * sizes.hidden
    return {"flops": flops, "peak_flops": products_per_second(device, precision)}
