"""Which tokens a state depends on: changing a later token moves earlier states, or does not, as the recipe's `attention` says."""

from __future__ import annotations

import pytest
import torch
import transformers
from torch import Tensor

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.architectures.attention import direct, is_causal
from stiltsreport.modeling.encoder import Encoder, table_names, with_head
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import cut_for, padding_for
from stiltsreport.modeling.packed import is_packed, pack
from stiltsreport.recipes import Attention
from tests.architectures import ARCHITECTURES, DECODERS
from tests.modeling.architectures.conftest import Loader

CPU = torch.device("cpu")
LENGTH, CHANGED = 12, 7
ROWS = [tuple(range(30, 30 + LENGTH)), tuple(range(60, 60 + LENGTH - 4))]


def states(encoder: Encoder, attention: Attention, changed: int | None = None, *, packed: bool = False) -> tuple[Tensor, Tensor]:
    """(states of two rows, one padded; gradient of the state at CHANGED by each token's embedding) with one token of the first changed."""
    rows = [tuple(99 if place == changed else token for place, token in enumerate(ROWS[0])), ROWS[1]]
    features = [Feature(number, (row,), ((0,) * len(row),)) for number, row in enumerate(rows)]
    cut = cut_for(encoder, [*features, Feature(2, ((*ROWS[0], 99),), ((0,) * 13,))])
    model = with_head(encoder, transformers.AutoModel, cut, 1, labels=1, dropout=0.0, attention=attention).eval()
    if packed:
        assert is_packed(pack(model, CPU))
    padding = padding_for(encoder, cut, CPU)
    batch = (padding if not is_packed(model) else type(padding)(**{**vars(padding), "packs": True})).collate(features)
    seen: list[Tensor] = []
    read = model.get_submodule(table_names(model)[-1].removesuffix(".weight"))  # T5's stack has the table as a module of its own
    hook = read.register_forward_hook(lambda *given: seen.append(given[-1]))
    with torch.enable_grad():
        found = model(**batch.inputs).last_hidden_state
        (gradient,) = torch.autograd.grad(found[0, CHANGED].square().sum(), seen[0])
    hook.remove()
    return found.detach(), gradient.flatten(0, 1)[:LENGTH].norm(dim=-1)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_sees_to_its_left_unless_a_recipe_says_otherwise(load: Loader, name: str, packed: bool):
    encoder = load(name)
    for attention in ("pretrained", "causal"):
        before, gradient = states(encoder, attention, packed=packed)
        after, _ = states(encoder, attention, CHANGED, packed=packed)
        torch.testing.assert_close(before[0, :CHANGED], after[0, :CHANGED])
        assert not torch.allclose(before[0, CHANGED + 1 :], after[0, CHANGED + 1 :], atol=1e-3)
        assert torch.equal(gradient[CHANGED + 1 :], torch.zeros(LENGTH - CHANGED - 1))
        assert bool((gradient[: CHANGED + 1] > 0).all())
    before, gradient = states(encoder, "bidirectional", packed=packed)
    after, _ = states(encoder, "bidirectional", CHANGED, packed=packed)
    assert not torch.allclose(before[0, :CHANGED], after[0, :CHANGED], atol=1e-4)
    assert bool((gradient > 0).all())
    torch.testing.assert_close(before[1, :8], after[1, :8])  # rows are apart


@pytest.mark.parametrize("attention", ["causal", "bidirectional"])
@pytest.mark.parametrize("name", DECODERS)
def test_packed_is_the_same_function(load: Loader, name: str, attention: Attention):
    encoder = load(name)
    padded, slope = states(encoder, attention)
    packed, packed_slope = states(encoder, attention, packed=True)
    torch.testing.assert_close(packed[0], padded[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(packed[1, :8], padded[1, :8], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(packed_slope, slope, atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name not in DECODERS])
def test_an_encoder_sees_all_and_cannot_be_made_causal(load: Loader, name: str):
    encoder = load(name)
    for attention in ("pretrained", "bidirectional"):
        before, _ = states(encoder, attention)
        after, _ = states(encoder, attention, CHANGED)
        assert not torch.allclose(before[0, :CHANGED], after[0, :CHANGED], atol=1e-4)
    with pytest.raises(StiltsReportError, match="cannot be made causal"):
        states(encoder, "causal")


def test_what_stands_for_a_text_follows_the_direction(load: Loader):
    encoder = load("llama")
    cut = cut_for(encoder, [])
    for attention, causal in (("pretrained", True), ("causal", True), ("bidirectional", False)):
        model = with_head(encoder, transformers.AutoModelForSequenceClassification, cut, 1, labels=2, dropout=None, attention=attention)
        assert is_causal(model) is causal
    assert not is_causal(with_head(load("mt5"), transformers.AutoModel, cut_for(load("mt5"), []), 1, labels=2, dropout=None))


def test_a_decoder_of_another_family_is_left_as_it_is_or_refused():
    """Asked to read in both directions, it must not stay causal unnoticed."""
    config = transformers.MistralConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, intermediate_size=64
    )
    model = transformers.MistralModel(config)
    for attention in ("pretrained", "causal"):
        assert direct(model, attention) is model
        assert is_causal(model)
    with pytest.raises(StiltsReportError, match="mistral cannot be made to read in both directions"):
        direct(model, "bidirectional")
