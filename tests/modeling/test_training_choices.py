"""Training choices through whole trainings: what is frozen stays, what decays decays, means are means, robust training is what it says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from stiltsreport.methods import Perturbation
from stiltsreport.modeling import finetune as module
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.finetune import Finetuned, finetune
from stiltsreport.modeling.inference import cut_for, padding_for, with_table
from stiltsreport.modeling.loop import learning_rate_at
from stiltsreport.modeling.passes import evaluate_set
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.recipes import Protocol, Recipe
from tests.modeling.small import encoded

CPU = torch.device("cpu")
SEEDS = Seeds(1, "target", ("fingerprint",))
RECIPE = Recipe(learning_rate=2e-3, batch_size=8, steps=6, warmup=0.0, weight_decay=0.2, max_length=48, evaluations=3)
ADV = Perturbation("adv", radius=0.3, steps=2, step_size=0.2)


def tuned(encoder: Encoder, *kinds: str, dev: bool = True, perturbation: Perturbation | None = None, **entries: Any) -> Finetuned:
    """A training on so many parts, with the usual recipe but for those entries."""
    recipe = replace(RECIPE, **entries)
    parts = []
    for kind in kinds or ("sequence_classification",):
        data = encoded(kind, encoder, recipe)
        parts.append(TrainingPart(kind, (data,), data if dev else None, recipe, Protocol()))
    return finetune(encoder, parts, recipe, SEEDS, CPU, perturbation=perturbation)


def moved(encoder: Encoder, found: Finetuned) -> set[str]:
    """The encoder's weights that a training changed."""
    return {name for name, value in encoder.weights.items() if not torch.equal(value, found.encoder.weights[name])}


def decayed(scale: float) -> float:
    """What six steps leave of a row that gets no gradient."""
    return math.prod(1 - learning_rate_at(step, 6, RECIPE) * scale * RECIPE.weight_decay for step in range(6))


def table_moved(encoder: Encoder, found: Finetuned) -> bool:
    everything = torch.arange(len(encoder.table.base))
    return not torch.equal(found.encoder.table.look_up(everything), encoder.table.base)


def test_probing_leaves_the_encoder_as_it_is(roberta: Encoder) -> None:
    found = tuned(roberta, trained="head", steps=30)
    assert not moved(roberta, found)
    assert not table_moved(roberta, found)
    assert found.encoder.table.scale == 1.0  # rows that the job does not meet are not decayed either
    assert found.curve[0].gradient_norm > 0
    assert sum(step.loss for step in found.curve[-3:]) < sum(step.loss for step in found.curve[:3])


def test_probing_a_mixture_trains_every_head_and_no_layer(encoder: Encoder) -> None:
    found = tuned(encoder, "sequence_classification", "token_classification", trained="head", steps=12)
    assert {name.partition(".")[0] for name in moved(encoder, found)} <= {"pooler"}
    assert not table_moved(encoder, found)
    assert {step.part for step in found.curve} == {"sequence_classification", "token_classification"}


@pytest.mark.parametrize(
    ("entries", "still", "table", "scale"),
    [
        ({"frozen_embeddings": True}, ("embeddings.",), False, 0.0),
        ({"frozen_layers": 1}, ("encoder.layer.0.",), True, 1.0),
        ({"layer_decay": 0.5}, (), True, 0.125),
        ({"layer_decay": 0.5, "frozen_layers": 2}, ("encoder.",), True, 0.125),
    ],
)
def test_frozen_parts_stay_and_decay_follows_the_rate(
    encoder: Encoder, entries: dict[str, Any], still: tuple[str, ...], table: bool, scale: float
) -> None:
    found = tuned(encoder, selection="last", **entries)
    changed = moved(encoder, found)
    assert not any(name.startswith(still) for name in changed if still)
    assert changed >= {name for name in encoder.weights if name.endswith("dense.weight") and not (still and name.startswith(still))}
    assert table_moved(encoder, found) == table
    assert found.encoder.table.scale == pytest.approx(decayed(scale), rel=1e-12)


def test_lower_layers_move_less_with_layer_decay(encoder: Encoder) -> None:
    def distances(found: Finetuned) -> list[float]:
        names = [f"encoder.layer.{number}.output.dense.weight" for number in (0, 1)]
        return [float((found.encoder.weights[name] - encoder.weights[name]).norm()) for name in names]

    entries = {"selection": "last", "weight_decay": 0.0, "dropout": 0.0, "steps": 1, "evaluations": 1}
    plain, decaying = (distances(tuned(encoder, **entries, layer_decay=decay)) for decay in (1.0, 0.5))
    # Of one step: the gradient is the same, and Adam's step is as long as the rate.
    assert decaying[1] == pytest.approx(0.5 * plain[1], rel=1e-3)
    assert decaying[0] == pytest.approx(0.25 * plain[0], rel=1e-3)


@pytest.mark.parametrize("kinds", [("sequence_classification",), ("sequence_classification", "token_classification")])
def test_the_average_of_the_checkpoints(encoder: Encoder, monkeypatch: pytest.MonkeyPatch, kinds: Sequence[str]) -> None:
    """The states at the three evaluations are taken by hand; what is kept, evaluated and handed on is their mean."""
    states: list[dict[str, torch.Tensor]] = []

    class Watched(module.Selected):
        def add(self, step: int, decay: float, model: torch.nn.Module) -> None:
            super().add(step, decay, model)
            states.append({name: value.detach().double().clone() for name, value in model.named_parameters()})

    monkeypatch.setattr(module, "Selected", Watched)
    found = tuned(encoder, *kinds, selection="average")
    assert len(states) == 3
    assert [point.step for point in found.points] == [2, 4, 6]
    assert found.selected == 6
    prefix = "" if len(kinds) == 1 else "0."
    for name, value in found.model.named_parameters():
        mean = sum(state[prefix + name] for state in states) / 3
        torch.testing.assert_close(value.detach().double(), mean, rtol=1e-7, atol=1e-9)
    decays = [math.prod(1 - learning_rate_at(step, 6, RECIPE) * 0.2 for step in range(end)) for end in (2, 4, 6)]
    assert found.encoder.table.scale == pytest.approx(sum(decays) / 3, rel=1e-12)
    data = encoded(kinds[0], encoder, RECIPE)
    cut = cut_for(found.encoder, data.features)
    again = evaluate_set(with_table(found.model, found.encoder, cut, CPU), data, padding_for(found.encoder, cut, CPU), Protocol(), "en")
    assert found.dev is not None
    assert again.predictions == found.dev.predictions


def test_the_average_without_dev_data_is_the_same(encoder: Encoder) -> None:
    with_dev, without = (tuned(encoder, selection="average", dev=dev) for dev in (True, False))
    assert without.dev is None
    for name, value in with_dev.encoder.weights.items():
        assert torch.equal(without.encoder.weights[name], value), name


def test_robust_training_is_repeatable_and_another_training(encoder: Encoder) -> None:
    plain, robust, again = (tuned(encoder, perturbation=method) for method in (None, ADV, ADV))
    assert [step.loss for step in robust.curve] == [step.loss for step in again.curve]
    assert not moved(robust.encoder, again)
    assert robust.curve[0].loss > plain.curve[0].loss  # at the same weights, masks and examples
    noise = tuned(encoder, perturbation=replace(ADV, method="rs-rp"))
    assert robust.curve[0].loss > noise.curve[0].loss != plain.curve[0].loss


def test_robust_training_does_not_depend_on_pieces(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tuned(encoder, perturbation=ADV)
    plan = module.training_plan
    monkeypatch.setattr(module, "training_plan", lambda *given: replace(plan(*given), tokens=1))
    cut = tuned(encoder, perturbation=ADV)
    assert [step.loss for step in cut.curve] == pytest.approx([step.loss for step in whole.curve], rel=1e-3)
