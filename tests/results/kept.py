"""Evaluations with answers that a test decides: items.arrow and predictions.jsonl beside the records that `fill` has published."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stiltsreport.metrics import METRICS
from stiltsreport.metrics.item_counts import FILE, write_item_counts
from stiltsreport.modeling.evaluation import evaluate
from stiltsreport.plan.jobs import Evaluate
from stiltsreport.plan.plan import Plan
from stiltsreport.recipes import Protocol
from stiltsreport.store import Store
from stiltsreport.tasks.task import Task

Rows = Sequence[tuple[str, Any, Any]]  # id, prediction, gold
Answered = Callable[[str, int | None, Evaluate], Rows | None]  # arm as INTERMEDIATE[+VARIANT], seed


def keep(store: Store, plan: Plan, answered: Answered) -> None:
    """Count the answers as an evaluation does, and keep them; where there are none nothing is kept."""
    for run in plan.runs:
        for job in run.evaluations:
            rows = answered(run.arm, run.seed, job) if store.has("evaluations", job.id) else None
            if rows is not None:
                write(store.path("evaluations", job.id), job.data.task, job.protocol, job.language, rows)


def write(folder: Path, task: Task, protocol: Protocol, language: str, rows: Rows) -> None:
    """The two files of one evaluation."""
    ids, predictions, golds = zip(*rows, strict=True)
    made = evaluate(task, protocol, language, ids, predictions, golds)
    names = {key: METRICS[key].counts for key in made.counts}
    write_item_counts(folder / FILE, ids, ids, made.counts, names)
    lines = [
        {"id": name, "prediction": prediction, "gold": gold, "counts": {key: counts[place].tolist() for key, counts in made.counts.items()}}
        for place, (name, prediction, gold) in enumerate(rows)
    ]
    (folder / "predictions.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
