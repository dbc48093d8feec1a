"""The arms of a study: for a model, every way of intermediate training in every variant, and what a seed of it is made of."""

from __future__ import annotations

from dataclasses import dataclass

from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.intermediate_phase import IntermediatePhase
from stiltsreport.plan.jobs import Checkpoint, Pretrained
from stiltsreport.plan.recipe_choice import RecipeChoice
from stiltsreport.plan.steps import steps_of, uncounted
from stiltsreport.plan.target_phase import TargetPhase
from stiltsreport.plan.uses import Uses
from stiltsreport.study.study import PLAIN, IntermediateEntry, Study, TargetEntry, Variant


@dataclass(frozen=True)
class Arm:
    """One row of a table of one model: an intermediate (None: the baseline) in a variant (None: plain)."""

    start: Pretrained
    intermediate: str
    entry: IntermediateEntry | None
    variant: Variant | None

    @property
    def name(self) -> str:
        """INTERMEDIATE[+VARIANT]."""
        return self.intermediate if self.variant is None else f"{self.intermediate}+{self.variant.name}"

    @property
    def variant_name(self) -> str:
        """As it stands in scores.jsonl."""
        return PLAIN if self.variant is None else self.variant.name


class Designer:
    """Makes the trainings of arms, given what is settled in `choice`."""

    def __init__(self, study: Study, uses: Uses, choice: RecipeChoice) -> None:
        self.study, self.uses, self.choice = study, uses, choice
        self.phase = IntermediatePhase(study, uses, choice)
        self.target = TargetPhase(study, uses, choice)

    def arms(self, start: Pretrained) -> list[Arm]:
        """Those of one model, in the order of the study, the baseline first."""
        return [Arm(start, name, self.study.entry(name), self.study.variant(variant)) for variant, name in self.study.arms]

    def intermediate(self, arm: Arm, seed: int) -> Checkpoint | StiltsReportError:
        """What the target phase of a seed starts from."""
        made = self.phase.train(arm.start, arm.entry, arm.variant, seed, arm.name)
        return arm.start if made is None else made

    def trained(self, arm: Arm, entry: TargetEntry, start: Checkpoint | StiltsReportError, seed: int) -> Checkpoint | StiltsReportError:
        """The checkpoint on which a target is evaluated."""
        if isinstance(start, StiltsReportError):
            return start
        more = 0
        if arm.entry is not None and arm.entry.control == "none-longer" and entry.train:
            beside = self.phase.mixture(arm.start, arm.entry, None, seed, arm.name)
            if isinstance(beside, StiltsReportError):
                return beside
            steps = steps_of(beside, self.uses.data.count)
            if steps is None:
                return uncounted(arm.entry.title)
            more = steps
        return self.target.train(start, entry, arm.variant, seed, arm.name, more)

    @staticmethod
    def untrained(start: Checkpoint | StiltsReportError, entry: TargetEntry) -> bool:
        """Whether no seed stands behind a score: nothing was trained."""
        return not entry.train and isinstance(start, Pretrained)
