"""Plan: every run of a study with its jobs, and what cannot be run for want of data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.choices import LayerPoint, TuningPoint
from stiltsreport.plan.data import StudyData
from stiltsreport.plan.jobs import Checkpoint, Evaluate, Train, Translate
from stiltsreport.plan.prompts import Prompt
from stiltsreport.plan.runs import IntermediateRun, Run
from stiltsreport.recipes import Precision
from stiltsreport.study.study import Study


@dataclass(frozen=True)
class Gap:
    """A cell of the study that no job stands for, because data are not there: the report shows it as a gap, with the reason."""

    model: str
    intermediate: str
    target: str
    language: str
    seed: int | None
    reason: str
    variant: str = "plain"


@dataclass(frozen=True)
class Plan:
    """All runs of a study, and its gaps.

    Data that are absent stop nobody: what rests on them becomes a `Gap`, and each absence stands once in `problems`. What rests on
    the rest is planned, and `build` runs it. `left_out` are the runs that --only leaves out, `only` its patterns.

    `tuning` and `layers`: what the choices of learning rates and layers rest on, with their jobs in `trials` and `layer_trials`;
    `translations` come before all that reads them. `prompts`: decoders asked without training, beside the runs. `waiting`: a choice has
    yet to be settled by them, and more runs follow in a next round.
    """

    study: Study
    runs: tuple[Run, ...]
    intermediates: tuple[IntermediateRun, ...]
    problems: tuple[StiltsReportError, ...]
    data: StudyData
    precision: Precision | None
    left_out: tuple[Run, ...] = ()
    gaps: tuple[Gap, ...] = ()
    tuning: tuple[TuningPoint, ...] = ()
    layers: tuple[LayerPoint, ...] = ()
    translations: tuple[Translate, ...] = ()
    trials: tuple[Train, ...] = ()
    layer_trials: tuple[Evaluate, ...] = ()
    waiting: bool = False
    prompts: tuple[Prompt, ...] = ()
    only: tuple[str, ...] = ()

    @cached_property
    def evaluations(self) -> dict[str, Evaluate]:
        """Every evaluation by id."""
        return {job.id: job for jobs in (*(run.evaluations for run in self.runs), self.layer_trials) for job in jobs}

    @cached_property
    def asked(self) -> dict[str, Prompt]:
        """Every prompt by id: two models of one checkpoint are asked once."""
        return {job.id: job for job in self.prompts}

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
        for trial in self.trials:
            add(trial)
        for job in self.evaluations.values():
            add(job.checkpoint)
        return found


def chain(checkpoint: Checkpoint) -> Iterator[Checkpoint]:
    """The checkpoint and everything that it was trained from, the last first."""
    yield checkpoint
    while isinstance(checkpoint, Train):
        checkpoint = checkpoint.start
        yield checkpoint
