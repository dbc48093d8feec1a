"""The third level: the counts of the store's evaluations against the official metric, applied afresh to predictions and gold answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stiltsreport.errors import StiltsReportError
from stiltsreport.metrics import METRICS
from stiltsreport.plan.prompts import PROMPTED_STAGE
from stiltsreport.report.numbers import counted, plural
from stiltsreport.report.verification.differences import Difference, Level
from stiltsreport.report.verification.scores import named, of_jobs
from stiltsreport.results import Results, Score
from stiltsreport.results.items import StoredItems
from stiltsreport.store import DamagedArtifact, Store

FILE = "predictions.jsonl"


def verify_predictions(results: Results, store: Store | None, where: str, most: int | None = None) -> Level:
    """Each item's prediction, counted anew by every metric of its evaluation.

    `most`: how many evaluations are taken, those of the first job ids, which are hashes: a sample that no one chose.
    """
    if store is None:
        return Level("predictions", "", (), (where,))
    jobs = of_jobs(results.scores, "target") | of_jobs(results.scores, PROMPTED_STAGE)
    there = sorted(job for job in jobs if store.has("evaluations", job))
    taken = there if most is None else there[:most]
    items = StoredItems(store)
    wrong: list[Difference] = []
    absent = counted_items = checked = 0
    for job in taken:
        folder = store.path("evaluations", job)
        stored = items.open(job)
        if not (folder / FILE).is_file() or stored is None:
            absent += 1
            continue
        wrong += _damage(store, job, jobs[job][0])
        counts = {key: np.asarray(stored.of(key, METRICS[key].counts)) for key in stored.keys if key in METRICS}
        language = _language(folder, jobs[job][0])
        wrong += _evaluation(folder / FILE, jobs[job][0], stored.ids, counts, language)
        checked += 1
        counted_items += len(stored.ids)
    lacking = []
    if len(there) < len(jobs):
        lacking.append(f"{counted(len(jobs) - len(there))} of {plural(len(jobs), 'evaluation')} not in {store.place}")
    if absent:
        lacking.append(f"{plural(absent, 'evaluation')} without predictions or items")
    sample = f" of {counted(len(there))}, the first by job id" if len(taken) < len(there) else ""
    about = f"{plural(counted_items, 'prediction')} of {plural(checked, 'evaluation')}{sample}, counted anew" if checked else ""
    return Level("predictions", about, tuple(wrong), tuple(lacking))


def _damage(store: Store, job: str, row: Score) -> Iterator[Difference]:
    """An artifact whose files are not those that were published. Its predictions are counted anew all the same."""
    try:
        store.check("evaluations", job, content=True)
    except DamagedArtifact as error:
        yield Difference("manifest.json", "artifact", str(error), "what was published", f"job {job}", named(row))


def _language(folder: Path, row: Score) -> str:
    """The language that an evaluation was counted in."""
    try:
        return str(json.loads((folder / "record.json").read_text(encoding="utf-8"))["language"])
    except (OSError, ValueError, KeyError, TypeError):
        return row.language


def _evaluation(file: Path, row: Score, ids: Sequence[str], counts: dict[str, Any], language: str) -> Iterator[Difference]:
    name, place = named(row), f"job {row.job}"
    try:
        with file.open(encoding="utf-8") as stream:
            lines = [json.loads(line) for line in stream if line.strip()]
        found = [str(line["id"]) for line in lines]
        pairs = [(line["prediction"], line["gold"]) for line in lines]
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield Difference(FILE, "file", f"something that cannot be read ({error})", "one prediction a line", place, name)
        return
    if found != list(ids):
        lacking = [one for one in ids if one not in set(found)]
        shown = f"{len(found)} items" + (f", without {', '.join(lacking[:3])}" if lacking else "")
        yield Difference(FILE, "items", shown, f"{len(ids)} items, as counted", place, name)
        return
    for key, stored in counts.items():
        metric = METRICS[key]
        for index, (prediction, gold) in enumerate(pairs):
            try:
                anew = metric.count(prediction, gold, language)
            except (TypeError, ValueError, KeyError, AttributeError, StiltsReportError) as error:
                yield Difference(
                    FILE, f"prediction of item {ids[index]}", f"{json.dumps(prediction)} ({error})", "a prediction", place, name, key
                )
                continue
            if not np.allclose(anew, stored[index], rtol=1e-9, atol=1e-12):
                what = f"counts of item {ids[index]}"
                yield Difference(FILE, what, _counts(metric.counts, stored[index]), _counts(metric.counts, anew), place, name, key)


def _counts(names: Sequence[str], values: Sequence[float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in zip(names, values, strict=True))
