"""Models on packed tokens beside the same models on padded ones, for every family that can be packed."""

from __future__ import annotations

import copy
import gc
import weakref
from typing import Any

import pytest
import torch
import transformers

from stiltsreport.architectures import ARCHITECTURES
from stiltsreport.modeling.packed import Packing, is_packed, pack

PACKABLE = [name for name, one in ARCHITECTURES.items() if one.packable]
LENGTHS = (9, 3, 14)
SIZES = {
    "vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64, "pad_token_id": 1,
    "bos_token_id": 0, "eos_token_id": 2, "cls_token_id": 0, "sep_token_id": 2, "max_position_embeddings": 40,
}  # fmt: skip
OWN: dict[str, dict[str, Any]] = {
    "modernbert": {"local_attention": 8, "global_attn_every_n_layers": 2},  # a window shorter than the longest text
    "eurobert": {"num_key_value_heads": 1, "head_dim": 16},
    "llama": {"num_key_value_heads": 1},
    "qwen3": {"num_key_value_heads": 1, "head_dim": 16},
    "gemma3_text": {"num_key_value_heads": 1, "head_dim": 16, "sliding_window": 6, "sliding_window_pattern": 2},
}
HEADS = ("AutoModel", "AutoModelForSequenceClassification", "AutoModelForTokenClassification", "AutoModelForQuestionAnswering")


def built(family: str, head: str, dropout: float = 0.0) -> Any:
    labels = 2 if head.endswith("QuestionAnswering") else 3
    config = transformers.AutoConfig.for_model(family, **SIZES, num_labels=labels, **OWN.get(family, {}))
    for name in ("hidden_dropout_prob", "attention_probs_dropout_prob", "attention_dropout", "mlp_dropout", "embedding_dropout"):
        if hasattr(config, name):
            setattr(config, name, dropout)
    config.use_cache = False
    torch.manual_seed(0)
    return getattr(transformers, head).from_config(config)


def batch() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    ids = torch.ones(len(LENGTHS), max(LENGTHS), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.randint(3, 50, (length,), generator=generator)
        mask[row, :length] = 1
    return {"input_ids": ids, "attention_mask": mask}


def numbers(model: Any, packing: Packing | None) -> list[torch.Tensor]:
    """All outputs on real tokens, and the gradient of every weight by a loss that reads them all."""
    given = batch()
    found = model(**given, **({"packing": packing} if packing else {}))
    real = given["attention_mask"].bool()
    outputs = [value[real] if value.shape[:2] == real.shape else value for value in found.to_tuple()]
    generator = torch.Generator().manual_seed(2)
    loss = sum((value * torch.randn(value.shape, generator=generator)).sum() for value in outputs)
    gradients = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
    return [value.detach() for value in (*outputs, *(gradient for gradient in gradients if gradient is not None))]


def skip_without(family: str, head: str) -> None:
    mapping = getattr(transformers, head)._model_mapping
    if type(transformers.AutoConfig.for_model(family)) not in mapping:
        pytest.skip(f"{family} has no {head}")


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("family", PACKABLE)
def test_outputs_and_gradients_are_those_of_padded_tokens(family: str, head: str, device: torch.device) -> None:
    skip_without(family, head)
    padded = built(family, head).eval()
    packed = pack(copy.deepcopy(padded), device).eval()
    assert is_packed(packed)
    assert not is_packed(padded)
    expected, found = numbers(padded, None), numbers(packed, Packing.of(LENGTHS, device))
    assert len(found) == len(expected) > 10
    for mine, theirs in zip(found, expected, strict=True):
        assert (mine - theirs).abs().max() <= 1e-5 * max(1.0, float(theirs.abs().max()))


@pytest.mark.parametrize("family", PACKABLE)
def test_a_packed_model_called_without_a_packing_is_transformers_own(family: str, device: torch.device) -> None:
    padded = built(family, "AutoModel").eval()
    packed = pack(copy.deepcopy(padded), device).eval()
    for mine, theirs in zip(numbers(packed, None), numbers(padded, None), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", PACKABLE)
def test_inner_states_come_padded(family: str, device: torch.device) -> None:
    padded = built(family, "AutoModel").eval()
    packed = pack(copy.deepcopy(padded), device).eval()
    real = batch()["attention_mask"].bool()
    with torch.inference_mode():
        expected = padded(**batch(), output_hidden_states=True).hidden_states
        found = packed(**batch(), output_hidden_states=True, packing=Packing.of(LENGTHS, device)).hidden_states
    assert len(found) == len(expected) == 4
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine[real], theirs[real], rtol=1e-4, atol=1e-5)


def test_a_sequence_alone_is_the_same_sequence_in_a_pack(device: torch.device) -> None:
    """Nothing leaks from one text into another."""
    model = pack(built("xlm-roberta", "AutoModel").eval(), device)
    given = batch()
    with torch.inference_mode():
        whole = model(**given, packing=Packing.of(LENGTHS, device)).last_hidden_state
        for row, length in enumerate(LENGTHS):
            alone = {name: value[row : row + 1, :length] for name, value in given.items()}
            found = model(**alone, packing=Packing.of((length,), device)).last_hidden_state
            torch.testing.assert_close(whole[row, :length], found[0], rtol=1e-5, atol=1e-6)


def test_other_families_stay_as_they_are(device: torch.device) -> None:
    config = transformers.DebertaV2Config(
        vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, pad_token_id=1
    )
    model = pack(transformers.DebertaV2Model(config), device)
    assert not is_packed(model)
    assert any(isinstance(module, torch.nn.Dropout) for module in model.modules())


def test_a_model_that_nobody_holds_is_gone_at_once(device: torch.device) -> None:
    gc.disable()  # a cycle would wait for the collector, and a checkpoint with it
    try:
        model = pack(built("bert", "AutoModelForSequenceClassification"), device)
        model(**batch(), packing=Packing.of(LENGTHS, device))
        gone = weakref.ref(model.base_model)
        del model
        assert gone() is None
    finally:
        gc.enable()
