"""`export`: checkpoints for the Hub (export_hub.py), or stored predictions as XTREME's evaluate.py reads them, by model, arm and seed."""

from __future__ import annotations

import json
from pathlib import Path

from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.opening import Opened, open_study
from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.jobs import Evaluate
from stiltsreport.plan.runs import Run
from stiltsreport.report.export.xtreme import LAYOUT, Prediction, write_xtreme
from stiltsreport.store import Store
from stiltsreport.tasks.examples import Retrieval
from stiltsreport.tasks.read import read
from stiltsreport.tasks.sources import HubAccess


def run(options: Options, terminal: Terminal) -> int:
    """Write DIR/MODEL/INTERMEDIATE/SEED/TASK/test-LANGUAGE.*; returns 1 where evaluations are missing."""
    if options.kind == "hub":
        from stiltsreport.cli.export_hub import export_hub

        return export_hub(options, terminal)
    if options.to is None:
        raise StiltsReportError("no folder to write to", hint="--to DIR")
    opened = open_study(options, named_device(options.device, gpus()))
    missing = 0
    for name, runs in _systems(opened).items():
        jobs = {
            (run.target, job.language): job
            for run in runs
            for job in run.evaluations
            if run.target in LAYOUT and job.second_language is None  # XTREME has no pairs of two languages
        }
        stored = {key: job for key, job in jobs.items() if opened.store.has("evaluations", job.id)}
        opened.store.bring("evaluations", [job.id for job in stored.values()])
        missing += len(jobs) - len(stored)
        if not stored:
            continue
        rows = {key: predictions(opened.store, job) for key, job in stored.items()}
        pools = {key: pool(job, options.offline) for key, job in stored.items() if job.data.task.type == "sentence_retrieval"}
        for path in write_xtreme(rows, options.to / name, pools):
            terminal.result(str(path))
    _say_what_they_are(opened, terminal)
    if missing:
        terminal.warning(f"{missing} evaluations are not stored and have no file; `stiltsreport build {options.study}` makes them")
        return 1
    return 0


def _systems(opened: Opened) -> dict[Path, list[Run]]:
    """The runs of each model, arm and seed; what was never trained belongs to every seed of its arm."""
    found: dict[Path, list[Run]] = {}
    for run in opened.plan.runs:
        for seed in opened.study.seeds if run.seed is None else (run.seed,):
            found.setdefault(Path(run.model.name.replace("/", "--"), run.arm, str(seed)), []).append(run)
    return found


def predictions(store: Store, job: Evaluate) -> list[Prediction]:
    """The stored predictions of an evaluation, in the order of its file. Raises StiltsReportError for a damaged artifact."""
    file = store.path("evaluations", job.id) / "predictions.jsonl"
    try:
        with file.open(encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        return [Prediction(str(row["id"]), row["prediction"]) for row in rows]
    except (OSError, ValueError, KeyError) as error:
        raise StiltsReportError(
            f"predictions cannot be read: {error}", where=str(file), hint="remove that folder and build again"
        ) from error


def pool(job: Evaluate, offline: bool) -> list[str]:
    """The ids of everything that was searched, in the order of its file: what row numbers count."""
    found = read(job.data.source, job.data.task, HubAccess(offline=offline))
    if not isinstance(found, Retrieval):
        raise StiltsReportError("is no retrieval task", where=job.data.task.name)
    return [passage.id for passage in (found.queries if job.protocol.queries == "other" else found.pool)]


def _say_what_they_are(opened: Opened, terminal: Terminal) -> None:
    """A submission needs whole test sets."""
    if opened.study.limit.evaluate is not None:
        terminal.warning(f"evaluation sets are cut to {opened.study.limit.evaluate} examples: these files cannot be submitted")
    splits = {
        f"{run.target} ({job.split})" for run in opened.plan.runs for job in run.evaluations if job.split != "test" and run.target in LAYOUT
    }
    if splits:
        terminal.warning(f"named test-*, as evaluate.py asks, but not of a test set: {', '.join(sorted(splits))}")
    without = {entry.task.name for entry in opened.study.target} - set(LAYOUT)
    if without:
        terminal.note(f"XTREME has no files of {', '.join(sorted(without))}")
