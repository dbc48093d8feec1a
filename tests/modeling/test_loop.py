"""The loop: schedule, optimizer, and a gradient that does not depend on how a batch is cut into pieces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
import torch
import transformers

from stiltsreport.modeling.encoder import Encoder, with_head
from stiltsreport.modeling.inference import cut_for, padding_for
from stiltsreport.modeling.loop import Learner, Step, Taken, learning_rate_at, train
from stiltsreport.modeling.optimizer import optimizer_for
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.recipes import Recipe
from tests.modeling.small import KINDS, encoded, model_for, task_of

RECIPE = Recipe(learning_rate=1e-3, batch_size=8, max_length=32, document_stride=8, query_length=24, passage_length=24)


def read(taken: Iterable[Taken]) -> list[Step]:
    """The numbers of all steps."""
    return [step.read() for step in taken]


@pytest.mark.parametrize(
    ("total", "warmup", "steps"), [(10, 0.2, None), (37, 0.1, None), (40, 0.5, 7), (5, 0.0, None), (12, 0.1, 0), (1, 0.1, None)]
)
def test_the_schedule_is_that_of_transformers(total: int, warmup: float, steps: int | None) -> None:
    recipe = Recipe(learning_rate=3e-5, warmup=warmup, warmup_steps=steps)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=recipe.learning_rate)
    warm = steps if steps is not None else round(warmup * total)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, warm, total)
    for step in range(total):
        assert learning_rate_at(step, total, recipe) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
        optimizer.step()
        schedule.step()


def test_a_warm_up_longer_than_the_run_only_rises() -> None:
    rates = [learning_rate_at(step, 4, Recipe(learning_rate=1.0, warmup_steps=500)) for step in range(4)]
    assert rates == [0.0, 0.25, 0.5, 0.75]


@pytest.mark.parametrize("kind", KINDS)
def test_weight_decay_leaves_out_biases_and_layernorm(kind: str, encoder: Encoder, device: torch.device) -> None:
    model, _ = model_for(kind, encoder, encoded(kind, encoder, RECIPE, 4).features, device)
    if FORMS[kind].prepare:
        FORMS[kind].prepare(model, RECIPE)
    decayed, free = optimizer_for(model, replace(RECIPE, weight_decay=0.3, adam_beta2=0.98, adam_epsilon=1e-6)).param_groups
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.3, 0.0)
    assert decayed["betas"] == (0.9, 0.98)
    assert decayed["eps"] == 1e-6
    names = {id(value): name for name, value in model.named_parameters()}
    # As the Trainer of transformers tells them apart: by name.
    expected = {name for name in names.values() if not name.endswith("bias") and "LayerNorm" not in name and name != "scale"}
    assert {names[id(value)] for value in decayed["params"]} == expected
    assert {names[id(value)] for value in free["params"]} == set(names.values()) - expected


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not FORMS[kind].whole_batch])
def test_a_batch_cut_in_pieces_has_the_gradient_of_the_whole_batch(kind: str, encoder: Encoder, device: torch.device) -> None:
    """Unlike lengths, numbers of words and windows: a mean of the pieces' means would be another number."""
    features = encoded(kind, encoder, RECIPE, 12).features
    ends = []
    for budget in (1_000_000, 100, 1):
        model, padding = model_for(kind, encoder, features, device)
        # Adam forgets the size of a gradient; a large epsilon makes its first step nearly the gradient itself.
        recipe = replace(RECIPE, warmup=0.0, weight_decay=0.0, clip=1e9, learning_rate=1e3, adam_epsilon=1e3)
        (step,) = read(train(model, [(Learner.of(kind, FORMS[kind], model, padding, budget), features)], recipe, 1))
        ends.append((step, dict(model.named_parameters())))
    (whole, weights), *others = ends
    for cut, found in others:
        assert cut.loss == pytest.approx(whole.loss, rel=1e-5)
        assert cut.gradient_norm == pytest.approx(whole.gradient_norm, rel=1e-4)
        assert (cut.examples, cut.tokens) == (whole.examples, whole.tokens) == (12, sum(feature.tokens for feature in features))
        for name, value in weights.items():
            torch.testing.assert_close(found[name], value, rtol=1e-4, atol=2e-6, msg=name)


@pytest.mark.parametrize("name", ["encoder", "roberta"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if not FORMS[kind].whole_batch])
def test_dropout_does_not_depend_on_the_pieces_of_a_batch(
    kind: str, name: str, request: pytest.FixtureRequest, device: torch.device
) -> None:
    """Masks are drawn by key: with dropout on, too, a batch in pieces has the loss and the gradient of the whole batch."""
    encoder: Encoder = request.getfixturevalue(name)
    features = encoded(kind, encoder, RECIPE, 12).features
    cut, form = cut_for(encoder, features), FORMS[kind]

    def gradient(budget: int, seed: int) -> tuple[Step, torch.Tensor]:
        head = getattr(transformers, form.head)
        model = pack(with_head(encoder, head, cut, 7, labels=form.labels(task_of(kind)), dropout=0.3), device)
        # Adam forgets the size of a gradient; a large epsilon makes its first step nearly the gradient itself.
        recipe = replace(RECIPE, warmup=0.0, weight_decay=0.0, clip=1e9, learning_rate=1e3, adam_epsilon=1e3)
        learner = Learner.of(kind, form, model, padding_for(encoder, cut, device), budget)
        (step,) = read(train(model, [(learner, features)], recipe, 1, dropout_seed=seed))
        return step, torch.cat([value.detach().flatten() for value in model.parameters()])

    whole, weights = gradient(1_000_000, 5)
    for budget in (100, 1):
        cut_up, found = gradient(budget, 5)
        assert cut_up.loss == pytest.approx(whole.loss, rel=1e-5)
        assert cut_up.gradient_norm == pytest.approx(whole.gradient_norm, rel=1e-4)
        torch.testing.assert_close(found, weights, rtol=1e-4, atol=2e-6)
    other, _ = gradient(1_000_000, 6)
    assert abs(other.loss - whole.loss) > 1e-4


def test_the_loss_is_the_mean_over_words_and_over_windows(encoder: Encoder, device: torch.device) -> None:
    for kind in ("token_classification", "question_answering"):
        features = encoded(kind, encoder, RECIPE, 6).features
        model, padding = model_for(kind, encoder, features, device)
        recipe = replace(RECIPE, dropout=0.0)
        with torch.no_grad():
            summed = sum(float(FORMS[kind].loss(model, padding.collate([feature]))[0]) for feature in features)
        units = sum(len(feature.align) for feature in features) if kind == "token_classification" else len(features)
        assert units > 6
        (step,) = read(train(model, [(Learner.of(kind, FORMS[kind], model, padding, 10_000), features)], recipe, 1))
        assert step.loss == pytest.approx(summed / units, rel=1e-5)


def test_one_step_is_plain_adamw_on_the_clipped_gradient(encoder: Encoder, device: torch.device) -> None:
    """Against torch's own AdamW by hand: decay, then the bias-corrected step."""
    features = encoded("sequence_classification", encoder, RECIPE, 8).features
    recipe = replace(RECIPE, learning_rate=1e-2, warmup=0.0, weight_decay=0.1, clip=0.05, dropout=0.0)
    form = FORMS["sequence_classification"]
    model, padding = model_for("sequence_classification", encoder, features, device)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    loss, count = form.loss(model, padding.collate(features))
    names, values = zip(*model.named_parameters(), strict=True)
    gradients = torch.autograd.grad(loss / count, values)
    norm = torch.stack([gradient.norm() for gradient in gradients]).norm()
    (step,) = read(train(model, [(Learner.of("xnli", form, model, padding, 10_000), features)], recipe, 1))
    assert step.gradient_norm == pytest.approx(float(norm), rel=1e-4)
    assert norm > recipe.clip
    after = dict(model.named_parameters())
    for name, gradient in zip(names, gradients, strict=True):
        clipped = gradient * recipe.clip / (norm + 1e-6)
        decay = recipe.weight_decay if before[name].dim() > 1 else 0.0
        expected = before[name] * (1 - recipe.learning_rate * decay) - recipe.learning_rate * clipped / (
            clipped.abs() + recipe.adam_epsilon
        )
        sure = clipped.abs() > 1e-6  # of a gradient near 0 the first step knows the sign alone, and not even that
        torch.testing.assert_close(after[name][sure], expected[sure], rtol=1e-3, atol=2e-5)


def test_steps_come_out_one_by_one_and_no_batch_is_drawn_too_many(encoder: Encoder, device: torch.device) -> None:
    features = encoded("sequence_classification", encoder, RECIPE, 4).features
    cut = cut_for(encoder, features)
    model, _ = model_for("sequence_classification", encoder, features, device)
    learner = Learner.of("xnli", FORMS["sequence_classification"], model, padding_for(encoder, cut, device), 10_000)
    drawn = []

    def batches() -> object:
        while True:
            drawn.append(len(drawn))
            yield learner, features

    steps = train(model, batches(), RECIPE, 3)
    assert next(steps).number == 1
    assert not any(value.grad is not None for value in model.parameters())
    model.eval()  # as an evaluation between two steps leaves it
    assert next(steps).number == 2
    assert model.training
    assert [step.number for step in steps] == [3]
    assert len(drawn) == 3


def test_every_step_is_seen_by_who_keeps_copies_of_weights(encoder: Encoder, device: torch.device) -> None:
    """torch's fused optimizer moves weights without a sign of it."""
    recipe = Recipe(learning_rate=1e-3, batch_size=4, max_length=48, steps=2)
    data = encoded("sequence_classification", encoder, recipe, 4)
    model, padding = model_for("sequence_classification", encoder, data.features, device)
    learner = Learner.of("xnli", FORMS["sequence_classification"], model, padding, 512)
    before = [value._version for value in model.parameters()]
    for _ in train(model, [(learner, list(data.features))] * 2, recipe, 2):
        now = [value._version for value in model.parameters()]
        assert all(later > earlier for later, earlier in zip(now, before, strict=True))
        before = now
