"""Runs: what one line of results means, and the trainings that stand beside them."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.models import Model
from stiltsreport.plan.jobs import Evaluate, Train


@dataclass(frozen=True)
class Run:
    """What one line of results means: a model, an intermediate task (or none), a target and a seed (None: nothing was trained)."""

    model: Model
    intermediate: str
    target: str
    seed: int | None
    evaluations: tuple[Evaluate, ...]
    variant: str = "plain"

    @property
    def name(self) -> str:
        """MODEL/INTERMEDIATE[+VARIANT]/TARGET/SEED: what --only matches."""
        return f"{self.model.name}/{self.arm}/{self.target}/{'-' if self.seed is None else self.seed}"

    @property
    def arm(self) -> str:
        """INTERMEDIATE[+VARIANT]."""
        return self.intermediate if self.variant == "plain" else f"{self.intermediate}+{self.variant}"


@dataclass(frozen=True)
class IntermediateRun:
    """An intermediate training of the study, whose own English dev score stands in the report."""

    model: Model
    intermediate: str
    seed: int
    train: Train
    variant: str = "plain"

    @property
    def name(self) -> str:
        """As Run's, with a dash for the target."""
        arm = self.intermediate if self.variant == "plain" else f"{self.intermediate}+{self.variant}"
        return f"{self.model.name}/{arm}/-/{self.seed}"
