"""How many optimizer steps a training takes, from counts of examples: the arithmetic of `modeling.mixture`, without torch."""

from __future__ import annotations

import math
from collections.abc import Iterator

from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.counts import Count, examples_in
from stiltsreport.plan.figure import UNKNOWN, Figure
from stiltsreport.plan.jobs import Part, Train


def steps_of(job: Train, count: Count) -> int | None:
    """Steps of a training; None where a set that it goes by is not counted yet."""
    if job.recipe.steps is not None:
        return job.recipe.steps
    own = [part for part in job.parts if part.share is None]
    cap = job.sampling.cap if len(own) > 1 and job.sampling.kind == "proportional" else None
    found = [_alone(part, count, cap) for part in own]
    if not own or any(steps is None for steps in found):
        return None
    shared = sum(part.share or 0.0 for part in job.parts)
    return max(1, round(sum(steps or 0 for steps in found) / (1 - shared)))


def uncounted(title: str) -> StiltsReportError:
    """Why a training that takes as many steps as another cannot be planned yet."""
    hint = "run `stiltsreport fetch STUDY` first, or give `steps` in the recipe"
    return StiltsReportError("how many steps it takes is not known: its examples are not counted yet", where=title, hint=hint)


def steps_by_part(job: Train, count: Count) -> Iterator[tuple[Part, Figure]]:
    """Each part with the steps that it is expected to get; unknown where a size is not counted."""
    total = steps_of(job, count)
    sizes = [examples_in(part.training, count) for part in job.parts if part.share is None]
    if total is None or any(size is None for size in sizes):
        yield from ((part, UNKNOWN) for part in job.parts)
        return
    left = 1 - sum(part.share or 0.0 for part in job.parts)
    divided = iter(job.sampling.shares([size or 0 for size in sizes]) if sizes else ())
    for part in job.parts:
        share = part.share if part.share is not None else left * next(divided)
        yield part, Figure(total * share, "estimated", "shares of the steps")


def _alone(part: Part, count: Count, cap: int | None) -> int | None:
    if part.recipe.steps is not None:
        return part.recipe.steps
    examples = examples_in(part.training, count)
    if examples is None:
        return None
    if cap is not None:
        examples = min(examples, cap)
    return max(1, math.ceil(math.ceil(examples / part.recipe.batch_size) * part.recipe.epochs))
