"""Layers written out in bfloat16, beside the same model in float32 with the same masks, and beside torch's own autocast."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers
from torch import Tensor, nn

from stiltsreport.architectures import ARCHITECTURES
from stiltsreport.modeling.packed import Packing, pack
from stiltsreport.modeling.packed.low_layers import rounded
from stiltsreport.modeling.packed.masks import Masks
from stiltsreport.modeling.room import recompute

FAMILIES = [name for name, one in ARCHITECTURES.items() if one.written_out]
LENGTHS = (3, 9, 14, 40)
CPU = torch.device("cpu")


def built(family: str, dropout: float, **further: Any) -> Any:
    config = transformers.AutoConfig.for_model(
        family, vocab_size=50, hidden_size=64, num_hidden_layers=3, num_attention_heads=2, intermediate_size=128, pad_token_id=1,
        max_position_embeddings=60, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout, **further,
    )  # fmt: skip
    torch.manual_seed(0)
    return pack(transformers.AutoModelForTokenClassification.from_config(config), CPU)


def plainly(model: Any) -> Any:
    """The model with its layers as transformers has them."""
    for layer in model.base_model.encoder.layer:
        layer.__dict__.pop("forward")
    return model


def batch(masked: bool = True) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(1)
    ids = torch.ones(len(LENGTHS), max(LENGTHS), dtype=torch.long)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.randint(3, 50, (length,), generator=generator)
    masks = Masks((7,), [(place, 0) for place in range(len(LENGTHS))], LENGTHS) if masked else None
    return {"input_ids": ids, "attention_mask": (ids != 1).long(), "packing": Packing.of(LENGTHS, CPU, masks)}


def gradients(model: Any, low: bool) -> dict[str, Tensor]:
    """Those of every weight, by a loss that reads all real tokens."""
    model.zero_grad()
    given = batch()
    with torch.autocast("cpu", torch.bfloat16, enabled=low):
        logits = model(**given).logits.float()[given["attention_mask"].bool()]
    (logits * torch.randn(logits.shape, generator=torch.Generator().manual_seed(2))).sum().backward()
    return {name: value.grad.clone() for name, value in model.named_parameters() if value.grad is not None}


def outputs(model: Any, low: bool) -> Tensor:
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=low):
        found: Tensor = model.eval()(**batch(masked=False)).logits.float()
    return found[batch()["attention_mask"].bool()]


def cosine(one: Tensor, other: Tensor) -> float:
    return float(nn.functional.cosine_similarity(one.double().flatten(), other.double().flatten(), 0))


@pytest.mark.parametrize("dropout", [0.0, 0.2])
@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_are_those_of_float32(family: str, dropout: float) -> None:
    exact, found = gradients(built(family, dropout).train(), low=False), gradients(built(family, dropout).train(), low=True)
    assert found.keys() == exact.keys()
    assert {value.dtype for value in found.values()} == {torch.float32}
    assert cosine(*(torch.cat([value.flatten() for value in side.values()]) for side in (found, exact))) > 0.9995
    largest = max(float(value.norm()) for value in exact.values())
    for name, value in exact.items():
        if value.norm() > 1e-3 * largest:  # the bias of keys has none but noise
            assert cosine(found[name], value) > 0.999, name
            assert float(found[name].norm() / value.norm()) == pytest.approx(1.0, abs=0.02), name


def test_they_are_not_computed_by_autocast() -> None:
    own, torchs = gradients(built("bert", 0.2).train(), low=True), gradients(plainly(built("bert", 0.2)).train(), low=True)
    name = "bert.encoder.layer.1.intermediate.dense.weight"
    assert not torch.equal(own[name], torchs[name])
    assert cosine(own[name], torchs[name]) > 0.999


@pytest.mark.parametrize("family", FAMILIES)
def test_outputs_without_gradients_are_near(family: str) -> None:
    model = built(family, 0.1)
    exact, found = outputs(model, low=False), outputs(model, low=True)
    assert cosine(found, exact) > 0.9995


def test_float32_is_left_to_transformers() -> None:
    assert torch.equal(outputs(built("bert", 0.1), low=False), outputs(plainly(built("bert", 0.1)), low=False))
    own, plain = gradients(built("bert", 0.1).train(), low=False), gradients(plainly(built("bert", 0.1)).train(), low=False)
    assert all(torch.equal(own[name], plain[name]) for name in plain)


def test_moved_and_loaded_weights_are_seen() -> None:
    model = built("xlm-roberta", 0.0)
    before = outputs(model, low=True)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    gradients(model, low=True)
    torch.optim.AdamW(model.parameters(), lr=0.01, fused=False).step()
    moved = outputs(model, low=True)
    assert (moved - before).abs().max() > 0.1
    assert cosine(moved, outputs(model, low=False)) > 0.999
    model.load_state_dict(state)
    assert torch.equal(outputs(model, low=True), before)
    model.base_model.encoder.layer[0].output.dense.weight = nn.Parameter(torch.zeros(64, 128))
    assert not torch.equal(outputs(model, low=True), before)


def test_frozen_layers_get_no_gradient_and_pass_it_on() -> None:
    model = built("bert", 0.1).train()
    whole = gradients(model, low=True)
    model.base_model.encoder.layer[1].requires_grad_(False)
    found = gradients(model, low=True)
    assert not any(".layer.1." in name for name in found)
    assert all(torch.equal(found[name], whole[name]) for name in found)


def test_another_activation_is_left_to_transformers() -> None:
    model = built("bert", 0.0, hidden_act="relu")
    assert not any("forward" in layer.__dict__ for layer in model.base_model.encoder.layer)


def test_rows_are_of_few_sizes() -> None:
    sizes = {rounded(tokens) for tokens in range(1, 2001)}
    assert len(sizes) < 50
    assert all(tokens <= rounded(tokens) < tokens + 64 for tokens in range(1, 2001))


def test_activations_are_saved_where_recomputation_can_free_them() -> None:
    """What lies beside the saved tensors stays through a checkpointed pass: every layer was computed twice for nothing."""
    model = built("bert", 0.1)
    saved: list[tuple[int, ...]] = []

    def keep(value: Tensor) -> Tensor:
        saved.append(tuple(value.shape))
        return value

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value), torch.autocast("cpu", torch.bfloat16):
        model(**batch())
    wide = [shape for shape in saved if shape[-1:] == (model.config.intermediate_size,)]
    assert len(wide) >= 2 * model.config.num_hidden_layers, "before and behind the activation"


def test_layers_that_are_computed_again_give_the_same_gradients() -> None:
    """With the same masks of dropout, to the last bit."""
    plain, again = built("bert", 0.1), built("bert", 0.1)
    recompute(again)
    expected, found = gradients(plain.train(), low=True), gradients(again.train(), low=True)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
