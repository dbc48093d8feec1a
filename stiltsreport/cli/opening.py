"""What most commands begin with: the study, its plan, and the store that holds what was done already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from stiltsreport.cli.absences import absent, faults
from stiltsreport.cli.looking import next_look
from stiltsreport.cli.options import Options
from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.modeling.checkpoint_files import check_checkpoint
from stiltsreport.plan.data_use import UNPINNED, DataUse
from stiltsreport.plan.devices import device_named
from stiltsreport.plan.jobs import Pretrained, Train
from stiltsreport.plan.known import Known
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.stilts import plan_study
from stiltsreport.store import Store, open_store
from stiltsreport.study.reading import find_study, read_study
from stiltsreport.study.study import Study
from stiltsreport.tasks.changes.synonyms import read_synonyms
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock, read_lock

PLACEHOLDER = "OWNER/"  # in place of who has put a checkpoint on the Hub


@dataclass(frozen=True)
class Opened:
    """A study with its plan and store."""

    study: Study
    plan: Plan
    store: Store
    memo: Memo
    lock: Lock


def read(options: Options, kept: Mapping[str, Any] | None = None) -> Study:
    """The study of the command line; `kept` as `read_study` has it. Raises StudyErrors with every error of the file."""
    return read_study(options.study, options.set, options.data, kept)


def open_study(options: Options, device: str) -> Opened:
    """Read, and plan for that device, up to the next declared look. Nothing is written but the memo of local files."""
    study = read(options)
    store = open_store(options.store)
    memo = Memo(store.memo)
    lock = read_lock(find_study(options.study))
    known = Known(store)
    study = next_look(study, lambda one: plan_study(one, memo, lock, device=kind(device), known=known), store)
    plan = plan_study(study, memo, lock, device=kind(device), only=options.only, known=known)
    return Opened(study, plan, store, memo, lock)


def replanned(opened: Opened, options: Options, device: str, lock: Lock | None = None) -> Opened:
    """The same study planned again, now that more of its jobs have run, or another lock pins it."""
    lock = lock or opened.lock
    opened.store.refresh()
    plan = plan_study(opened.study, opened.memo, lock, device=kind(device), only=options.only, known=Known(opened.store))
    return replace(opened, plan=plan, lock=lock)


def kind(device: str) -> str:
    """The device as a plan asks for it, to settle `precision: auto`: every GPU is alike to it."""
    return "cuda" if device_named(device).gpu else device


def uses(plan: Plan) -> list[DataUse]:
    """Every set that a job of the plan reads, once."""
    found: dict[tuple[str, ...], DataUse] = {}

    def add(use: DataUse | None) -> None:
        if use is not None:
            for source in (use.source, *([use.second] if use.second else [])):
                found.setdefault((use.task.name, source.split, source.language, source.fingerprint), replace(use, source=source))

    for train in plan.trainings.values():
        for use in train.uses:
            add(use)
    for evaluation in plan.evaluations.values():
        add(evaluation.data)
        add(evaluation.threshold)
    for prompt in plan.prompts:
        add(prompt.data)
        add(prompt.demonstrations)
    for translation in plan.translations:
        add(translation.data)
    return list(found.values())


def pretrained(plan: Plan) -> list[Pretrained]:
    """Every encoder that a job of the plan starts from, once."""
    found: dict[str, Pretrained] = {}
    evaluated = [job.checkpoint for job in plan.evaluations.values()]
    for checkpoint in (*plan.trainings.values(), *evaluated, *(job.checkpoint for job in plan.prompts)):
        start = checkpoint.pretrained if isinstance(checkpoint, Train) else checkpoint
        found.setdefault(start.id, start)
    return list(found.values())


def unpinned(plan: Plan) -> tuple[list[str], list[str]]:
    """(data sets, models) on the Hub that a job reads and no lock pins; what local files hide is not among them."""
    data = [part.id for use in uses(plan) for part in use.source.hub if part.revision == UNPINNED]
    found = [start.model.checkpoint for start in pretrained(plan) if start.revision == UNPINNED]
    models = [checkpoint for checkpoint in found if not checkpoint.startswith(PLACEHOLDER)]  # of which there is nothing to pin
    models += [job.translator for job in plan.translations if job.revision == UNPINNED]
    return sorted(set(data)), sorted(set(models))


def unfilled(opened: Opened) -> list[StiltsReportError]:
    """One error for each model whose checkpoint still is OWNER/..., which a study leaves to its reader to name."""
    starts = {start.model.unadapted: start for start in pretrained(opened.plan) if start.model.checkpoint.startswith(PLACEHOLDER)}
    return [
        StiltsReportError(
            f"{name}: {start.model.checkpoint} stands for a checkpoint that you name", where=str(opened.study.path),
            hint="its id on the Hub, or a folder",
        )
        for name, start in starts.items()
    ]  # fmt: skip


def check_files(opened: Opened) -> None:
    """Read every local set once (what was read before is remembered), so that nothing malformed is met hours later.

    Raises StudyErrors with every malformed file, and where there are no data for any run at all.
    """
    errors = list(malformed(opened))
    opened.memo.save()
    plan = opened.plan
    if not errors and not (plan.runs or plan.trials or plan.layer_trials or plan.prompts):
        errors = absent(plan.problems) or [StiltsReportError("no run is left", where=str(opened.study.path))]
    if errors:
        raise StudyErrors(errors)


def malformed(opened: Opened) -> Iterator[StiltsReportError]:
    """What is wrong in the local files of the plan's jobs, each fault once."""
    yield from faults(opened.plan.problems)
    synonyms = {one.augmentation.synonyms for one in opened.study.variants if one.augmentation and one.augmentation.synonyms}
    readings: list[Callable[[], object]] = [
        *(
            partial(check_checkpoint, Path(start.model.checkpoint), f"model {start.model.name}")
            for start in pretrained(opened.plan)
            if Path(start.model.checkpoint).is_dir()
        ),
        *(partial(opened.memo.counted, use.task, use.source) for use in uses(opened.plan) if use.source.files),
        *(partial(read_synonyms, path) for path in sorted(synonyms)),
    ]
    seen = set()
    for reading in readings:
        try:
            reading()
        except StiltsReportError as error:
            if str(error) not in seen:
                seen.add(str(error))
                yield error
