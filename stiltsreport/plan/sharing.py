"""What sharing saves: tokens through the encoder of all jobs of a plan, and of the same runs if each stood alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from stiltsreport.plan.figure import Figure, summed
from stiltsreport.plan.jobs import Evaluate, Train
from stiltsreport.plan.plan import Plan, chain
from stiltsreport.plan.rates import Rates


@dataclass(frozen=True)
class Tokens:
    """Tokens of one kind of job, "training" or "evaluation": those that the plan has, each once, and those of every run alone.

    A run alone trains its own intermediate and target checkpoint. Jobs that are stored count as the others do.
    """

    kind: str
    shared: Figure
    alone: Figure

    @property
    def ratio(self) -> float | None:
        """How many times as many there would be; None where a size is not known."""
        return ratio(self.shared, self.alone)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "ratio": self.ratio}


def ratio(shared: Figure, alone: Figure) -> float | None:
    """How many times as much `alone` is; None where one is not known or nothing is shared."""
    return alone.value / shared.value if shared.value and alone.value is not None else None


def tokens_in_all(plan: Plan, rates: Rates) -> tuple[Tokens, ...]:
    """Training, evaluation, and the two together ("in all")."""
    training = {job.id: rates.training_tokens(job) for job in plan.trainings.values()}
    evaluation = {job.id: rates.evaluation_tokens(job) for job in plan.evaluations.values()}
    rows = [
        Tokens("training", summed(training.values()), summed(_trained_alone(plan, training))),
        Tokens("evaluation", summed(evaluation.values()), summed(evaluation[job.id] for job in _evaluated_alone(plan))),
    ]
    return (*rows, Tokens("in all", summed(row.shared for row in rows), summed(row.alone for row in rows)))


def _evaluated_alone(plan: Plan) -> list[Evaluate]:
    """The evaluations of every run, and those that choose layers."""
    return [*(job for run in plan.runs for job in run.evaluations), *plan.layer_trials]


def _trained_alone(plan: Plan, tokens: Mapping[str, Figure]) -> list[Figure]:
    """The trainings behind every run, and those that no run is evaluated on."""
    behind = [job.id for run in plan.runs for job in chain(run.evaluations[0].checkpoint) if isinstance(job, Train)]
    return [tokens[job] for job in [*behind, *(set(tokens) - set(behind))]]
