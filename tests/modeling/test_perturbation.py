"""Robust training: the search stays in its ball, climbs, costs no gradient, and gives the same numbers whatever the pieces of a batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
import transformers
from scipy import stats
from torch import Tensor, nn
from torch.nn import functional

from stiltsreport.methods import Perturbation
from stiltsreport.modeling import perturbation as module
from stiltsreport.modeling.batches import Batch, Padding
from stiltsreport.modeling.encoder import Encoder, with_head
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import cut_for, padding_for
from stiltsreport.modeling.packed import is_packed, pack
from stiltsreport.modeling.perturbation import ascended, drawn, mean_norm, perturbed
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.vocabulary import EmbeddingTable, VocabularyCut
from stiltsreport.recipes import Recipe
from tests.modeling.small import KINDS, encoded, model_for

CPU = torch.device("cpu")
RECIPE = Recipe(max_length=32, document_stride=8, query_length=24, passage_length=24)
KEY = (11, 3)
ADV, NOISE = Perturbation("adv", radius=0.5, steps=4, step_size=0.2), Perturbation("rs-rp", radius=0.5)
KIND = "sequence_classification"
FORM = FORMS[KIND]


def toy_batch(lengths: Sequence[int], places: Sequence[int] | None = None, key: tuple[int, ...] = KEY) -> Batch:
    """Rows of those lengths of the ids 0, 1, ..."""
    features = [Feature(index, (tuple(range(length)),), ((0,) * length,), 0) for index, length in enumerate(lengths)]
    return Padding(VocabularyCut.whole(max(lengths)), 0, types=False, device=CPU).collate(features, key, places or range(len(lengths)))


class Linear(nn.Module):
    """A model whose summed loss is linear in each token's embedding: <direction, embedding>."""

    def __init__(self, width: int = 6) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.embeddings = nn.Embedding(30, width)
        self.direction = nn.Parameter(torch.randn(width))
        self.seen: list[Tensor] = []

    @property
    def base_model(self) -> Linear:
        return self

    def get_input_embeddings(self) -> nn.Embedding:
        return self.embeddings


def linear_loss(model: Any, batch: Batch) -> tuple[Tensor, int]:
    found = model.embeddings(batch.input_ids)
    model.seen.append((found - model.embeddings.weight[batch.input_ids]).detach())
    return ((found @ model.direction) * batch.attention_mask).sum(), len(batch.features)


@pytest.mark.parametrize("step_size", [0.3, 1.0, 20.0])
def test_the_ascent_reaches_the_maximum_of_a_linear_loss(step_size: float) -> None:
    """max over the ball of <w, e + delta> is <w, e> + radius * |w|, at delta = radius * w / |w|."""
    model, batch, radius = Linear(), toy_batch([3, 7, 1]), 0.4
    clean, _ = linear_loss(model, batch)
    loss, count = perturbed(linear_loss, Perturbation("adv", radius, 60, step_size), 1.0)(model, batch)
    best = clean + 11 * radius * model.direction.norm()
    assert count == 3
    assert loss.item() == pytest.approx(best.item(), rel=1e-5)
    delta = model.seen[-1][batch.attention_mask == 1]
    torch.testing.assert_close(delta, (radius * model.direction / model.direction.norm()).expand_as(delta), rtol=0, atol=2e-3)


@pytest.mark.parametrize("perturbation", [replace(ADV, step_size=3.0), ADV, NOISE, replace(ADV, radius=0.0), replace(NOISE, radius=0.0)])
def test_delta_stays_in_the_ball_in_every_pass_and_off_the_padding(perturbation: Perturbation) -> None:
    model, batch, norm = Linear(), toy_batch([3, 9, 1]), 1.7
    perturbed(linear_loss, perturbation, norm)(model, batch)
    assert len(model.seen) == (perturbation.steps + 1 if perturbation.method == "adv" else 1)
    for delta in model.seen:
        assert bool((delta.norm(dim=-1) <= perturbation.radius * norm * (1 + 1e-5)).all())
        assert not delta[batch.attention_mask == 0].any()
        assert bool(delta[batch.attention_mask == 1].any(-1).all()) == (perturbation.radius > 0)


def test_a_step_goes_along_the_gradient_of_each_token_and_back_into_the_ball() -> None:
    delta = torch.tensor([[0.0, 0.0], [0.3, 0.4], [0.1, 0.0], [0.0, 0.0]])
    gradient = torch.tensor([[3.0, 4.0], [6e-9, 8e-9], [0.0, 0.0], [0.0, 1e-30]])
    found = ascended(delta, gradient, 0.1, 0.55)
    torch.testing.assert_close(found[:3], torch.tensor([[0.06, 0.08], [0.33, 0.44], [0.1, 0.0]]))
    assert bool(found.isfinite().all())


def test_noise_in_the_ball_is_uniform() -> None:
    """The share of a ball of width d within a part t of the radius is t^d, and no direction is special."""
    batch, radius = toy_batch([30] * 400), 2.0
    noise = drawn(batch, 5, radius, "ball")
    assert noise.shape == (12_000, 5)
    shares = (noise.norm(dim=1) / radius).double() ** 5
    assert float(shares.max()) <= 1.0 + 1e-6
    assert stats.kstest(shares.numpy(), "uniform").pvalue > 0.01
    assert noise.mean(0).abs().max() < 0.05
    # The variance of a coordinate is radius^2 / (d + 2).
    torch.testing.assert_close(noise.T @ noise / 12_000, torch.eye(5) * radius**2 / 7, rtol=0, atol=0.03)


def test_normal_noise_has_the_radius_as_its_typical_norm() -> None:
    noise = drawn(toy_batch([30] * 400), 8, 3.0, "normal")
    assert stats.kstest((noise.flatten() * math.sqrt(8) / 3.0).numpy(), "norm").pvalue > 0.01
    assert float(noise.square().sum(1).mean()) == pytest.approx(9.0, rel=0.02)


def test_noise_depends_on_the_key_alone() -> None:
    whole = drawn(toy_batch([4, 2, 5]), 6, 1.0, "ball").split([4, 2, 5])
    for place, length in ((0, 4), (1, 2), (2, 5)):
        torch.testing.assert_close(drawn(toy_batch([length], [place]), 6, 1.0, "ball"), whole[place], rtol=0, atol=0)
    others = [drawn(toy_batch([4], [0], key), 6, 1.0, "ball") for key in ((11, 4), (12, 3))]
    assert not any(torch.allclose(other, whole[0]) for other in others)
    with pytest.raises(ValueError, match="keys"):
        drawn(replace(toy_batch([4]), keys=()), 6, 1.0, "ball")


def test_the_mean_norm_is_that_of_the_whole_table_as_it_is_now() -> None:
    base = torch.tensor([[3.0, 4.0], [6.0, 8.0], [0.0, 0.0], [0.0, 1.0]])
    assert mean_norm(EmbeddingTable.untouched(base)) == pytest.approx(4.0)
    changed = EmbeddingTable.untouched(base).updated(torch.tensor([1]), torch.tensor([[0.0, 2.0]]), 0.5)
    assert mean_norm(changed) == pytest.approx((2.5 + 2.0 + 0.0 + 0.5) / 4)


def made(encoder: Encoder, *, packs: bool, dropout: float = 0.0, count: int = 6) -> tuple[nn.Module, Callable[..., Batch]]:
    """A classifier in training mode, and what makes a batch of some of its examples."""
    features = encoded(KIND, encoder, RECIPE, count).features
    cut = cut_for(encoder, features)
    model = with_head(encoder, transformers.AutoModelForSequenceClassification, cut, 7, labels=3, dropout=dropout)
    model = pack(model, CPU) if packs else model
    padding = replace(padding_for(encoder, cut, CPU), packs=is_packed(model))

    def batch(places: Sequence[int] = range(count)) -> Batch:
        return padding.collate([features[place] for place in places], KEY, places)

    return model.train(), batch


def exact_loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
    """The summed cross entropy in the model's own precision."""
    targets = torch.tensor([feature.target for feature in batch.features])
    return functional.cross_entropy(model(**batch.inputs).logits, targets, reduction="sum"), len(batch.features)


@pytest.mark.parametrize(("packs", "dropout"), [(True, 0.0), (True, 0.3), (False, 0.0)])
def test_the_inner_gradient_is_that_of_finite_differences(encoder: Encoder, packs: bool, dropout: float) -> None:
    """In float64, with dropout on: the masks of all passes are one. The softmax of packed attention is float32."""
    model, batch_of = made(encoder, packs=packs, dropout=dropout, count=3)
    model, batch = model.double(), batch_of()
    where, h, near = module._packing(batch), 1e-5, 1e-4 if packs else 1e-6
    delta = drawn(batch, 32, 0.05, "ball").double()
    gradient = module._gradient(exact_loss, model, batch, where, delta)
    assert all(value.grad is None for value in model.parameters())

    def at(moved: Tensor) -> float:
        with module._added(model, batch, where, moved):  # attention without gradients would drop nothing out
            return float(exact_loss(model, module._with_fresh_masks(batch))[0].detach())

    generator = torch.Generator().manual_seed(0)
    for _ in range(12):
        direction = torch.randn(delta.shape, generator=generator, dtype=torch.float64)
        expected = (at(delta + h * direction) - at(delta - h * direction)) / (2 * h)
        assert float((gradient * direction).sum()) == pytest.approx(expected, rel=near, abs=near / 10)
    token, width = divmod(int(gradient.abs().argmax()), 32)
    one = torch.zeros_like(delta)
    one[token, width] = h
    assert float(gradient[token, width]) == pytest.approx((at(delta + one) - at(delta - one)) / (2 * h), rel=near)


def by_hand(model: Any, batch: Batch, perturbation: Perturbation, norm: float) -> Tensor:
    """The same method written anew on transformers' `inputs_embeds`, token by token, for padded batches."""
    table = model.base_model.get_input_embeddings()
    real = batch.attention_mask.bool()
    delta = torch.zeros(*batch.input_ids.shape, table.weight.shape[1])
    delta[real] = drawn(batch, table.weight.shape[1], perturbation.radius * norm, "ball")
    targets = torch.tensor([feature.target for feature in batch.features])

    def loss_at(moved: Tensor) -> Tensor:
        found = model(inputs_embeds=table(batch.input_ids) + moved, attention_mask=batch.attention_mask)
        return functional.cross_entropy(found.logits, targets, reduction="sum")

    for _ in range(perturbation.steps):
        moved = delta.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss_at(moved), moved)
        for row, column in real.nonzero().tolist():
            step = delta[row, column] + perturbation.step_size * norm * gradient[row, column] / gradient[row, column].norm()
            delta[row, column] = step * min(1.0, perturbation.radius * norm / float(step.norm()))
    return loss_at(delta)


@pytest.mark.parametrize("perturbation", [ADV, replace(NOISE, steps=0)])
@pytest.mark.parametrize("name", ["encoder", "roberta"])
@pytest.mark.parametrize("packs", [True, False])
def test_loss_and_gradients_are_those_of_an_implementation_by_hand(
    name: str, packs: bool, perturbation: Perturbation, request: pytest.FixtureRequest
) -> None:
    """Every parameter's gradient, the table's among them: of the last pass alone, and none before it."""
    encoder: Encoder = request.getfixturevalue(name)
    model, batch_of = made(encoder, packs=packs)
    loss, count = perturbed(FORM.loss, perturbation, 0.3)(model, batch_of())
    assert count == 6
    assert all(value.grad is None for value in model.parameters())
    assert not any(module_._forward_hooks for module_ in model.modules())
    loss.backward()
    plain, plain_batch = made(encoder, packs=False)
    expected = by_hand(plain, plain_batch(), perturbation, 0.3)
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    for (parameter, value), other in zip(model.named_parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(value.grad, other.grad, rtol=1e-3, atol=1e-5, msg=parameter)
    table: Any = model.base_model
    assert table.get_input_embeddings().weight.grad.abs().sum() > 0


@pytest.mark.parametrize("perturbation", [ADV, NOISE, replace(NOISE, distribution="normal")])
@pytest.mark.parametrize(("packs", "dropout"), [(True, 0.3), (False, 0.0)])
def test_a_batch_in_pieces_has_the_loss_and_gradient_of_the_whole(
    encoder: Encoder, packs: bool, dropout: float, perturbation: Perturbation
) -> None:
    found = []
    for cut in ([range(6)], [[4, 1], [0, 5, 3], [2]]):
        model, batch_of = made(encoder, packs=packs, dropout=dropout)
        robust, total = perturbed(FORM.loss, perturbation, 0.3), 0.0
        for places in cut:
            loss, _ = robust(model, batch_of(places))
            loss.backward()
            total += loss.item()
        found.append((total, {name: value.grad for name, value in model.named_parameters()}))
    (whole, gradients), (summed, others) = found
    assert summed == pytest.approx(whole, rel=1e-5)
    for name, gradient in gradients.items():
        torch.testing.assert_close(others[name], gradient, rtol=1e-3, atol=2e-5, msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_every_task_type_takes_it(kind: str, encoder: Encoder) -> None:
    features = encoded(kind, encoder, RECIPE, 4).features
    model, padding = model_for(kind, encoder, features, CPU)
    form = FORMS[kind]
    if form.prepare:
        form.prepare(model, RECIPE)
    batch = padding.collate(features, KEY, range(len(features)))
    clean, count = form.loss(model, batch)
    loss, same = perturbed(form.loss, replace(ADV, radius=0.1), mean_norm(encoder.table))(model, batch)
    assert same == count
    assert loss.item() > clean.item()


@pytest.mark.parametrize("packs", [True, False])
def test_all_passes_drop_out_the_same_and_leave_the_generator_as_one_does(encoder: Encoder, packs: bool) -> None:
    model, batch_of = made(encoder, packs=packs, dropout=0.5)
    losses, after = [], []
    for perturbation in (replace(ADV, step_size=0.0, steps=3), NOISE):  # both end at the start that was drawn
        torch.manual_seed(5)
        losses.append(float(perturbed(FORM.loss, perturbation, 0.3)(model, batch_of())[0]))
        after.append(torch.rand(1))
    assert losses[0] == losses[1]
    assert after[0] == after[1]
    torch.manual_seed(6)
    again = float(perturbed(FORM.loss, NOISE, 0.3)(model, batch_of())[0])
    assert (again == losses[1]) == packs  # where masks are drawn by key, torch's generator is not asked


def test_a_radius_of_0_is_the_plain_loss(encoder: Encoder) -> None:
    losses = []
    for wrap in (lambda loss: loss, lambda loss: perturbed(loss, replace(ADV, radius=0.0), 0.3)):
        model, batch_of = made(encoder, packs=True, dropout=0.3)
        losses.append(float(wrap(FORM.loss)(model, batch_of())[0]))
    assert losses[0] == losses[1]


def test_the_ascent_climbs_on_a_trained_model(encoder: Encoder) -> None:
    """The clean loss, random noise, and the adversary's, in that order, for every example: more steps find a worse place."""
    model, batch_of = made(encoder, packs=True, count=24)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(60):
        loss, _ = FORM.loss(model, batch_of())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    norm = float(model.base_model.get_input_embeddings().weight.detach().norm(dim=1).mean())
    gains = []
    for place in range(24):
        batch = batch_of([place])
        with torch.no_grad():
            clean = float(FORM.loss(model, batch)[0])
        found = [
            float(perturbed(FORM.loss, replace(ADV, radius=0.3, step_size=0.1, steps=steps), norm)(model, batch)[0]) for steps in (0, 1, 6)
        ]
        assert found[2] > clean
        assert found[2] > found[1] > found[0]
        gains.append((found[0] - clean, found[2] - clean))
    random, adversarial = map(sum, zip(*gains, strict=True))
    assert adversarial > 5 * abs(random)


@pytest.mark.parametrize("perturbation", [ADV, NOISE])
def test_bfloat16_gives_nearly_the_same(encoder: Encoder, perturbation: Perturbation) -> None:
    losses = []
    for enabled in (False, True):
        model, batch_of = made(encoder, packs=True, dropout=0.1)
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            loss, _ = perturbed(FORM.loss, perturbation, 0.3)(model, batch_of())
        loss.backward()
        assert all(value.grad is not None and value.grad.dtype == torch.float32 for value in model.parameters())
        losses.append(float(loss))
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.01)


@pytest.mark.parametrize(
    ("family", "entries"),
    [
        ("modernbert", {"global_attn_every_n_layers": 1}),
        ("deberta-v2", {"relative_attention": True, "position_buckets": 8}),
        ("distilbert", {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 16}),
        ("mt5", {"d_model": 16, "d_kv": 8, "num_layers": 2, "num_heads": 2, "d_ff": 16}),
    ],
)
def test_other_families_look_up_their_embeddings_once(family: str, entries: dict[str, Any]) -> None:
    sizes = {
        "vocab_size": 40,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "pad_token_id": 0,
    }
    config = transformers.AutoConfig.for_model(family, **{**sizes, **entries})
    model = transformers.AutoModelForTokenClassification.from_config(config).eval()
    batch = toy_batch([3, 9, 5])

    def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, int]:
        logits = model(**batch.inputs).logits.softmax(-1)[..., 0]
        return (logits * batch.attention_mask).sum(), 3

    values = [float(perturbed(loss, replace(ADV, steps=steps), 1.0)(model, batch)[0]) for steps in (0, 5)]
    assert values[1] > values[0] != float(loss(model, batch)[0])


def test_a_model_that_passes_its_embeddings_by_is_a_bug() -> None:
    with pytest.raises(ValueError, match="0 times"):
        perturbed(lambda model, batch: (model.direction.sum(), 1), NOISE, 1.0)(Linear(), toy_batch([3]))
