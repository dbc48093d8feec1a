"""Several heads on one encoder: it trains as a plain loop over models that share their weights does, and learns each of its tasks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
import transformers
from torch import nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import PROPORTIONAL
from stiltsreport.modeling import finetune as module
from stiltsreport.modeling.batches import epoch_batches
from stiltsreport.modeling.encoder import Encoder, embedding_name
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.modeling.finetune import Finetuned, finetune
from stiltsreport.modeling.inference import cut_for, padding_for, with_table
from stiltsreport.modeling.loop import Learner, learning_rate_at, train
from stiltsreport.modeling.mixture import drawn_order, units_of
from stiltsreport.modeling.packed.masks import KeyedDropout
from stiltsreport.modeling.passes import evaluate_set
from stiltsreport.modeling.room import MemoryPlan
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.shared_encoder import SharedEncoder, models_of
from stiltsreport.modeling.task_types.masked_language_modelling import Masker
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.recipes import Protocol, Recipe
from tests.modeling.small import encoded, texts

CPU = torch.device("cpu")
SEEDS = Seeds(1, "intermediate", ("set",))
STEPS = 14
# A large epsilon: else Adam's first steps know little but the signs of gradients, and where those are near 0 float noise moves weights.
RECIPE = Recipe(
    learning_rate=3e-2, batch_size=8, steps=STEPS, warmup=0.25, weight_decay=0.1, clip=0.5, dropout=0.0, max_length=40, document_stride=10,
    query_length=24, passage_length=24, selection="last", adam_epsilon=1e-2,
)  # fmt: skip


def part(kind: str, encoder: Encoder, *, selects: bool = False, recipe: Recipe = RECIPE, **entries: Any) -> TrainingPart:
    """A part of random examples."""
    data = texts(encoder, recipe) if kind == "mlm" else encoded(kind, encoder, recipe)
    return TrainingPart(kind, (data,), data if selects else None, recipe, Protocol(), **entries)


def parts_of(encoder: Encoder) -> list[TrainingPart]:
    """Four tasks of unlike heads, and texts among all tokens."""
    small = replace(RECIPE, batch_size=4)
    return [
        part("sequence_classification", encoder),
        part("token_classification", encoder, recipe=small),
        part("question_answering", encoder),
        part("dual_encoder", encoder, recipe=small),
        part("mlm", encoder, recipe=small, share=0.25),
    ]


def cut_of(encoder: Encoder, parts: Sequence[TrainingPart]) -> VocabularyCut:
    return module._cut(encoder, parts)


class Plain(nn.Module):
    """Transformers' own models of the whole table, whose encoders are one module: no cut, no packing, no pieces."""

    def __init__(self, encoder: Encoder, parts: Sequence[TrainingPart], drawn: Sequence[nn.Module]) -> None:
        super().__init__()
        self.heads = nn.ModuleList()
        for one, start in zip(parts, drawn, strict=True):
            config = type(encoder.config).from_dict({**encoder.config.to_dict(), "num_labels": one.form.labels(one.task)})
            for entry in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
                setattr(config, entry, 0.0)
            model = getattr(transformers, one.form.head).from_config(config)
            if one.form.prepare:
                one.form.prepare(model, one.recipe)
            model.load_state_dict(start.state_dict())
            if self.heads:
                ours, first = model.base_model, self.heads[0].base_model
                for name in ("embeddings", "encoder"):
                    setattr(ours, name, getattr(first, name))
                if getattr(ours, "pooler", None) is not None and "pooler.dense.weight" in encoder.weights:
                    holder = next((head.base_model for head in self.heads if getattr(head.base_model, "pooler", None) is not None), ours)
                    ours.pooler = holder.pooler
                if one.masks:
                    model.get_output_embeddings().weight = first.get_input_embeddings().weight
            self.heads.append(model)


def plainly(encoder: Encoder, parts: Sequence[TrainingPart], drawn: Sequence[nn.Module]) -> tuple[list[float], Plain]:
    """Losses and models of the textbook's loop, texts by transformers' own loss."""
    whole = VocabularyCut.whole(len(encoder.table.base))
    padding = padding_for(encoder, whole, CPU)
    model = Plain(encoder, parts, drawn).train()
    decayed, free = ([value for value in model.parameters() if (value.dim() > 1) is many] for many in (True, False))
    groups = [{"params": decayed, "weight_decay": RECIPE.weight_decay}, {"params": free, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RECIPE.learning_rate, eps=RECIPE.adam_epsilon, foreach=False)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, round(RECIPE.warmup * STEPS), STEPS)
    orders = [
        epoch_batches(units_of(one.sets[0]), one.recipe.batch_size, SEEDS.derive("order" if number == 0 else f"order {number} 0"))
        for number, one in enumerate(parts)
    ]
    losses = []
    for step, (number, _) in enumerate(drawn_order(parts, PROPORTIONAL, STEPS, SEEDS.derive("mixture")).tolist()):
        one, places = parts[number], next(orders[number])
        if one.masks:
            masker = Masker.of(encoder.tokenizer, whole, one.recipe.masked_share, SEEDS.derive("masking"))
            features = [masker(one.sets[0].features[place], (step, row)) for row, place in enumerate(places)]
            batch = padding.collate(features)
            labels = torch.full_like(batch.input_ids, -100)
            for row, feature in enumerate(features):
                labels[row, list(feature.align)] = torch.tensor(feature.target)
            mean = model.heads[number](**batch.inputs, labels=labels).loss
        else:
            features = [feature for place in places for feature in one.sets[0].features if feature.example == place]
            loss, count = one.form.loss(model.heads[number], padding.collate(features))
            mean = loss / count
        mean.backward()
        torch.nn.utils.clip_grad_norm_([value for value in model.parameters() if value.grad is not None], RECIPE.clip)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(mean.item())
    return losses, model


def without_pooler(encoder: Encoder) -> Encoder:
    """As the embedded encoder, whose checkpoint has none."""
    return replace(encoder, weights={name: value for name, value in encoder.weights.items() if "pooler" not in name})


@pytest.mark.parametrize(("name", "pooler"), [("encoder", True), ("encoder", False), ("roberta", True)])
def test_it_trains_as_a_plain_loop_over_all_its_parts(
    name: str, pooler: bool, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole engine (shared modules, packed tokens, pieces, one pass over gradients) beside a loop that has none of it."""
    given: Encoder = request.getfixturevalue(name)
    encoder = given if pooler else without_pooler(given)
    parts = parts_of(encoder)
    drawn = models_of(encoder, parts, cut_of(encoder, parts), SEEDS, RECIPE, CPU)
    monkeypatch.setattr(module, "training_plan", lambda *_: MemoryPlan(100, recompute=False))  # several pieces a batch
    losses, model = plainly(encoder, parts, drawn)
    found = finetune(encoder, parts, RECIPE, SEEDS, CPU)
    assert {step.part for step in found.curve} == {one.name for one in parts}
    assert [step.loss for step in found.curve] == pytest.approx(losses, rel=1e-3)
    first = model.heads[0].base_model
    everything = torch.arange(len(encoder.table.base))
    torch.testing.assert_close(found.encoder.table.look_up(everything), first.get_input_embeddings().weight, rtol=1e-3, atol=5e-5)
    assert max(float((value - encoder.weights[key]).abs().max()) for key, value in found.encoder.weights.items()) > 1e-4  # it has moved
    states = [head.base_model.state_dict() for head in model.heads]
    for key, value in found.encoder.weights.items():
        torch.testing.assert_close(value, next(state[key] for state in states if key in state), rtol=1e-3, atol=5e-5, msg=key)
    for key, value in found.head.items():
        torch.testing.assert_close(value, model.heads[0].state_dict()[key], rtol=1e-3, atol=5e-5, msg=key)


def test_each_parameter_is_there_once_and_each_head_is_its_own(encoder: Encoder) -> None:
    parts = parts_of(encoder)
    models = models_of(encoder, parts, cut_of(encoder, parts), SEEDS, RECIPE, CPU)
    bases = [model.base_model for model in models]
    for base in bases[1:]:
        assert base.embeddings is bases[0].embeddings
        assert base.encoder is bases[0].encoder
    assert bases[3].pooler is bases[0].pooler  # the checkpoint has it
    assert bases[1].pooler is None
    assert models[4].get_output_embeddings().weight is bases[0].get_input_embeddings().weight
    whole = SharedEncoder(models)
    names = [name for name, _ in whole.named_parameters()]
    table = embedding_name(bases[0])
    assert [name for name in names if name.endswith(table)] == [f"0.bert.{table}"]
    heads = sum(value.numel() for model in models for name, value in model.named_parameters() if "bert." not in name and "." in name)
    assert sum(value.numel() for value in whole.parameters()) > heads
    assert len({id(value) for value in whole.parameters()}) == len(names)
    assert whole.base_model is bases[0]


def test_a_pooler_that_the_checkpoint_lacks_belongs_to_each_head(encoder: Encoder) -> None:
    bare = without_pooler(encoder)
    parts = [part("sequence_classification", bare), part("dual_encoder", bare), part("multiple_choice", bare)]
    models = models_of(bare, parts, cut_for(bare, [f for one in parts for f in one.sets[0].features]), SEEDS, RECIPE, CPU)
    assert len({id(model.base_model.pooler) for model in models}) == 3
    found = finetune(bare, parts, RECIPE, SEEDS, CPU)
    assert "bert.pooler.dense.weight" in found.head
    assert not any("pooler" in name for name in found.encoder.weights)


def test_a_pooler_that_only_a_later_part_has_is_handed_on(encoder: Encoder) -> None:
    found = finetune(encoder, [part("token_classification", encoder), part("sequence_classification", encoder)], RECIPE, SEEDS, CPU)
    assert not torch.equal(found.encoder.weights["pooler.dense.weight"], encoder.weights["pooler.dense.weight"])


def test_the_first_head_is_drawn_as_that_of_its_task_alone(encoder: Encoder) -> None:
    parts = [part("sequence_classification", encoder), part("multiple_choice", encoder)]
    cut = cut_for(encoder, [f for one in parts for f in one.sets[0].features])
    mixed, alone = (models_of(encoder, chosen, cut, SEEDS, RECIPE, CPU) for chosen in (parts, parts[:1]))
    assert torch.equal(mixed[0].classifier.weight, alone[0].classifier.weight)
    twins = models_of(encoder, [parts[0], replace(parts[0], name="twin")], cut, SEEDS, RECIPE, CPU)
    assert not torch.equal(twins[0].classifier.weight, twins[1].classifier.weight)


def test_a_mixture_learns_each_of_its_tasks(encoder: Encoder) -> None:
    recipe = replace(RECIPE, learning_rate=5e-3, steps=160, weight_decay=0.0, selection="best", evaluations=4, adam_epsilon=1e-8, clip=1.0)
    parts = [
        TrainingPart(kind, (data,), data, recipe, Protocol())
        for kind, data in ((kind, encoded(kind, encoder, recipe, 8)) for kind in ("sequence_classification", "token_classification"))
    ]
    found = finetune(encoder, parts, recipe, SEEDS, CPU)
    for one in parts:
        assert found.devs[one.name].value(one.task) == pytest.approx(100.0)
    assert found.dev is found.devs["sequence_classification"]
    model = with_table(found.model, found.encoder, cut := cut_for(found.encoder, parts[0].sets[0].features), CPU)
    again = evaluate_set(model, parts[0].sets[0], padding_for(found.encoder, cut, CPU), Protocol(), "en")
    assert again.predictions == found.dev.predictions


def test_several_sets_of_one_task_train_one_head(encoder: Encoder) -> None:
    sets = tuple(encoded("sequence_classification", encoder, RECIPE, 24, seed=seed) for seed in (0, 1, 2))
    found = finetune(encoder, [TrainingPart("xnli", sets, None, RECIPE, Protocol())], replace(RECIPE, steps=9), SEEDS, CPU)
    assert Counter(step.part for step in found.curve) == {"xnli": 9}
    cut = found.encoder.table.ids
    assert len(cut) == len(cut_for(encoder, [f for data in sets for f in data.features]).ids)


def scripted(monkeypatch: pytest.MonkeyPatch, values: dict[str, list[float]]) -> list[dict[str, torch.Tensor]]:
    """Dev values by task, in turn; returns where the weights at each evaluation will be."""
    states: list[dict[str, torch.Tensor]] = []
    left = {name: iter(found) for name, found in values.items()}

    def evaluated(model: nn.Module, data: Any, *_: Any) -> Any:
        states.append({name: value.detach().clone() for name, value in model.base_model.named_parameters()})
        value = next(left[data.task.name])
        return type("Scripted", (Evaluation,), {"value": lambda self, task: value})("en", (str(value),), (), (), {})

    monkeypatch.setattr(module, "evaluate_set", evaluated)
    return states


def test_the_checkpoint_is_the_best_by_the_mean_of_the_parts(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    states = scripted(monkeypatch, {"xnli": [90, 50, 60], "udpos": [10, 70, 55]})
    recipe = replace(RECIPE, steps=6, evaluations=3, selection="best", warmup=0.0)
    parts = [
        part("sequence_classification", encoder, selects=True),
        part("mlm", encoder, share=0.2),
        part("token_classification", encoder, selects=True),
    ]
    parts = [replace(one, recipe=replace(one.recipe, vocabulary="met")) for one in parts]
    found = finetune(encoder, parts, recipe, SEEDS, CPU)
    assert [(point.step, point.value) for point in found.points] == [(2, 50), (4, 60), (6, 57.5)]
    assert found.selected == 4
    assert {name: dev.ids for name, dev in found.devs.items()} == {"sequence_classification": ("50",), "token_classification": ("70",)}
    assert torch.equal(states[2]["embeddings.LayerNorm.weight"], found.encoder.weights["embeddings.LayerNorm.weight"])
    decay = math.prod(1 - learning_rate_at(number, 6, recipe) * recipe.weight_decay for number in range(4))
    assert found.encoder.table.scale == pytest.approx(decay, rel=1e-12)
    outside = torch.tensor([i for i in range(len(encoder.table.base)) if i not in set(found.encoder.table.ids.tolist())])
    assert len(outside) > 10  # rows that no part met are decayed as they would be in the whole table
    torch.testing.assert_close(found.encoder.table.look_up(outside), encoder.table.base[outside] * decay)


def test_the_mean_of_checkpoints_is_evaluated_for_every_part(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    states = scripted(monkeypatch, {"xnli": [90, 50, 60, 11], "udpos": [10, 70, 55, 12]})
    parts = [part(kind, encoder, selects=True) for kind in ("sequence_classification", "token_classification")]
    found = finetune(encoder, parts, replace(RECIPE, steps=6, evaluations=3, selection="average"), SEEDS, CPU)
    assert {name: dev.ids for name, dev in found.devs.items()} == {"sequence_classification": ("11",), "token_classification": ("12",)}
    name = "encoder.layer.0.output.dense.weight"
    torch.testing.assert_close(found.encoder.weights[name], sum(state[name] for state in states[:6:2]) / 3)


def test_without_dev_sets_checkpoints_are_averaged_too(encoder: Encoder) -> None:
    found = finetune(encoder, [part("sequence_classification", encoder)], replace(RECIPE, selection="average", evaluations=3), SEEDS, CPU)
    last = finetune(encoder, [part("sequence_classification", encoder)], RECIPE, SEEDS, CPU)
    assert (found.dev, found.points, found.devs) == (None, (), {})
    name = "encoder.layer.0.output.dense.weight"
    assert not torch.equal(found.encoder.weights[name], last.encoder.weights[name])


def test_an_evaluation_of_one_part_leaves_no_other_without_dropout(encoder: Encoder) -> None:
    """Modules are shared: an evaluation puts them to rest for all, and the next step may be another part's."""
    parts = [part("sequence_classification", encoder), part("token_classification", encoder)]
    cut = cut_for(encoder, [f for one in parts for f in one.sets[0].features])
    models = models_of(encoder, parts, cut, SEEDS, replace(RECIPE, dropout=0.3), CPU)
    padding = padding_for(encoder, cut, CPU)
    learners = [Learner.of(one.name, one.form, model, padding, 500) for one, model in zip(parts, models, strict=True)]
    batches = [(learners[number], list(parts[number].sets[0].features[:8])) for number in (0, 1, 1)]
    whole = SharedEncoder(models)
    for taken in train(whole, iter(batches), RECIPE, 3, 5):
        assert all(child.training for child in whole.modules()), taken.number
        models[0].eval()


def gradient(encoder: Encoder, budget: int, dropout: float, seed: int, *, again: bool = False) -> list[torch.Tensor]:
    """Weights after a step of each part, nearly the gradients themselves."""
    parts = parts_of(encoder)
    recipe = replace(RECIPE, warmup=0.0, weight_decay=0.0, clip=1e9, learning_rate=1e3, adam_epsilon=1e5, dropout=dropout, steps=STEPS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "training_plan", lambda *_: MemoryPlan(budget, recompute=again))
        found = finetune(encoder, parts, recipe, replace(SEEDS, seed=seed), CPU)
    return [*found.encoder.weights.values(), found.encoder.table.rows]


def test_keyed_dropout_and_masks_do_not_depend_on_pieces(encoder: Encoder) -> None:
    whole = gradient(encoder, 100_000, 0.2, 1)
    for budget in (1, 150):
        for one, other in zip(gradient(encoder, budget, 0.2, 1), whole, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)
    assert any(not torch.allclose(one, other, rtol=1e-3, atol=1e-5) for one, other in zip(gradient(encoder, 1, 0.2, 2), whole, strict=True))
    assert any(not torch.allclose(one, other, rtol=1e-3, atol=1e-5) for one, other in zip(gradient(encoder, 1, 0.0, 1), whole, strict=True))


def test_layers_are_computed_again_for_every_part(encoder: Encoder) -> None:
    for one, other in zip(gradient(encoder, 100_000, 0.0, 1, again=True), gradient(encoder, 100_000, 0.0, 1), strict=True):
        torch.testing.assert_close(one, other)


def test_all_dropout_of_a_mixture_is_keyed_by_one_source(encoder: Encoder) -> None:
    parts = parts_of(encoder)
    models = models_of(encoder, parts, cut_of(encoder, parts), SEEDS, replace(RECIPE, dropout=0.1), CPU)
    dropouts = [module for model in models for module in model.modules() if isinstance(module, KeyedDropout)]
    assert len({id(dropout._source) for dropout in dropouts}) == 1
    assert not any(isinstance(module, nn.Dropout) for model in models for module in model.modules())


def weights(found: Finetuned) -> list[torch.Tensor]:
    return [*found.encoder.weights.values(), found.encoder.table.rows, *found.head.values()]


def test_one_seed_gives_one_result_and_another_another(encoder: Encoder) -> None:
    parts = parts_of(encoder)
    recipe = replace(RECIPE, dropout=0.1)
    torch.manual_seed(1)
    one = finetune(encoder, parts, recipe, SEEDS, CPU)
    torch.manual_seed(2)
    two = finetune(encoder, parts, recipe, SEEDS, CPU)
    other = finetune(encoder, parts, recipe, replace(SEEDS, seed=2), CPU)
    assert [(step.part, step.loss) for step in one.curve] == [(step.part, step.loss) for step in two.curve]
    assert all(torch.equal(first, second) for first, second in zip(weights(one), weights(two), strict=True))
    assert [step.part for step in one.curve] != [step.part for step in other.curve]


def test_a_part_with_nothing_to_read_is_a_clear_error(encoder: Encoder) -> None:
    texts_of_none = replace(part("mlm", encoder, share=0.5).sets[0], features=[])
    parts = [part("sequence_classification", encoder), TrainingPart("mlm", (texts_of_none,), None, RECIPE, Protocol(), share=0.5)]
    with pytest.raises(StiltsReportError, match="mlm: a set without anything to learn from"):
        finetune(encoder, parts, RECIPE, SEEDS, CPU)


def test_two_parts_of_one_name_are_refused(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="one name"):
        finetune(encoder, [part("sequence_classification", encoder)] * 2, RECIPE, SEEDS, CPU)
