"""Damaged artifacts: said by every command that reads them, put aside and made again by `build`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from stiltsreport.plan.plan import Plan
from stiltsreport.store import DamagedArtifact, Kind, Store


def damage(store: Store) -> Iterator[str]:
    """A line for each artifact that this command has found damaged."""
    for (kind, job), reason in sorted(store.damaged.items()):
        yield f"{kind} {job} is damaged and counts as missing: {reason}; the next `build` makes it again"


def mend(plan: Plan, store: Store) -> list[str]:
    """Look at every stored artifact of the plan, and put aside those that are damaged; a line for each.

    Sizes are compared, and records byte for byte; what a job goes on from it checks whole, when it reads it.
    """
    for kind, names in _jobs(plan):
        if kind != "checkpoints":  # what goes on from one fetches it; the report needs the others here
            store.bring(kind, names)
    for kind, job in _artifacts(plan, store):
        with contextlib.suppress(DamagedArtifact):
            if kind in ("trainings", "evaluations"):
                store.record(kind, job)
            else:
                store.check(kind, job)
    return [
        f"{kind} {job} was damaged ({reason}): {store.put_aside(kind, job)}, and made again where it is needed"
        for (kind, job), reason in sorted(store.damaged.items())
    ]


def _artifacts(plan: Plan, store: Store) -> Iterator[tuple[Kind, str]]:
    for kind, names in _jobs(plan):
        yield from ((kind, name) for name in names if store.has(kind, name))


def _jobs(plan: Plan) -> tuple[tuple[Kind, list[str]], ...]:
    return (
        ("translations", [job.id for job in plan.translations]),
        ("trainings", list(plan.trainings)),
        ("checkpoints", list(plan.trainings)),
        ("evaluations", [*plan.evaluations, *plan.asked]),
    )
