"""`export`: checkpoints for the Hub (export_hub.py), or stored predictions as XTREME's evaluate.py reads them, by model, arm and seed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.opening import Opened, open_study
from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError, StudyErrors, cause
from stiltsreport.plan.jobs import Evaluate
from stiltsreport.plan.runs import Run
from stiltsreport.report.export.submission import benchmark_of, expected, faults, missing
from stiltsreport.report.export.xtreme import LAYOUT, Prediction, write_files, xtreme_files
from stiltsreport.store import Store
from stiltsreport.tasks.examples import Retrieval
from stiltsreport.tasks.read import read
from stiltsreport.tasks.sources import HubAccess

_PARTIAL = "--partial writes what is there; --only GLOB leaves out other runs"


def run(options: Options, terminal: Terminal) -> int:
    """Write DIR/MODEL/INTERMEDIATE/SEED/TASK/test-LANGUAGE.*; returns 1 where evaluations are missing, which --partial alone lets pass.

    Raises StudyErrors with all that a submission lacks, or has in another form, before the first file of that system is written.
    """
    if options.kind == "hub":
        from stiltsreport.cli.export_hub import export_hub

        return export_hub(options, terminal)
    assert options.to is not None  # the parser asks for it
    opened = open_study(options, named_device(options.device, gpus()))
    systems = [_system(name, runs, opened) for name, runs in _systems(opened).items()]
    lacking = [StiltsReportError(what, where=", ".join(names), hint=_PARTIAL) for what, names in _lacking(systems, opened).items()]
    if lacking and not options.partial:
        raise StudyErrors(lacking)
    for error in lacking:
        terminal.warning(f"{error.where}: {error.what}")
    for system in systems:
        files = _files(system, opened, options)
        wrong = [StiltsReportError(one, where=str(system.name), hint=_PARTIAL) for one in faults(files)]
        if wrong and not options.partial:
            raise StudyErrors(wrong)
        for path in write_files(files, options.to / system.name):
            terminal.result(str(path))
    without = {entry.task.name for entry in opened.study.target} - set(LAYOUT)
    if without:
        terminal.note(f"XTREME has no files of {', '.join(sorted(without))}")
    return 1 if any(system.missing for system in systems) else 0


@dataclass(frozen=True)
class _System:
    """One model, arm and seed: its evaluations by (task, language), those that are stored and those that are not."""

    name: Path
    stored: dict[tuple[str, str], Evaluate]
    missing: dict[tuple[str, str], Evaluate]


def _system(name: Path, runs: list[Run], opened: Opened) -> _System:
    jobs = {
        (run.target, job.language): job
        for run in runs
        for job in run.evaluations
        if run.target in LAYOUT and job.second_language is None  # XTREME has no pairs of two languages
    }
    stored = {key: job for key, job in jobs.items() if opened.store.has("evaluations", job.id)}
    return _System(name, stored, {key: job for key, job in jobs.items() if key not in stored})


def _lacking(systems: list[_System], opened: Opened) -> dict[str, list[str]]:
    """What keeps the files of these systems from being whole submissions, with the systems of each fault."""
    study = opened.study
    benchmark = benchmark_of([entry.task.name for entry in study.target])
    found: dict[str, list[str]] = {}
    if study.limit.evaluate is not None:
        found[f"evaluation sets are cut to {study.limit.evaluate} examples"] = [study.name]
    for system in systems:
        for task, languages in missing(benchmark, system.stored).items():
            waiting = [language for language in languages if (task, language) in system.missing]
            reasons = [(waiting, f"not stored yet, `stiltsreport build {study.path}` makes them")]
            reasons += [([language for language in languages if language not in waiting], "not in the study")]
            for some, reason in reasons:
                if some:
                    words = "all languages" if len(some) == len(expected(benchmark)[task]) else ", ".join(some)
                    found.setdefault(f"{benchmark.title} asks for {task}, {words}: {reason}", []).append(str(system.name))
        for (task, _), job in system.stored.items():
            official = job.data.task.official_split
            if job.split != official:
                place = found.setdefault(f"{task} is of its {job.split} set; {official} is asked for", [])
                place.extend([str(system.name)] if str(system.name) not in place else [])
    return {what: names if len(names) < len(systems) else [study.name] for what, names in found.items()}


def _files(system: _System, opened: Opened, options: Options) -> dict[str, str]:
    """The texts of its files by path."""
    opened.store.bring("evaluations", [job.id for job in system.stored.values()])
    rows = {key: predictions(opened.store, job) for key, job in system.stored.items()}
    pools = {key: pool(job, options.offline) for key, job in system.stored.items() if job.data.task.type == "sentence_retrieval"}
    return xtreme_files(rows, pools)


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
            f"predictions cannot be read: {cause(error)}", where=str(file), hint="remove that folder and build again"
        ) from error


def pool(job: Evaluate, offline: bool) -> list[str]:
    """The ids of everything that was searched, in the order of its file: what row numbers count."""
    found = read(job.data.source, job.data.task, HubAccess(offline=offline))
    assert isinstance(found, Retrieval), job.data.task.name
    return [passage.id for passage in (found.queries if job.protocol.queries == "other" else found.pool)]
