"""What a build leaves word of in the store: the study, and the jobs that it needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from stiltsreport.cli.opening import Opened
from stiltsreport.cli.options import Options
from stiltsreport.plan.jobs import Train
from stiltsreport.plan.plan import chain
from stiltsreport.plan.units import Unit
from stiltsreport.store.studies import BuiltStudy


def built_study(opened: Opened, options: Options, units: Sequence[Unit]) -> BuiltStudy:
    """Everything that the plan needs, what --only leaves out included: it was run before, or will be."""
    plan = opened.plan
    left_out = {job.id: job for run in plan.left_out for job in run.evaluations}
    behind = [one.id for job in left_out.values() for one in chain(job.checkpoint) if isinstance(one, Train)]
    trainings = tuple(dict.fromkeys([*plan.trainings, *behind]))
    return BuiltStudy(
        opened.study.name,
        str(Path(opened.study.path).absolute()),
        tuple(options.set),
        dt.datetime.now(dt.UTC).date().isoformat(),
        {
            "trainings": trainings,
            "checkpoints": trainings,
            "evaluations": tuple(dict.fromkeys([*plan.evaluations, *left_out, *plan.asked])),
            "translations": tuple(job.id for job in plan.translations),
        },
        tuple(unit.id for unit in units),
    )
