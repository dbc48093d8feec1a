"""How much goes through a model at once, and layers that compute again what they forgot."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import transformers

from stiltsreport.memory import CPU_TOKENS, GPU_TOKENS, MemoryPlan
from stiltsreport.modeling import room
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.finetune import finetune
from stiltsreport.modeling.loop import Learner, train
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.room import recompute, sizes_of, tokens_at_once, training_plan
from stiltsreport.modeling.seeds import Seeds
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.training_part import TrainingPart
from stiltsreport.recipes import Protocol, Recipe
from tests.modeling.small import encoded, model_for

RECIPE = Recipe(learning_rate=1e-3, batch_size=8, max_length=32, warmup=0.0)
KIND = "sequence_classification"
CPU = torch.device("cpu")


def test_a_gpu_takes_more_at_a_time() -> None:
    assert CPU_TOKENS["float32"] < tokens_at_once(torch.device("cpu")) < tokens_at_once(torch.device("cuda"))
    assert max(CPU_TOKENS.values()) < GPU_TOKENS


def test_on_a_gpu_it_is_what_optimizer_and_weights_leave(encoder: Encoder, device: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = model_for(KIND, encoder, encoded(KIND, encoder, RECIPE, 4).features, device)
    trained = sum(value.numel() for value in model.parameters())
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (10**9, 2 * 10**9))
    monkeypatch.setattr(room, "memory_plan", lambda *given: asked.append(given) or MemoryPlan(5, recompute=False))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 1000)
    monkeypatch.setattr(
        room, "local", lambda value: SimpleNamespace(numel=value.numel, device=torch.device("cuda"))
    )  # as though it lay there
    for share, free in ((1.0, 10**9), (0.25, 5 * 10**8 - 1000)):  # neighbours on the device may take what is free now
        monkeypatch.setattr(torch.cuda, "get_per_process_memory_fraction", lambda _, share=share: share)
        training_plan(model, torch.device("cuda"), replace(RECIPE, precision="bfloat16"), 30)
        left, sizes, setting, longest, most, again = asked.pop()
        # A trained weight: gradient and two moments; a bfloat16 copy of what is multiplied with.
        assert left == free - (4 + 8) * trained - 2 * sizes.products
        assert (sizes.layers, sizes.hidden, setting.half, longest, most, again) == (2, 32, True, 30, GPU_TOKENS, "auto")
    lean = replace(RECIPE, optimizer="adamw-8bit", recompute="never")
    training_plan(model, torch.device("cuda"), lean, 30)
    assert training_plan(model, torch.device("cpu"), replace(RECIPE, recompute="always"), 30).recompute
    left, *_, again = asked.pop()
    assert (left, again) == (pytest.approx(free - (4 + 2 + 2 * 4 / 256) * trained), "never")


def test_a_family_that_nobody_has_counted_is_taken_as_bert_s() -> None:
    config = transformers.GPT2Config(n_embd=48, n_layer=3, n_head=4, vocab_size=99)
    sizes = sizes_of(config)
    assert (sizes.layers, sizes.hidden, sizes.heads, sizes.intermediate) == (3, 48, 4, 192)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["encoder", "roberta"])
def test_recomputation_changes_no_number(name: str, packed: bool, request: pytest.FixtureRequest, device: torch.device) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    features = encoded(KIND, encoder, RECIPE, 8).features
    ends = []
    for again in (False, True):
        model, padding = model_for(KIND, encoder, features, device)
        if packed:
            pack(model, device)
        if again:
            recompute(model)
        (taken,) = train(model, [(Learner.of(KIND, FORMS[KIND], model, padding, 10_000), features)], RECIPE, 1)
        ends.append((taken.read(), [value.detach() for value in model.parameters()]))
    assert ends[0][0] == ends[1][0]
    assert all(torch.equal(one, other) for one, other in zip(ends[0][1], ends[1][1], strict=True))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["encoder", "roberta"])
def test_recomputation_drops_out_the_same(name: str, precision: Any, request: pytest.FixtureRequest) -> None:
    """Computed with other masks, the way back would not be that of the loss."""
    encoder: Encoder = request.getfixturevalue(name)
    recipe = replace(RECIPE, dropout=0.3, precision=precision, steps=2, evaluations=1)
    data = encoded(KIND, encoder, recipe, 8)
    norms = []
    for again in ("never", "always"):
        own = replace(recipe, recompute=again)
        part = TrainingPart(KIND, (data,), None, own, Protocol())
        norms.append([step.gradient_norm for step in finetune(encoder, [part], own, Seeds(1, "target", ("set",)), CPU).curve])
    assert norms[0] == norms[1]
