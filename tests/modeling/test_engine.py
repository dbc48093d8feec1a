"""The engine as a whole (packed tokens, cut table, pieces, one pass over gradients) beside a plain PyTorch loop that has none of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers

from stiltsreport.modeling.batches import epoch_batches
from stiltsreport.modeling.encoder import Encoder, with_head
from stiltsreport.modeling.finetune import finetune
from stiltsreport.modeling.inference import cut_for, padding_for
from stiltsreport.modeling.room import MemoryPlan
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.recipes import Protocol, Recipe
from tests.modeling.small import KINDS, encoded, task_of

STEPS, SEEDS = 8, Seeds(1, "target", ("set",))
# A large epsilon: else Adam's first steps know little but the signs of gradients, and where those are near 0 float noise moves weights.
RECIPE = Recipe(
    learning_rate=3e-2, batch_size=8, steps=STEPS, warmup=0.25, weight_decay=0.1, clip=0.5, dropout=0.0, max_length=40, document_stride=10,
    selection="last", adam_epsilon=1e-2,
)  # fmt: skip


def plainly(kind: str, encoder: Encoder, head: dict[str, torch.Tensor]) -> tuple[list[float], Any]:
    """Losses and the trained model of the textbook's loop: the whole table, padded batches, torch's AdamW, clipping and schedule."""
    data, form = encoded(kind, encoder, RECIPE), FORMS[kind]
    cut = VocabularyCut.whole(len(encoder.table.base))
    model = with_head(encoder, getattr(transformers, form.head), cut, 0, labels=form.labels(task_of(kind)), dropout=0.0).train()
    if form.prepare:
        form.prepare(model, RECIPE)
    model.load_state_dict(head, strict=False)
    padding = padding_for(encoder, cut, torch.device("cpu"))
    decayed, free = ([value for value in model.parameters() if (value.dim() > 1) is many] for many in (True, False))
    groups = [{"params": decayed, "weight_decay": RECIPE.weight_decay}, {"params": free, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RECIPE.learning_rate, eps=RECIPE.adam_epsilon, foreach=False)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, round(RECIPE.warmup * STEPS), STEPS)
    losses = []
    for _, places in zip(range(STEPS), epoch_batches(len(data.examples), RECIPE.batch_size, SEEDS.derive("order")), strict=False):
        features = [feature for place in places for feature in data.features if feature.example == place]
        loss, count = form.loss(model, padding.collate(features))
        (loss / count).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), RECIPE.clip)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(float(loss) / count)
    return losses, model


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["encoder", "roberta"])
def test_it_trains_as_a_plain_loop_does(name: str, kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    data, form = encoded(kind, encoder, RECIPE), FORMS[kind]
    drawn = with_head(
        encoder, getattr(transformers, form.head), cut_for(encoder, data.features), SEEDS.derive("head"), labels=form.labels(data.task), dropout=0.0
    )  # fmt: skip
    head = {key: value.clone() for key, value in drawn.state_dict().items() if "word_embeddings" not in key}
    monkeypatch.setattr(
        "stiltsreport.modeling.finetune.training_plan", lambda *_: MemoryPlan(100, recompute=False)
    )  # several pieces a batch
    part = TrainingPart(kind, (data,), None, RECIPE, Protocol())
    found = finetune(encoder, [part], RECIPE, SEEDS, torch.device("cpu"))
    losses, model = plainly(kind, encoder, head)
    assert [step.loss for step in found.curve] == pytest.approx(losses, rel=5e-4)
    assert max(float((value - encoder.weights[key]).abs().max()) for key, value in found.encoder.weights.items()) > 1e-4  # it has moved
    everything = torch.arange(len(encoder.table.base))
    torch.testing.assert_close(found.encoder.table.look_up(everything), model.get_input_embeddings().weight, rtol=1e-3, atol=5e-5)
    state = model.base_model.state_dict()
    for key, value in found.encoder.weights.items():
        if key in state:  # a question's head leaves the pooler out
            torch.testing.assert_close(value, state[key], rtol=1e-3, atol=5e-5, msg=key)
