"""The design of X-STILTs (Phang et al. 2020): from a study to its runs, and from the runs to their jobs, each shared where it can be."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.models import Model
from stiltsreport.plan.data import StudyData, on_hub
from stiltsreport.plan.jobs import UNPINNED, Checkpoint, DataUse, Evaluate, IntermediateRun, Pretrained, Run, Stage, Train, digest
from stiltsreport.plan.precision import resolved_precision
from stiltsreport.recipes import Precision, Protocol, Recipe
from stiltsreport.study.study import BASELINE, Study, TargetEntry
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from stiltsreport.tasks.task import Task

EMBEDDED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_BARE = ("sentence_retrieval", "bitext_mining")  # evaluated on the encoder itself


@dataclass(frozen=True)
class Plan:
    """All runs of a study. `problems`: data that are not there; their runs are left out of `runs` and named in `gaps`."""

    study: Study
    runs: tuple[Run, ...]
    intermediates: tuple[IntermediateRun, ...]
    problems: tuple[StiltsReportError, ...]
    data: StudyData
    precision: Precision | None
    left_out: tuple[str, ...] = ()  # names of runs that --only leaves out

    @cached_property
    def evaluations(self) -> dict[str, Evaluate]:
        """Every evaluation by id."""
        return {job.id: job for run in self.runs for job in run.evaluations}

    @cached_property
    def trainings(self) -> dict[str, Train]:
        """Every training by id, parents first."""
        found: dict[str, Train] = {}

        def add(checkpoint: Checkpoint) -> None:
            if isinstance(checkpoint, Train) and checkpoint.id not in found:
                add(checkpoint.start)
                found[checkpoint.id] = checkpoint

        for intermediate in self.intermediates:
            add(intermediate.train)
        for run in self.runs:
            for job in run.evaluations:
                add(job.checkpoint)
        return found


def plan_study(study: Study, memo: Memo, lock: Lock, *, device: str = "cpu", only: Sequence[str] = ()) -> Plan:
    """Every run of the study. `only`: patterns over MODEL/INTERMEDIATE/TARGET/SEED; what none matches is left out.

    Raises StudyErrors where a pattern matches nothing.
    """
    data = StudyData(study, memo, lock)
    precision = resolved_precision(device) if study.precision == "auto" else None
    designer = _Designer(study, data, precision)
    runs: list[Run] = []
    intermediates: list[IntermediateRun] = []
    for model in study.models:
        start = Pretrained(model, revision_of(model, lock, memo))
        for task in (None, *study.intermediate):
            name = task.name if task else BASELINE
            for seed in study.seeds:
                checkpoint: Checkpoint | None = designer.intermediate(start, task, seed) if task else start
                if checkpoint is None:
                    continue
                if isinstance(checkpoint, Train):
                    intermediates.append(IntermediateRun(model, name, seed, checkpoint))
                for entry in study.target:
                    untrained = not entry.train and task is None
                    if untrained and seed != study.seeds[0]:
                        continue  # nothing was trained: its score stands once
                    run = designer.run(model, name, entry, checkpoint, seed)
                    if run is not None:
                        runs.append(replace(run, seed=None) if untrained else run)
    kept, left_out = _only(runs, only)
    if only:
        needed = {checkpoint.id for run in kept for job in run.evaluations for checkpoint in chain(job.checkpoint)}
        kept_intermediates = [item for item in intermediates if item.train.id in needed or _matches(item.name, only)]
    else:
        kept_intermediates = intermediates
    memo.save()
    return Plan(study, tuple(kept), tuple(kept_intermediates), tuple(data.problems.values()), data, precision, tuple(left_out))


def revision_of(model: Model, lock: Lock, memo: Memo) -> str:
    """What pins a model: the embedded file's checksum, a folder's content, or the commit in the lock ("unpinned" without one)."""
    if model.checkpoint.startswith("embedded:"):
        return EMBEDDED_SHA256
    if on_hub(model.checkpoint):
        return lock.models.get(model.checkpoint, UNPINNED)
    folder = Path(model.checkpoint)
    files = [path for path in sorted(folder.iterdir()) if path.suffix in (".json", ".safetensors", ".bin", ".model", ".txt")]
    return digest(files=[[path.name, memo.digest(str(path))] for path in files])


def chain(checkpoint: Checkpoint) -> Iterator[Checkpoint]:
    """The checkpoint and everything that it was trained from, the last first."""
    yield checkpoint
    while isinstance(checkpoint, Train):
        checkpoint = checkpoint.start
        yield checkpoint


def _matches(name: str, patterns: Sequence[str]) -> bool:
    parts = name.split("/")
    return any(
        len(pattern.split("/")) <= len(parts) and all(fnmatch.fnmatchcase(part, piece) for part, piece in zip(parts, pattern.split("/"), strict=False))
        for pattern in patterns
    )


def _only(runs: Sequence[Run], patterns: Sequence[str]) -> tuple[list[Run], list[str]]:
    if not patterns:
        return list(runs), []
    for pattern in patterns:
        if not any(_matches(run.name, [pattern]) for run in runs):
            raise StudyErrors([StiltsReportError(f"matches no run of the study", where=f"--only {pattern}", hint=f"MODEL/INTERMEDIATE/TARGET/SEED, such as {runs[0].name if runs else '*/squad/*/1'}")])
    kept = [run for run in runs if _matches(run.name, patterns)]
    names = {run.name for run in kept}
    return kept, [run.name for run in runs if run.name not in names]


class _Designer:
    """Makes the jobs of single runs, with what they share made once."""

    def __init__(self, study: Study, data: StudyData, precision: Precision | None) -> None:
        self.study, self.data, self.precision = study, data, precision
        self._uses: dict[tuple[object, ...], DataUse | None] = {}
        self._recipes: dict[tuple[str, str, str], tuple[Recipe, Protocol]] = {}

    def recipe(self, stage: Stage, task: str, model: Model) -> tuple[Recipe, Protocol]:
        """The recipe and protocol for a task at a stage, with the precision and the model's own retrieval choices put in."""
        key = (stage, task, model.name)
        if key not in self._recipes:
            book = self.study.intermediate_recipe if stage == "intermediate" else self.study.target_recipe
            recipe, protocol = book.training(task), book.evaluation(task)
            if self.precision:
                recipe, protocol = replace(recipe, precision=self.precision), replace(protocol, precision=self.precision)
            self._recipes[key] = recipe, resolved(protocol, model)
        return self._recipes[key]

    def training_use(self, task: Task, held_out: bool) -> DataUse | None:
        key = ("training", task.name, held_out)
        if key not in self._uses:
            source = self.data.get(task, ["train"], "en", "training")
            self._uses[key] = DataUse(task, source, self.study.limit.train, "training" if held_out else "all") if source else None
        return self._uses[key]

    def selection_use(self, name: str) -> DataUse | None:
        """The English set that selects checkpoints: a dev split, or the held-out tenth of a training set."""
        key = ("selection", name)
        if key not in self._uses:
            task_name, _, part = name.partition("/")
            task = self.study.tasks[task_name]
            source = self.data.get(task, ["train" if part else "dev"], "en", "checkpoint selection")
            self._uses[key] = DataUse(task, source, None, "held-out" if part else "all") if source else None
        return self._uses[key]

    def intermediate(self, start: Pretrained, task: Task, seed: int) -> Train | None:
        """The intermediate training of one seed."""
        recipe, protocol = self.recipe("intermediate", task.name, start.model)
        return self._train(start, task, task.selection, task.type, recipe, protocol, seed, "intermediate")

    def _train(
        self, start: Checkpoint, task: Task, selection: str, form: object, recipe: Recipe, protocol: Protocol, seed: int, stage: str, carries_head: bool = False
    ) -> Train | None:
        held_out = selection == f"{task.name}/held-out"
        training = self.training_use(task, held_out)
        chosen = self.selection_use(selection) if selection else None
        if training is None or (selection and chosen is None):
            return None
        return Train(start, training, form, chosen, recipe, protocol, seed, stage, carries_head)  # type: ignore[arg-type]

    def target(self, checkpoint: Checkpoint, entry: TargetEntry, seed: int, model: Model) -> Checkpoint | None:
        """The target training: one step for each of the entry's training tasks, each starting from the one before."""
        current: Checkpoint = checkpoint
        for index, task in enumerate(entry.train):
            last = index == len(entry.train) - 1
            recipe, protocol = self.recipe("target", entry.task.name, model)
            selection = entry.task.selection if last else task.selection
            form = "dual_encoder" if entry.task.type == "dual_encoder" else task.type
            trained = self._train(current, task, selection, form, recipe, protocol, seed, "target", carries_head=index > 0)
            if trained is None:
                return None
            current = trained
        return current

    def run(self, model: Model, intermediate: str, entry: TargetEntry, checkpoint: Checkpoint, seed: int) -> Run | None:
        """One run: the target training (if the target has one) and an evaluation in each language that has data."""
        trained = self.target(checkpoint, entry, seed, model)
        if trained is None:
            return None
        _, protocol = self.recipe("target", entry.task.name, model)
        evaluations = []
        for language in entry.languages:
            use = self._evaluation_use(entry, language)
            if use is not None:
                threshold = self._threshold_use(entry, use) if entry.task.type == "bitext_mining" else None
                evaluations.append(Evaluate(trained, use, protocol, threshold))
        return Run(model, intermediate, entry.task.name, seed, tuple(evaluations)) if evaluations else None

    def _evaluation_use(self, entry: TargetEntry, language: str) -> DataUse | None:
        key = ("evaluation", entry.task.name, language)
        if key not in self._uses:
            source = self.data.evaluation(entry, language)
            self._uses[key] = DataUse(entry.task, source, self.study.limit.evaluate) if source else None
        return self._uses[key]

    def _threshold_use(self, entry: TargetEntry, use: DataUse) -> DataUse | None:
        """BUCC: the threshold is found on dev; where dev is what is reported, that is jiant's oracle, and the report says so."""
        key = ("threshold", entry.task.name, use.source.language)
        if key not in self._uses:
            source = self.data.get(entry.task, ["dev"], use.source.language, "threshold")
            self._uses[key] = DataUse(entry.task, source, self.study.limit.evaluate) if source else None
        return self._uses[key]


def resolved(protocol: Protocol, model: Model) -> Protocol:
    """The protocol with the model's own layer, pooling and prefix in place of "model"; what a study names itself stays."""
    return replace(
        protocol,
        layer=model.layer if protocol.layer == "model" else protocol.layer,
        pooling=model.pooling if protocol.pooling == "model" else protocol.pooling,
        prefix=model.prefix if protocol.prefix == "model" else protocol.prefix,
    )
