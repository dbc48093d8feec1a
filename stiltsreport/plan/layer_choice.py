"""The layer of sentence vectors by one rule for every arm: the best mean over languages that are not reported."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

from stiltsreport.errors import StiltsReportError
from stiltsreport.plan.arms import Arm, Designer
from stiltsreport.plan.choices import LayerPoint
from stiltsreport.plan.jobs import Checkpoint, Evaluate, Pretrained
from stiltsreport.plan.known import Known
from stiltsreport.study.study import TargetEntry


class LayerChoice:
    """Every layer of every arm evaluated on the target's `layer_on`; `waiting`: some of it has not run."""

    def __init__(self, designer: Designer, known: Known) -> None:
        self.designer, self.known = designer, known
        self.points: list[LayerPoint] = []
        self.evaluations: dict[str, Evaluate] = {}
        self.serves: dict[str, set[tuple[str, str]]] = {}  # the id of an evaluation -> (model, arm) of every arm whose layer it settles
        self.waiting = False

    def settle(self, arm: Arm, checkpoints: dict[int, Checkpoint | StiltsReportError], entry: TargetEntry) -> None:
        """Choose the layer of an arm for a target by the mean over languages and seeds; of equals the lowest."""
        found: dict[str, list[LayerPoint]] = {}
        for seed, checkpoint in checkpoints.items():
            if isinstance(checkpoint, StiltsReportError):
                continue
            for layer in layers_of(arm.start):
                for language in entry.layer_on:
                    _, protocol = self.designer.choice.of("target", entry.task.name, arm.start.model, arm.variant, arm.name)
                    protocol = replace(protocol, layer=layer)
                    job = self.designer.target.evaluate(checkpoint, entry, language, protocol)
                    if isinstance(job, StiltsReportError):
                        continue
                    self.evaluations[job.id] = job
                    self.serves.setdefault(job.id, set()).add((arm.start.model.name, arm.name))
                    value = self.known.score(job.id, entry.task)
                    shown = None if isinstance(checkpoint, Pretrained) else seed
                    point = LayerPoint(arm.start.model.name, arm.name, entry.task.name, layer, language, shown, value)
                    found.setdefault(layer, []).append(point)
        means = {layer: [point.value for point in points] for layer, points in found.items()}
        chosen = None
        if means and all(value is not None for values in means.values() for value in values):
            chosen = max(means, key=lambda layer: (fmean(value for value in means[layer] if value is not None), -int(layer)))
            self.designer.choice.layers[arm.start.model.name, arm.name, entry.task.name] = chosen
        elif means:
            self.waiting = True
        self.points += [replace(point, chosen=layer == chosen) for layer, points in found.items() for point in points]


def layers_of(start: Pretrained) -> list[str]:
    """Every place in hidden_states above the embeddings."""
    return [str(layer) for layer in range(1, start.model.layers + 1)]
