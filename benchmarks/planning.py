"""How long it takes to plan 10,000 jobs, and whether torch stays out: `python benchmarks/planning.py`.

Prints CPU-seconds of one run: reading the study, planning it, every job's id, the units of work. The goal is under 2 s in all.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import missing_units
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock

STUDY = """\
title: 10,000 jobs
models: [xlmr-base]
intermediate: [mnli, qqp, squad2, squad, hellaswag, cosmosqa, csqa, siqa, snli]
target: xtreme-r
seeds: [1, 2, 3, 4, 5, 6]
"""


class Nothing:
    """A store in which nothing is."""

    def has(self, kind: str, job: str) -> bool:
        """Never."""
        del kind, job
        return False


def measured() -> dict[str, float | int | bool]:
    """CPU-seconds by step, the number of jobs, and whether torch was loaded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "planning.yaml"
        path.write_text(STUDY, encoding="utf-8")
        times = [time.process_time()]
        study = read_study(path)
        times.append(time.process_time())
        plan = plan_study(study, Memo(), Lock())
        jobs = len(plan.trainings) + len(plan.evaluations)
        times.append(time.process_time())
        units = missing_units(plan, Nothing())
        times.append(time.process_time())
    read, planned, cut = (after - before for before, after in pairwise(times))
    return {
        "jobs": jobs,
        "units": len(units),
        "read": read,
        "plan": planned,
        "units_cut": cut,
        "total": read + planned + cut,
        "torch": "torch" in sys.modules,
    }


if __name__ == "__main__":
    print(json.dumps(measured(), indent=1))
