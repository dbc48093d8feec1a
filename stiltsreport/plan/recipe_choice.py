"""The recipe and protocol of each job: the study's or a variant's, with precision, tuned rate, chosen layer and the model's own choices."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from stiltsreport.models import Model
from stiltsreport.plan.jobs import Stage
from stiltsreport.recipes import Precision, Protocol, Recipe
from stiltsreport.study.study import Study, Variant

Tuned = dict[tuple[str, Stage, str], float]  # (model, stage, arm) -> the learning rate that tuning chose
Layers = dict[tuple[str, str, str], str]  # (model, arm, target) -> the layer that was chosen


@dataclass
class RecipeChoice:
    """What is settled for a study so far."""

    study: Study
    precision: Precision | None
    tuned: Tuned = field(default_factory=dict)
    layers: Layers = field(default_factory=dict)

    def of(self, stage: Stage, task: str, model: Model, variant: Variant | None = None, arm: str = "") -> tuple[Recipe, Protocol]:
        """For training at a stage on a task (an intermediate's name, a target's), and for evaluating it."""
        if stage == "intermediate":
            book = (variant and variant.intermediate_recipe) or self.study.intermediate_recipe
        else:
            book = (variant and variant.target_recipe) or self.study.target_recipe
        recipe, protocol = book.training(task), resolved(book.evaluation(task), model)
        if recipe.attention == model.known_attention:  # as it reads anyway: the same jobs
            recipe, protocol = replace(recipe, attention="pretrained"), replace(protocol, attention="pretrained")
        if self.precision:
            recipe, protocol = replace(recipe, precision=self.precision), replace(protocol, precision=self.precision)
        if rate := self.tuned.get((model.name, stage, arm)):
            recipe = replace(recipe, learning_rate=rate)
        adaptation = model.adaptation.at(stage)
        if adaptation.rate_factor != 1:
            rate = float(f"{recipe.learning_rate * adaptation.rate_factor:.9g}")  # 1e-5 ten times is 1e-4, to the last digit
            recipe = replace(recipe, learning_rate=rate)
        if adaptation.method == "frozen":
            recipe = replace(recipe, trained="head")
        if layer := self.layers.get((model.name, arm, task)):
            protocol = replace(protocol, layer=layer)
        return recipe, protocol


def resolved(protocol: Protocol, model: Model) -> Protocol:
    """The protocol with the model's own layer, pooling and prefix in place of "model"; what a study names itself stays."""
    return replace(
        protocol,
        layer=model.layer if protocol.layer == "model" else protocol.layer,
        pooling=model.pooling if protocol.pooling == "model" else protocol.pooling,
        prefix=model.prefix if protocol.prefix == "model" else protocol.prefix,
    )
