"""The design of X-STILTs (Phang et al. 2020): from a study to its runs, and from the runs to their jobs, each shared where it can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from stiltsreport.errors import StiltsReportError
from stiltsreport.models import Model
from stiltsreport.plan.data import Role, StudyData
from stiltsreport.plan.jobs import Checkpoint, DataUse, Evaluate, IntermediateRun, Part, Pretrained, Run, Stage, Train
from stiltsreport.plan.only import matches, refuse_idle
from stiltsreport.plan.plan import Gap, Plan, chain
from stiltsreport.plan.precision import resolved_precision
from stiltsreport.plan.pretrained import EMBEDDED_SHA256, revision_of
from stiltsreport.recipes import Precision, Protocol, Recipe
from stiltsreport.study.study import BASELINE, Study, TargetEntry
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock
from stiltsreport.tasks.task import SplitName, Task, TaskType


def plan_study(study: Study, memo: Memo, lock: Lock, *, device: str = "cpu", only: Sequence[str] = ()) -> Plan:
    """Every run of the study. `only`: patterns over MODEL/INTERMEDIATE/TARGET/SEED; what none matches is left out.

    Data that are not there are no error here: what rests on them becomes a gap. Raises StudyErrors where a pattern matches nothing.
    """
    data = StudyData(study, memo, lock)
    precision = resolved_precision(device) if study.precision == "auto" else None
    designer = _Designer(study, data, precision)
    runs: list[Run] = []
    intermediates: list[IntermediateRun] = []
    for model in study.models:
        start = Pretrained(model, revision_of(model, lock, memo))
        for task in (None, *study.intermediate):
            for seed in study.seeds:
                made = designer.intermediate(start, task.tasks[0], seed) if task else start
                if isinstance(made, Train) and task:
                    intermediates.append(IntermediateRun(model, task.name, seed, made))
                for entry in study.target:
                    untrained = not entry.train and task is None
                    if untrained and seed != study.seeds[0]:
                        continue  # nothing was trained: its score stands once
                    runs.append(designer.run(model, task.name if task else BASELINE, entry, made, None if untrained else seed))
    memo.save()
    gaps = designer.gaps
    refuse_idle(only, [run.name for run in runs])
    kept = [run for run in runs if matches(run.name, only)]
    kept_names = {run.name for run in kept}
    needed = {checkpoint.id for run in kept for job in run.evaluations for checkpoint in chain(job.checkpoint)}
    return Plan(
        study,
        tuple(run for run in kept if run.evaluations),
        tuple(item for item in intermediates if item.train.id in needed or matches(item.name, only)),
        tuple(data.problems.values()),
        data,
        precision,
        tuple(run for run in runs if run.name not in kept_names),
        tuple(gap for name, gap in gaps if name in kept_names),
    )


class _Designer:
    """Makes the jobs of single runs, with what they share made once, and takes note of every cell that has no data."""

    def __init__(self, study: Study, data: StudyData, precision: Precision | None) -> None:
        self.study, self.data, self.precision = study, data, precision
        self.gaps: list[tuple[str, Gap]] = []  # with the name of the run
        self._uses: dict[tuple[str, ...], DataUse | StiltsReportError] = {}
        self._recipes: dict[tuple[str, str, str], tuple[Recipe, Protocol]] = {}

    def run(self, model: Model, intermediate: str, entry: TargetEntry, start: Checkpoint | StiltsReportError, seed: int | None) -> Run:
        """One run: the target training (if the target has one) and an evaluation in each language that has data; the others are gaps."""
        trained = start if isinstance(start, StiltsReportError) else self._target(start, entry, seed or 0, model)
        found = Run(model, intermediate, entry.task.name, seed, ())
        _, protocol = self._recipe("target", entry.task.name, model)
        evaluations = []
        for language in entry.languages:
            made = trained if isinstance(trained, StiltsReportError) else self._evaluate(trained, entry, language, protocol)
            if isinstance(made, Evaluate):
                evaluations.append(made)
            else:
                gap = Gap(model.name, intermediate, entry.task.name, language, seed, str(made), found.variant)
                self.gaps.append((found.name, gap))
        return replace(found, evaluations=tuple(evaluations))

    def intermediate(self, start: Pretrained, task: Task, seed: int) -> Train | StiltsReportError:
        """The intermediate training of one seed, or the data that it lacks."""
        recipe, protocol = self._recipe("intermediate", task.name, start.model)
        return self._train(start, task, task.selection, task.type, recipe, protocol, seed, "intermediate")

    def _target(self, start: Checkpoint, entry: TargetEntry, seed: int, model: Model) -> Checkpoint | StiltsReportError:
        """The target training: one step for each of the entry's training tasks, each starting from the one before."""
        current: Checkpoint = start
        recipe, protocol = self._recipe("target", entry.task.name, model)
        for index, task in enumerate(entry.train):
            selection = entry.task.selection if index == len(entry.train) - 1 else task.selection
            form: TaskType = "dual_encoder" if entry.task.type == "dual_encoder" else task.type
            trained = self._train(current, task, selection, form, recipe, protocol, seed, "target", carries_head=index > 0)
            if isinstance(trained, StiltsReportError):
                return trained
            current = trained
        return current

    def _train(
        self, start: Checkpoint, task: Task, selection: str, form: TaskType, recipe: Recipe, protocol: Protocol, seed: int, stage: Stage,
        carries_head: bool = False,
    ) -> Train | StiltsReportError:  # fmt: skip
        training = self._use(task, ["train"], "en", "training", self.study.limit.train, held_out=selection == f"{task.name}/held-out")
        chosen = self._selection(selection) if selection else None
        if isinstance(training, StiltsReportError):
            return training
        if isinstance(chosen, StiltsReportError):
            return chosen
        return Train(start, (Part((training,), form, chosen, recipe, protocol),), recipe, seed, stage, carries_head)

    def _selection(self, name: str) -> DataUse | StiltsReportError:
        """The English set that selects checkpoints: a dev split, or the held-out tenth of a training set."""
        task_name, _, part = name.partition("/")
        return self._use(self.study.tasks[task_name], ["train" if part else "dev"], "en", "checkpoint selection", None, held_out=bool(part))

    def _evaluate(self, checkpoint: Checkpoint, entry: TargetEntry, language: str, protocol: Protocol) -> Evaluate | StiltsReportError:
        """An evaluation in one language.

        BUCC's threshold is found on dev; where dev is what is reported, that is jiant's oracle, and the report says so.
        """
        splits = self.data.reported(entry.task)
        use = self._use(entry.task, splits, language, "evaluation", self.study.limit.evaluate)
        if isinstance(use, StiltsReportError):
            return use
        if entry.task.type != "bitext_mining":
            return Evaluate(checkpoint, use, protocol)
        threshold = self._use(entry.task, ["dev"], language, "threshold", self.study.limit.evaluate)
        return threshold if isinstance(threshold, StiltsReportError) else Evaluate(checkpoint, use, protocol, threshold)

    def _use(
        self, task: Task, splits: Sequence[SplitName], language: str, role: Role, limit: int | None, held_out: bool = False
    ) -> DataUse | StiltsReportError:
        """The first of those splits that is at hand, made once; else what is not there."""
        key = (task.name, *splits, language, role, str(held_out))
        if key not in self._uses:
            source = self.data.get(task, splits, language, role)
            part: Literal["all", "training", "held-out"] = "all" if not held_out else "training" if role == "training" else "held-out"
            self._uses[key] = source if isinstance(source, StiltsReportError) else DataUse(task, source, limit, part)
        return self._uses[key]

    def _recipe(self, stage: Stage, task: str, model: Model) -> tuple[Recipe, Protocol]:
        """The recipe and protocol for a task at a stage, with the precision and the model's own retrieval choices put in."""
        key = (stage, task, model.name)
        if key not in self._recipes:
            book = self.study.intermediate_recipe if stage == "intermediate" else self.study.target_recipe
            recipe, protocol = book.training(task), book.evaluation(task)
            if self.precision:
                recipe, protocol = replace(recipe, precision=self.precision), replace(protocol, precision=self.precision)
            self._recipes[key] = recipe, resolved(protocol, model)
        return self._recipes[key]


def resolved(protocol: Protocol, model: Model) -> Protocol:
    """The protocol with the model's own layer, pooling and prefix in place of "model"; what a study names itself stays."""
    return replace(
        protocol,
        layer=model.layer if protocol.layer == "model" else protocol.layer,
        pooling=model.pooling if protocol.pooling == "model" else protocol.pooling,
        prefix=model.prefix if protocol.prefix == "model" else protocol.prefix,
    )


__all__ = ["EMBEDDED_SHA256", "Gap", "Plan", "plan_study", "resolved"]
