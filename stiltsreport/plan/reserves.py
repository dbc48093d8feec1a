"""Reserve runs for collapsed ones, as the study declares: the same in every row of that model and target, the baseline included.

Seed 1000 x attempt + i stands for seed i. "retry" trains it as the recipe says; "stabilise" by the recipe made safer:
a learning rate of at most 2e-5, 10 % warm-up and three times the steps (after Mosbach et al. 2021, section 6; the factor is our choice).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.arms import Arm, Designer
from stiltsreport.plan.jobs import Checkpoint, Part, Pretrained, Train
from stiltsreport.plan.known import Known
from stiltsreport.recipes import Recipe
from stiltsreport.study.study import RESERVED, TargetEntry

ATTEMPTS = 3
SAFE_RATE, SAFE_WARMUP, LONGER = 2e-5, 0.1, 3


class Reserves:
    """The reserve seeds that each model and target needs, found once."""

    def __init__(self, designer: Designer, known: Known) -> None:
        self.designer, self.known = designer, known
        self._needed: dict[tuple[str, str], list[int]] = {}

    def of(self, arm: Arm) -> Iterator[tuple[TargetEntry, Checkpoint | StiltsReportError, int, int]]:
        """(target, checkpoint, seed, seed) of every reserve run of an arm."""
        if self.designer.study.collapse == "keep":
            return
        for entry in self.designer.study.target:
            own = self.designer.study.seeds_of(arm.variant_name, arm.intermediate)
            for seed in self._seeds(arm.start, entry):
                if seed % RESERVED in own:
                    yield entry, self._checkpoint(arm, entry, seed), seed, seed

    def _checkpoint(self, arm: Arm, entry: TargetEntry, seed: int) -> Checkpoint | StiltsReportError:
        trained = self.designer.trained(arm, entry, self.designer.intermediate(arm, seed), seed)
        if self.designer.study.collapse == "stabilise" and isinstance(trained, Train) and seed >= RESERVED:
            return stabilised(trained)
        return trained

    def _seeds(self, start: Pretrained, entry: TargetEntry) -> list[int]:
        """Every reserve seed of a model and target: attempt by attempt, while that of some arm has collapsed."""
        key = (start.model.name, entry.task.name)
        if key not in self._needed:
            found = []
            for seed in self.designer.study.seeds:
                current = seed
                for attempt in range(1, ATTEMPTS + 1):
                    if not self._collapsed(start, entry, current):
                        break
                    current = RESERVED * attempt + seed
                    found.append(current)
            self._needed[key] = found
        return self._needed[key]

    def _collapsed(self, start: Pretrained, entry: TargetEntry, seed: int) -> bool:
        """Whether the run of that seed of any arm that has it has collapsed, in its intermediate or its target training."""
        for arm in self.designer.arms(start):
            if seed % RESERVED not in self.designer.study.seeds_of(arm.variant_name, arm.intermediate):
                continue
            current = self._checkpoint(arm, entry, seed)
            while isinstance(current, Train):
                if self.known.verdict(current.id) not in (None, "healthy"):
                    return True
                current = current.start
        return False


def stabilised(train: Train) -> Train:
    """The same training, and those that it starts from, by the safer recipe."""
    start = stabilised(train.start) if isinstance(train.start, Train) else train.start
    parts = tuple(_safer_part(part) for part in train.parts)
    return replace(train, start=start, parts=parts, recipe=_safer(train.recipe))


def _safer_part(part: Part) -> Part:
    return replace(part, recipe=_safer(part.recipe))


def _safer(recipe: Recipe) -> Recipe:
    return replace(
        recipe,
        learning_rate=min(recipe.learning_rate, SAFE_RATE),
        warmup=SAFE_WARMUP,
        warmup_steps=None,
        epochs=recipe.epochs * LONGER,
        steps=None if recipe.steps is None else recipe.steps * LONGER,
    )
