"""What scheduling and the store cost: `python -m benchmarks.overhead`.

A study of 1,000 jobs that do no work, through two worker processes (goal: under 20 s): each job takes its lease, publishes artifacts of the
usual files, and gives its signs of life. Then `status` of a study of about 10,000 jobs in a store of 100,000 artifacts (goal: under 5 s).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from stiltsreport.execute.executors import local
from stiltsreport.execute.executors.local import Pool, WorkerSettings
from stiltsreport.execute.progress import Outcome, Silent
from stiltsreport.execute.scheduler import run_units
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.plan.units import Unit, missing_units
from stiltsreport.store import Kind, Store
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock

STUDY = """\
title: Much to do
models: [xlmr-base]
intermediate: [mnli, qqp, squad2, squad, hellaswag, cosmosqa, csqa, siqa, snli]
target: xtreme-r
seeds: [{seeds}]
"""
RECORD = {"seconds": 1.0, "steps": 10, "examples": 100, "n": 100, "values": {"accuracy": 70.0}, "sums": {"accuracy": [70.0]}}
LINES = "".join(json.dumps({"id": str(number), "prediction": 1, "gold": 1}) + "\n" for number in range(20))


def planned(folder: Path, seeds: int) -> tuple[Path, Plan]:
    """The study with so many seeds: its file, and its plan."""
    path = folder / "much.yaml"
    path.write_text(STUDY.format(seeds=", ".join(map(str, range(1, seeds + 1)))), encoding="utf-8")
    return path, plan_study(read_study(path), Memo(), Lock())


def write(folder: Path) -> None:
    """The files of a small artifact."""
    for name in ("record.json", "ingredients.json"):
        (folder / name).write_text(json.dumps(RECORD, indent=1), encoding="utf-8")
    (folder / "predictions.jsonl").write_text(LINES, encoding="utf-8")
    (folder / "items.arrow").write_bytes(bytes(1000))


def no_work(unit: Unit) -> Outcome:
    """In a worker: everything that `perform` does about a unit but its work. It loads torch, as `perform` does."""
    import stiltsreport.execute.perform  # noqa: F401

    settings = local._settings  # noqa: SLF001 - the worker's own
    assert settings is not None
    store, began = Store(settings.store), time.monotonic()
    with store.lease(unit.id):
        jobs: list[tuple[Kind, str]] = [("trainings", train.id) for train in unit.chain] + [("checkpoints", job) for job in unit.keep]
        for kind, job in jobs + ([("evaluations", unit.evaluations[0].id)] if unit.evaluations else []):
            store.publish(kind, job, write)
        store.attempts.forget_failures(unit.id)
    return Outcome(unit, "done", time.monotonic() - began)


def run(jobs: int, workers: int) -> dict[str, float | int]:
    """Seconds from the plan to the last outcome, the workers' start and end included."""
    with tempfile.TemporaryDirectory() as folder:
        _, plan = planned(Path(folder), 1 + jobs // 90)
        store = Store(Path(folder) / "store")
        store.prepare()
        began = time.monotonic()
        units = missing_units(plan, store)[:jobs]
        local._work = no_work  # noqa: SLF001 - the benchmark's own
        pool = Pool(WorkerSettings(str(store.folder), offline=True, device="cpu"), workers, Silent())
        outcomes = run_units(units, pool, Silent(), store)
        took = time.monotonic() - began
        assert [outcome.state for outcome in outcomes] == ["done"] * len(units), outcomes[-1]
        return {"jobs": len(units), "workers": workers, "seconds": took, "milliseconds_a_job": 1000 * took / len(units)}


def fill(store: Store, artifacts: Sequence[tuple[Kind, str]]) -> None:
    """Artifacts as `publish` makes them, without asking for each to be on the disk."""
    from stiltsreport.store.manifest import write_manifest

    for kind, job in artifacts:
        folder = store.path(kind, job)
        folder.mkdir(parents=True, exist_ok=True)
        write(folder)
        write_manifest(folder)


def others(count: int) -> Iterator[tuple[Kind, str]]:
    """Artifacts of other studies."""
    for number in range(count):
        yield "evaluations", hashlib.sha256(str(number).encode()).hexdigest()[:20]


def status(artifacts: int) -> dict[str, float | int]:
    """Seconds of the command, its start included, where nine tenths of the study are stored."""
    with tempfile.TemporaryDirectory() as folder:
        path, plan = planned(Path(folder), 6)
        store = Store(Path(folder) / "store")
        store.prepare()
        own: list[tuple[Kind, str]] = [("trainings", job) for job in plan.trainings] + [("evaluations", job) for job in plan.evaluations]
        stored = own[: len(own) * 9 // 10]
        fill(store, [*stored, *others(max(0, artifacts - len(stored)))])
        for number in range(200):
            store.note_failure(hashlib.sha256(f"u{number}".encode()).hexdigest()[:20], "why")
        command = [sys.executable, "-m", "stiltsreport", "status", str(path), "--store", str(store.folder), "--device", "cpu", "--json"]
        times = []
        for _ in range(3):
            began = time.monotonic()
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            times.append(time.monotonic() - began)
        found = json.loads(done.stdout)
        assert found["trainings"]["stored"] + found["evaluations"]["stored"] == len(stored), found
        return {"jobs": len(own), "artifacts": max(artifacts, len(stored)), "seconds": min(times)}


def main() -> None:
    """Print both as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--artifacts", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=("run", "status"))
    options = parser.parse_args()
    found = {}
    if options.only != "status":
        found["run"] = run(options.jobs, options.workers)
    if options.only != "run":
        found["status"] = status(options.artifacts)
    with contextlib.suppress(OSError):
        found["load"] = {"average": os.getloadavg()[0]}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
