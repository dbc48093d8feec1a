"""Learning rates by English dev data: one grid and as many seeds in every arm, on seeds that are not reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from stiltsreport.plan.arms import Arm, Designer
from stiltsreport.plan.choices import TuningPoint
from stiltsreport.plan.jobs import Pretrained, Stage, Train
from stiltsreport.plan.known import Known
from stiltsreport.study.study import Tune

ALL = "all"  # stands for every model or arm that shares a choice


class Tuning:
    """The trials of a study, and the rates that they settle.

    The intermediate phase is settled first; the trials of the target phase start from the checkpoints that the chosen rate gave. `untuned`
    are the arms (model, arm) of which some trial has not run, so that what comes after it cannot be planned yet.
    """

    def __init__(self, tune: Tune, designer: Designer, known: Known) -> None:
        self.tune, self.designer, self.known = tune, designer, known
        self.points: list[TuningPoint] = []
        self.trainings: dict[str, Train] = {}
        self.serves: dict[str, set[tuple[str, str]]] = {}  # the id of a trial -> (model, arm) of every arm whose choice it settles
        self.untuned: set[tuple[str, str]] = set()

    def settle(self, starts: Sequence[Pretrained]) -> None:
        """Plan what can be planned, and put every choice that can be made into the designer's."""
        arms = [arm for start in starts for arm in self.designer.arms(start)]
        stages: tuple[Stage, ...] = ("intermediate", "target")
        for stage in stages:
            groups: dict[tuple[str, str], list[Arm]] = {}
            for arm in arms:
                if stage == "target" or arm.entry is not None:
                    groups.setdefault(self._key(arm), []).append(arm)
            for key, group in groups.items():
                if not any(_named(arm) in self.untuned for arm in group):
                    self._choose(stage, key, group)
                else:  # the whole group waits for the arm whose start is not known yet
                    self.untuned |= {_named(arm) for arm in group}

    def _key(self, arm: Arm) -> tuple[str, str]:
        """What shares one choice: `per` names the model (an adapted one is its own) or the adaptation, the arm, or neither."""
        per, model = self.tune.per, arm.start.model
        shared = (model.adaptation.suffix or model.adaptation.method) if "adaptation" in per else ALL
        return model.name if "model" in per else shared, arm.name if "arm" in per else ALL

    def _choose(self, stage: Stage, key: tuple[str, str], group: Sequence[Arm]) -> None:
        means: dict[float, float] = {}
        points: list[TuningPoint] = []
        for rate in self.tune.learning_rates:
            values: list[float | None] = []
            for seed in self.tune.seeds:
                found = [value for arm in group for value in self._values(stage, arm, rate, seed, group)]
                known = [value for value in found if value is not None]
                value = fmean(known) if known and len(known) == len(found) else None
                if found:
                    points.append(TuningPoint(key[0], stage, key[1], rate, seed, value))
                values.append(value)
            if all(value is not None for value in values):
                means[rate] = fmean(value for value in values if value is not None)
        if not points:
            return  # nothing is trained at this stage
        chosen = None
        if len(means) == len(self.tune.learning_rates):
            chosen = min(means, key=lambda rate: (-means[rate], rate))  # of equals the smallest
            for arm in group:
                self.designer.choice.tuned[arm.start.model.name, stage, arm.name] = chosen
        else:
            self.untuned |= {_named(arm) for arm in group}
        self.points += [replace(point, chosen=point.learning_rate == chosen) for point in points]

    def _values(self, stage: Stage, arm: Arm, rate: float, seed: int, group: Sequence[Arm]) -> list[float | None]:
        """The dev value of every training of an arm that a rate is tried in; what has no data is left out of the mean of every rate."""
        tried = self.designer.choice.tuned
        before = tried.get((arm.start.model.name, stage, arm.name))
        tried[arm.start.model.name, stage, arm.name] = rate
        try:
            trials = self._trials(stage, arm, seed)
        finally:
            if before is None:
                tried.pop((arm.start.model.name, stage, arm.name))
            else:
                tried[arm.start.model.name, stage, arm.name] = before
        for train in trials:
            self.trainings[train.id] = train
            self.serves.setdefault(train.id, set()).update(map(_named, group))
        return [self.known.dev(train) for train in trials]

    def _trials(self, stage: Stage, arm: Arm, seed: int) -> list[Train]:
        start = self.designer.intermediate(arm, seed)
        if stage == "intermediate":
            return [start] if isinstance(start, Train) and start.selection else []
        trials = []
        for entry in self.designer.study.target:
            trained = self.designer.trained(arm, entry, start, seed) if entry.train else None
            if isinstance(trained, Train) and trained.selection:
                trials.append(trained)
        return trials


def _named(arm: Arm) -> tuple[str, str]:
    return arm.start.model.name, arm.name


def at_the_edge(points: Sequence[TuningPoint], tune: Tune) -> list[str]:
    """A sentence for every choice at the edge of the grid: the best rate may lie outside it."""
    edges = {min(tune.learning_rates), max(tune.learning_rates)}
    if len(tune.learning_rates) < 3:  # noqa: PLR2004 - a grid of two is all edge
        return []
    found = dict.fromkeys(
        (point.model, point.stage, point.arm, point.learning_rate) for point in points if point.chosen and point.learning_rate in edges
    )
    return [f"{model}, {stage} training, {arm}: the chosen rate {rate:g} is at the edge of the grid" for model, stage, arm, rate in found]
