"""What a study saves by sharing jobs, and how workers share a machine.

    python -m benchmarks.study --parts sharing           seconds: only plans
    python -m benchmarks.study --parts workers busy      builds a part of the quickstart three times, each in a store of its own

sharing: tokens of the paper's study as planned, against every run training its own intermediate and target checkpoint.
workers: the wall time of a build by one worker a core, against one worker.
busy: the same build beside one process more than there are cores, which never rests: slowed by no more than the share that it takes.
Lines of JSON on the standard output. A machine that does other work at the same time falsifies the last two: `load` says what it did.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.machine import machine
from stiltsreport.execute.executors.local import Pool, WorkerSettings
from stiltsreport.execute.progress import Silent
from stiltsreport.execute.scheduler import run_units
from stiltsreport.execute.workers import cores
from stiltsreport.plan.devices import device_named
from stiltsreport.plan.rates import Rates
from stiltsreport.plan.sharing import tokens_in_all
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import missing_units
from stiltsreport.store import Store
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock

PARTS = ("sharing", "workers", "busy")
SMALL = "quickstart"
RESTLESS = "while True: pass"


class Nothing:
    """A store in which nothing is."""

    def has(self, kind: str, job: str) -> bool:
        """Never."""
        del kind, job
        return False


def sharing(name: str, overrides: list[str]) -> dict[str, Any]:
    """Runs, jobs and tokens of a study; `repeated`: trainings that its units do more than once."""
    plan = plan_study(read_study(name, overrides), Memo(), Lock())
    rows = {row.kind: row for row in tokens_in_all(plan, Rates(plan, {}, device_named("cpu")))}
    trained = [train.id for unit in missing_units(plan, Nothing()) for train in unit.chain]
    return {
        "benchmark": "study",
        "case": f"sharing/{name}",
        "runs": len(plan.runs),
        "trainings": len(plan.trainings),
        "evaluations": len(plan.evaluations),
        "repeated": len(trained) - len(set(trained)),
        "tokens": rows["in all"].shared.value,
        "tokens_alone": rows["in all"].alone.value,
        "ratio": rows["in all"].ratio,
        "training_ratio": rows["training"].ratio,
    }


@contextmanager
def restless(*, wanted: bool) -> Iterator[None]:
    """A process beside this block that never rests."""
    if not wanted:
        yield
        return
    process = subprocess.Popen([sys.executable, "-c", RESTLESS])
    try:
        yield
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Build:
    """Wall time of all jobs of a study, `seconds`, and what the jobs took in their workers, summed: `at_work`."""

    seconds: float
    at_work: float


def timed_build(study: str, overrides: list[str], workers: int, *, busy: bool = False) -> Build:
    """A build in a new store, the start and the end of the workers included, the unpacking of the encoder not."""
    from stiltsreport.modeling.embedded import materialise

    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        store.prepare()
        read = read_study(study, overrides)
        plan = plan_study(read, Memo(), Lock())
        for model in read.models:
            if model.checkpoint.startswith("embedded:"):
                materialise(store.pretrained / model.checkpoint.removeprefix("embedded:"))
        units = missing_units(plan, store)
        settings = WorkerSettings(str(store.folder), offline=True, device="cpu")
        with restless(wanted=busy):
            began = time.perf_counter()
            outcomes = run_units(units, Pool(settings, workers, Silent()), Silent())
            seconds = time.perf_counter() - began
    failed = [outcome for outcome in outcomes if outcome.state != "done"]
    if failed:
        raise RuntimeError(f"{failed[0].unit.title}: {failed[0].error}")
    return Build(seconds, sum(outcome.seconds for outcome in outcomes))


def builds(study: str, overrides: list[str], parts: list[str]) -> Iterator[dict[str, Any]]:
    """The line of each of the two that is asked for; the build by one worker a core serves both."""
    many, load = cores(), os.getloadavg()[0]
    beside = {"benchmark": "study", "cores": many, "load": load}
    together = timed_build(study, overrides, many)
    if "workers" in parts:
        alone = timed_build(study, overrides, 1)
        yield {
            **beside,
            "case": f"workers/{study}",
            "seconds": together.seconds,
            "seconds_one_worker": alone.seconds,
            "ratio": alone.seconds / together.seconds,
            "at_work": together.at_work / (many * together.seconds),
            "at_work_one_worker": alone.at_work / alone.seconds,
            "jobs_slowed": together.at_work / alone.at_work,
        }
    if "busy" in parts:
        slowed = timed_build(study, overrides, many, busy=True)
        share = (many + 1) / many
        yield {
            **beside,
            "case": f"busy/{study}",
            "seconds": together.seconds,
            "seconds_beside_busy": slowed.seconds,
            "slowed": slowed.seconds / together.seconds,
            "fair_share": share,
        }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--study", default="xtreme", help="whose sharing is counted (default: xtreme)")
    parser.add_argument("--small", default=SMALL, help="the study that is built (default: quickstart)")
    parser.add_argument("--seeds", type=int, default=2, help="of the small study (default: 2)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=YAML", help="further entries of the small study")
    given = parser.parse_args()
    if "sharing" in given.parts:
        print(json.dumps({**sharing(given.study, []), "machine": machine()}), flush=True)
    if set(given.parts) & {"workers", "busy"}:
        overrides = [f"seeds={list(range(1, given.seeds + 1))}", *given.set]
        for line in builds(given.small, overrides, given.parts):
            print(json.dumps({**line, "machine": machine()}), flush=True)


if __name__ == "__main__":
    main()
