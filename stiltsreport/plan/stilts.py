"""The design of X-STILTs (Phang et al. 2020): from a study to its runs, and from the runs to their jobs, each shared where it can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import Translation
from stiltsreport.plan.arms import Arm, Designer
from stiltsreport.plan.data import StudyData
from stiltsreport.plan.jobs import Checkpoint, Evaluate, Pretrained, Train
from stiltsreport.plan.known import NOTHING, Known
from stiltsreport.plan.layer_choice import LayerChoice
from stiltsreport.plan.only import matches, refuse_idle
from stiltsreport.plan.plan import Gap, Plan, chain
from stiltsreport.plan.precision import resolved_precision
from stiltsreport.plan.pretrained import EMBEDDED_SHA256, revision_of
from stiltsreport.plan.prompts import prompts
from stiltsreport.plan.recipe_choice import RecipeChoice, resolved
from stiltsreport.plan.reserves import Reserves
from stiltsreport.plan.runs import IntermediateRun, Run
from stiltsreport.plan.tuning import Tuning
from stiltsreport.plan.uses import Uses
from stiltsreport.study.study import Study, TargetEntry
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.lock import Lock

NOT_CHOSEN = "its layer is not chosen yet"
NOT_TUNED = "its learning rate is not tuned yet"


def plan_study(study: Study, memo: Memo, lock: Lock, *, device: str = "cpu", only: Sequence[str] = (), known: Known = NOTHING) -> Plan:
    """Every run of the study. `only`: patterns over MODEL/INTERMEDIATE/TARGET/SEED; what none matches is left out.

    Data that are not there are no error here: what rests on them becomes a gap. What rests on a choice that jobs have yet to settle
    (`known` says which have run) is in a later round: the plan is `waiting`. Raises StudyErrors where a pattern matches nothing.
    """
    data = StudyData(study, memo, lock)
    precision = resolved_precision(device) if study.precision == "auto" else None
    uses = Uses(study, data)
    designer = Designer(study, uses, RecipeChoice(study, precision))
    starts = [Pretrained(model, revision_of(model, lock, memo)) for model in study.models]
    tuning = Tuning(study.tune, designer, known) if study.tune else None
    if tuning is not None:
        tuning.settle(starts)
    rounds = _Round(designer, known, tuning.untuned if tuning else set())
    for start in starts:
        for arm in designer.arms(start):
            rounds.add(arm)
    memo.save()
    asked = prompts(study, starts, uses, designer.choice)
    names = [*(run.name for run in (*rounds.runs, *rounds.reserves)), *(job.name for job in asked)]
    refuse_idle(only, names)
    kept = [run for run in (*rounds.runs, *rounds.reserves) if matches(run.name, only)]
    kept_names = {run.name for run in kept}
    wanted = {(run.model.name, run.arm) for run in kept}
    needed = {checkpoint.id for run in kept for job in run.evaluations for checkpoint in chain(job.checkpoint)}
    plan = Plan(
        study,
        tuple(run for run in kept if run.evaluations),
        tuple(item for item in rounds.intermediates if item.train.id in needed or matches(item.name, only)),
        tuple(data.problems.values()),
        data,
        precision,
        tuple(run for run in rounds.runs if run.name not in kept_names),
        tuple(gap for name, gap in rounds.gaps if name in kept_names),
        tuple(tuning.points) if tuning else (),
        tuple(rounds.layers.points),
        tuple(uses.translations.values()),
        tuple(trial for trial in tuning.trainings.values() if tuning.serves[trial.id] & wanted) if tuning else (),
        tuple(job for job in rounds.layers.evaluations.values() if rounds.layers.serves[job.id] & wanted),
        rounds.waiting,
        tuple(job for job in asked if matches(job.name, only)),
        tuple(only),
    )
    return replace(plan, translations=tuple(job for job in plan.translations if job.id in _read(plan))) if only else plan


def _read(plan: Plan) -> set[str]:
    """The ids of the translations that the plan's jobs read."""
    uses = [use for train in plan.trainings.values() for use in train.uses] + [job.data for job in plan.evaluations.values()]
    return {use.change.job for use in uses if isinstance(use.change, Translation)}


class _Round:
    """The runs of all arms as far as choices are settled, with every cell that has no data or waits."""

    def __init__(self, designer: Designer, known: Known, untuned: set[tuple[str, str]]) -> None:
        self.designer, self.study, self.known, self.untuned = designer, designer.study, known, untuned
        self.runs: list[Run] = []
        self.reserves: list[Run] = []
        self.intermediates: list[IntermediateRun] = []
        self.gaps: list[tuple[str, Gap]] = []  # with the name of the run
        self.layers = LayerChoice(designer, known)
        self._reserves = Reserves(designer, known)

    @property
    def waiting(self) -> bool:
        """Whether a choice has yet to be settled by jobs of this round."""
        return bool(self.untuned) or self.layers.waiting

    def add(self, arm: Arm) -> None:
        """The runs of an arm, seed by seed, then those of reserve seeds."""
        if (arm.start.model.name, arm.name) in self.untuned:
            self._wait(arm)
            return
        starts = {seed: self.designer.intermediate(arm, seed) for seed in self._seeds(arm)}
        own = arm.variant is None or arm.variant.of_intermediate
        for seed, made in starts.items():
            if own and isinstance(made, Train):
                self.intermediates.append(IntermediateRun(arm.start.model, arm.intermediate, seed, made, arm.variant_name))
        trained = {
            entry.task.name: {seed: self.designer.trained(arm, entry, start, seed) for seed, start in starts.items()}
            for entry in self.study.target
        }
        for entry in self.study.target:
            if entry.layer_on:
                distinct = {
                    seed: one for seed, one in trained[entry.task.name].items() if not self._repeats(arm, starts[seed], entry, seed)
                }
                self.layers.settle(arm, distinct, entry)
        for seed, start in starts.items():
            for entry in self.study.target:
                if not self._repeats(arm, start, entry, seed):
                    shown = None if self.designer.untrained(start, entry) else seed
                    self.runs.append(self._run(arm, entry, trained[entry.task.name][seed], seed, shown))
        self.reserves += [self._run(arm, *found) for found in self._reserves.of(arm)]

    def _seeds(self, arm: Arm) -> tuple[int, ...]:
        return self.study.seeds_of(arm.variant_name, arm.intermediate)

    def _repeats(self, arm: Arm, start: Checkpoint | StiltsReportError, entry: TargetEntry, seed: int) -> bool:
        """Nothing was trained: its score stands once."""
        return self.designer.untrained(start, entry) and seed != self._seeds(arm)[0]

    def _run(self, arm: Arm, entry: TargetEntry, trained: Checkpoint | StiltsReportError, seed: int, shown: int | None) -> Run:
        """One run: an evaluation in each language, and of each pair, that has data; the others are gaps."""
        found = Run(arm.start.model, arm.intermediate, entry.task.name, shown, (), arm.variant_name)
        made: list[tuple[str, str | None, Evaluate | StiltsReportError]]
        if isinstance(trained, StiltsReportError):
            made = [(language, None, trained) for language in entry.languages] + [(*pair, trained) for pair in entry.pairs]
        elif entry.layer_on and (arm.start.model.name, arm.name, entry.task.name) not in self.designer.choice.layers:
            made = [(language, None, StiltsReportError(NOT_CHOSEN)) for language in entry.languages]
        else:
            made = list(self.designer.target.evaluations(trained, entry, arm.variant, seed, arm.name))
        for language, second, job in made:
            if isinstance(job, StiltsReportError):
                named = language if second is None else f"{language}-{second}"
                gap = Gap(arm.start.model.name, arm.intermediate, entry.task.name, named, shown, str(job), found.variant)
                self.gaps.append((found.name, gap))
        return replace(found, evaluations=tuple(job for _, _, job in made if isinstance(job, Evaluate)))

    def _wait(self, arm: Arm) -> None:
        """All cells of an arm whose learning rate is not tuned yet."""
        for seed in self._seeds(arm):
            for entry in self.study.target:
                run = Run(arm.start.model, arm.intermediate, entry.task.name, seed, (), arm.variant_name)
                self.runs.append(run)
                for language in entry.languages:
                    gap = Gap(arm.start.model.name, arm.intermediate, entry.task.name, language, seed, NOT_TUNED, run.variant)
                    self.gaps.append((run.name, gap))


__all__ = ["EMBEDDED_SHA256", "Gap", "Plan", "plan_study", "resolved"]
