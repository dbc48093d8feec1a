"""A store filled by hand: the records that workers would write, with numbers made up from the job's id."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from stiltsreport.metrics import METRICS
from stiltsreport.plan.jobs import Evaluate, Train
from stiltsreport.plan.stilts import Plan, plan_study
from stiltsreport.store import Store
from stiltsreport.study.reading import read_study
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock

STUDY = """\
title: A study in small
models: [multilingual-e5-small]
intermediate: [hellaswag, snli]
target: [{task: xnli, languages: [en, de, sw], train: snli}, {task: xquad, languages: [en, de]}, {task: tatoeba, languages: [de]}]
seeds: [1, 2]
limit: {train: 12, evaluate: 6}
"""
MACHINE = {"stiltsreport": "0", "commit": None, "python": "3", "packages": {}, "processor": "a processor", "device": "cpu"}


def planned(folder: Path, data: Path, text: str = STUDY, only: tuple[str, ...] = ()) -> Plan:
    """The plan of a study on local data."""
    file = folder / "small.yaml"
    file.write_text(text, encoding="utf-8")
    return plan_study(read_study(file, data=data), Memo(), Lock(), only=only)


def fill(store: Store, plan: Plan, wanted: Callable[[Train | Evaluate], bool] = lambda job: True) -> None:
    """Publish the plan's jobs."""
    store.prepare()
    for train in plan.trainings.values():
        if wanted(train):
            dev = {"task": "?", "n": 10, "values": {"accuracy": share(train.id)}} if train.selection else None
            efficiency = {"seconds": 2.0, "examples": 24, "tokens": 240, "peak_bytes": 1000 + len(train.id), "device": "cpu"}
            publish(store, "trainings", train.id, {"training_examples": 12, "dev": dev, "efficiency": efficiency, "machine": MACHINE})
    for job in plan.evaluations.values():
        if wanted(job):
            values = {METRICS[key].name: share(job.id) for key in job.data.task.metrics}
            record = {"n": 6, "values": values, "seconds": 0.5, "examples": 6, "tokens": 60, "machine": MACHINE}
            publish(store, "evaluations", job.id, record)


def publish(store: Store, kind: str, job: str, record: dict[str, object]) -> None:
    """One artifact with that record."""

    def write(folder: Path) -> None:
        (folder / "record.json").write_text(json.dumps(record), encoding="utf-8")

    store.publish(kind, job, write)  # type: ignore[arg-type]


def share(job: str) -> float:
    """A score from 0 to 100 that the id decides."""
    return int(job[:4], 16) / 0xFFFF * 100
