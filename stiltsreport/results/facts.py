"""Facts of the data, recipes and models that a plan's jobs use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stiltsreport.memory import trained_parameters
from stiltsreport.methods import Change, Sampled, ShuffledLabels, SynonymCopies, Texts, Translation
from stiltsreport.models import Model
from stiltsreport.plan.data_use import UNPINNED, DataUse
from stiltsreport.plan.jobs import Evaluate, Pretrained, Train
from stiltsreport.plan.plan import Plan
from stiltsreport.plan.recipe_ingredients import applicable
from stiltsreport.results.setup import DataFacts, Role
from stiltsreport.study.architectures import architecture_of
from stiltsreport.study.study import PLAIN
from stiltsreport.tasks.local import missing_parts
from stiltsreport.tasks.sources import Source

_FILES_NAMED = 3
Found = dict[tuple[str, str, str, str], DataFacts]
Records = Mapping[str, Mapping[str, Any]]  # by job id: what stands in the store


def data_facts(plan: Plan, records: Records) -> tuple[DataFacts, ...]:
    """Every set that the plan's jobs read, once by task, role and language; what is used of it as measured, where a job has run."""
    found: Found = {}
    for train in plan.trainings.values():
        _put_training(found, plan, train, records.get(train.id, {}))
    selecting = {part.selection.source.fingerprint for train in plan.trainings.values() for part in train.parts if part.selection}
    for trial in plan.layer_trials:
        _put(found, plan, trial.data, "selection", records.get(trial.id, {}).get("n"), note="chooses the layer; not reported")
    reported = {job.id: job for run in plan.runs for job in run.evaluations}
    for job in reported.values():
        if job.data.second is None:  # the sets of a pair stand by themselves, in their own languages
            note = _evaluation_note(plan, job, selecting)
            _put(found, plan, job.data, "evaluation", records.get(job.id, {}).get("n"), note=note)
    return tuple(found.values())


def _put_training(found: Found, plan: Plan, train: Train, record: Mapping[str, Any]) -> None:
    """The sets of each part of a training, and those that select its checkpoints."""
    for place, part in enumerate(train.parts):
        for use in part.sets:
            used = None if train.mixed else record.get("training_examples")
            _put(found, plan, use, "training", used, note=_absent_parts(plan, use))
        if part.selection is not None:
            first = record.get("dev") if place == 0 else None
            dev = (record.get("devs") or {}).get(part.training.task.name) or first or {}
            _put(found, plan, part.selection, "selection", dev.get("n"), part.recipe.selection_examples)


def _evaluation_note(plan: Plan, job: Evaluate, selecting: set[str]) -> str:
    notes = []
    wanted = plan.study.split or job.data.task.official_split
    if job.split != wanted:
        notes.append(f"its {job.split} set: the official {wanted} set is not at hand")
    if job.data.source.fingerprint in selecting:
        notes.append("checkpoints are selected on this set too")
    if job.threshold is not None and job.threshold == job.data:
        notes.append("the threshold is found on this set itself, which is an oracle")
    return "; ".join(notes)


def _absent_parts(plan: Plan, use: DataUse) -> str:
    """Which of the sets that a task joins (ANLI+'s) are not among its local files."""
    absent = missing_parts(use.task, plan.study.data, plan.data.memo) if use.source.files else []
    return f"without {', '.join(plan.study.tasks[part].title for part in absent)}: no training data at hand" if absent else ""


def change_words(change: Change | None) -> str:
    """What was made of a set, in a note; "" where it is used as read."""
    match change:
        case SynonymCopies(copies):
            return f"{copies} {'copy' if copies == 1 else 'copies'} of each example with words replaced by synonyms, in place of it"
        case ShuffledLabels():
            return "labels permuted"
        case Sampled(examples, seed):
            return f"{examples:,} examples drawn with seed {seed}"
        case Translation(_, to):
            return f"translated into {to}"
        case Texts():
            return "its texts alone, without labels"
    return ""


def _put(
    found: Found,
    plan: Plan,
    use: DataUse,
    role: Role,
    used: int | None,
    most: int | None = None,
    note: str = "",
) -> None:
    language = use.change.to if isinstance(use.change, Translation) else use.source.language
    changed = change_words(use.change)
    key = (role, use.task.name, language, f"{use.source.fingerprint}/{use.part}/{changed.split(' drawn')[0]}")
    before = found.get(key)
    if before is not None and (before.used is not None or used is None):
        return
    available = plan.data.count(use.task, use.source) if use.source.files else use.source.count
    drawn = use.change.examples if isinstance(use.change, Sampled) else None
    limits = [number for number in (available, use.limit, most, drawn) if number is not None]
    if used is None and use.part == "all" and available is not None:
        used = min(limits)
    part = {"all": "", "training": "nine tenths of the set", "held-out": "a tenth of the training set, which is not trained on"}[use.part]
    told = "; ".join(text for text in (part, changed, note) if text)
    split = "held-out" if use.part == "held-out" else use.source.split
    found[key] = DataFacts(
        use.task.name, use.task.title, role, language, split, origin(use.source, plan.study.data), use.source.fingerprint,
        available, used, told
    )  # fmt: skip


def origin(source: Source, data: Path | None) -> str:
    """Where a set comes from, without the machine's own folders.

    "local files: xnli/test-de.tsv", or "google/xquad@0123456789 xquad.de/validation".
    """
    if source.hub:
        return ", ".join(f"{part.id}@{part.revision[:10]} {part.config}/{part.split}" for part in source.hub)
    names = [_inside(Path(file.path), data) for file in source.files]
    more = f" and {len(names) - _FILES_NAMED} more" if len(names) > _FILES_NAMED else ""
    return f"local files: {', '.join(names[:_FILES_NAMED])}{more}"


def _inside(path: Path, data: Path | None) -> str:
    if data is not None:
        for base in (data, data.resolve()):
            if path.is_relative_to(base):
                return path.relative_to(base).as_posix()
    return path.name


def recipe_facts(plan: Plan) -> tuple[dict[str, Any], ...]:
    """The resolved recipe of each stage and task, and each target's protocol of evaluation; models with other entries stand apart."""
    found: dict[str, dict[str, Any]] = {}

    def put(stage: str, task: str, model: str, train: Train | None, job: Evaluate | None, variant: str = PLAIN) -> None:
        method = plan.study.variant(variant)
        book = plan.study.intermediate_recipe if stage == "intermediate" else plan.study.target_recipe
        own = (method.intermediate_recipe if stage == "intermediate" else method.target_recipe) if method else None
        book = own or book
        entry: dict[str, Any] = {
            "stage": stage,
            "task": task,
            "book": book.name,
            "citation": book.citation,
            "training": train.training.task.name if train else None,
            "selection": train.selection.task.name if train and train.selection else None,
            "recipe": applicable(train.recipe, train.form) if train else None,
            **({"adaptation": train.adaptation.details} if train and train.adaptation.method != "full" else {}),
            "protocol": applicable(job.protocol, job.data.task.type) if job else None,
        }
        record = found.setdefault(json.dumps(entry, sort_keys=True), {**entry, "models": []})
        if variant != PLAIN and not record["models"]:
            record["variant"] = variant  # an entry that no plain training has
        if model not in record["models"]:
            record["models"].append(model)

    for intermediate in plan.intermediates:
        put("intermediate", intermediate.intermediate, intermediate.model.name, intermediate.train, None, intermediate.variant)
    for run in plan.runs:
        job = run.evaluations[0]
        train = job.checkpoint if isinstance(job.checkpoint, Train) and job.checkpoint.stage == "target" else None
        put("target", run.target, run.model.name, train, job, run.variant)
    return tuple(json.loads(json.dumps(list(found.values()))))


def model_facts(plan: Plan) -> tuple[dict[str, Any], ...]:
    """Each model's record with its pinned revision ("unpinned" where no job could be planned)."""
    revisions: dict[str, str] = {}
    for checkpoint in _pretrained(plan):
        revisions[checkpoint.model.name] = checkpoint.revision
    facts = []
    for model in plan.study.models:
        record = {**asdict(model), "revision": revisions.get(model.name, UNPINNED)}
        if model.adaptation.suffix:
            record["trained_parameters"] = _trained(model)
        if Path(model.checkpoint).is_absolute():
            record["checkpoint"] = f"local folder {Path(model.checkpoint).name}"
        facts.append(record)
    return tuple(json.loads(json.dumps(facts)))  # lists for tuples, as they are read back


def _trained(model: Model) -> int | None:
    """The weights of an adapted model that train on a target, by arithmetic, without the head; None where its sizes are not known."""
    sizes = architecture_of(model)
    return trained_parameters(sizes, model.adaptation) if sizes is not None else None


def _pretrained(plan: Plan) -> Iterable[Pretrained]:
    for train in plan.trainings.values():
        yield train.pretrained
    for job in plan.evaluations.values():
        yield job.checkpoint if isinstance(job.checkpoint, Pretrained) else job.checkpoint.pretrained
