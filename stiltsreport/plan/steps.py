"""How many optimizer steps a training takes, from counts of examples: the arithmetic of `modeling.mixture`, without torch."""

from __future__ import annotations

import math

from stiltsreport.plan.jobs import Part, Train
from stiltsreport.plan.work import Count, examples_in


def steps_of(job: Train, count: Count) -> int | None:
    """Steps of a training; None where a set that it goes by is not counted yet."""
    if job.recipe.steps is not None:
        return job.recipe.steps
    own = [part for part in job.parts if part.share is None]
    cap = job.sampling.cap if len(own) > 1 and job.sampling.kind == "proportional" else None
    found = [_alone(part, count, job.recipe.epochs, cap) for part in own]
    if not own or any(steps is None for steps in found):
        return None
    shared = sum(part.share or 0.0 for part in job.parts)
    return max(1, round(sum(steps or 0 for steps in found) / (1 - shared)))


def _alone(part: Part, count: Count, epochs: float, cap: int | None) -> int | None:
    examples = examples_in(part.training, count)
    if examples is None:
        return None
    if cap is not None:
        examples = min(examples, cap)
    return max(1, math.ceil(math.ceil(examples / part.recipe.batch_size) * epochs))
