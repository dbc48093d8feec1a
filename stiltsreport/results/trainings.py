"""Which training stands behind which arm: what costs and health are told by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stiltsreport.plan.jobs import Stage, Train
from stiltsreport.plan.plan import Plan, chain
from stiltsreport.study.study import PLAIN


@dataclass(frozen=True)
class Owned:
    """A training as an arm uses it; `target` is "" for the intermediate phase, which all targets of the arm share."""

    model: str
    variant: str
    intermediate: str
    target: str
    stage: Stage
    seed: int
    train: Train


def owned(plan: Plan) -> Iterator[Owned]:
    """Every training of every arm, once an arm, target and seed; arms that share a training each have it."""
    seen: set[tuple[str, str, str, str, str]] = set()
    for item in plan.intermediates:
        one = Owned(item.model.name, item.variant, item.intermediate, "", "intermediate", item.seed, item.train)
        if _new(seen, one):
            yield one
    for run in plan.runs:
        for job in run.evaluations:
            for train in chain(job.checkpoint):
                if isinstance(train, Train):
                    target = run.target if train.stage == "target" else ""
                    seed = train.seed if run.seed is None else run.seed
                    one = Owned(run.model.name, run.variant, run.intermediate, target, train.stage, seed, train)
                    if _new(seen, one):
                        yield one


def labels(plan: Plan) -> dict[str, str]:
    """What the rows of efficiency.jsonl call each training, by its id: its task, and the variant that alone has it.

    An intermediate training is called by the name of its arm, SQUAD or SQUAD+VARIANT.
    """
    found: dict[str, str] = {}
    for one in sorted(owned(plan), key=lambda one: one.variant != PLAIN):  # a shared training goes by its plain name
        name = one.train.training.task.name if one.stage == "target" else one.intermediate
        found.setdefault(one.train.id, name if one.variant == PLAIN else f"{name}+{one.variant}")
    return found


def _new(seen: set[tuple[str, str, str, str, str]], one: Owned) -> bool:
    key = (one.variant, one.intermediate, one.model, one.target, one.train.id)
    if key in seen:
        return False
    seen.add(key)
    return True
