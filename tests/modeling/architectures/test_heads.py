"""Heads of every architecture: transformers' own classes with the same weights give the same scores, on a cut table, however rows are padded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
import torch
import transformers
from torch import Tensor, nn

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.batches import Batch
from stiltsreport.modeling.encoder import Encoder, head_weights, put_table, table_names, with_head, without_head
from stiltsreport.modeling.features import Feature, encode_texts, join
from stiltsreport.modeling.inference import cut_for, padding_for, with_table
from stiltsreport.modeling.packed import is_packed, pack
from stiltsreport.modeling.task_types import FORMS, dual_encoder
from tests.architectures import ARCHITECTURES, DECODERS
from tests.modeling.architectures.conftest import Loader

CPU = torch.device("cpu")
PAIRS = [("the red dog", "is not blue"), ("one", "two three"), ("a man sleeps in the city of", "she runs")]
HEADS = {"AutoModelForSequenceClassification": 3, "AutoModelForTokenClassification": 5, "AutoModelForQuestionAnswering": 2}
MULTIPLE = {  # transformers' class of each model type; our own stands where it has none
    "gemma3_text": {"AutoModelForTokenClassification", "AutoModelForQuestionAnswering"},
    "eurobert": {"AutoModelForQuestionAnswering"},
    "mt5": {"AutoModelForSequenceClassification", "AutoModelForQuestionAnswering"},
}


class Folders(Protocol):
    def __call__(self, name: str) -> Path: ...


def features(encoder: Encoder) -> list[Feature]:
    found = []
    for place, pair in enumerate(PAIRS):
        first, second = encode_texts(encoder.tokenizer, pair)
        whole = join(encoder.tokenizer, first, second, 64)
        found.append(Feature(place, (tuple(whole.ids),), (tuple(whole.type_ids),)))
    return found


def headed(encoder: Encoder, head: str, labels: int = 3, **options: Any) -> tuple[nn.Module, Batch]:
    """A model on the cut table of those features, and their batch."""
    found = features(encoder)
    cut = cut_for(encoder, found)
    model = with_head(encoder, getattr(transformers, head), cut, 7, labels=labels, dropout=0.0, **options).eval()
    return model, padding_for(encoder, cut, CPU).collate(found)


def scores(found: Any) -> Tensor:
    return torch.stack([found.start_logits, found.end_logits], -1) if "start_logits" in found else found.logits


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("head", HEADS)
def test_as_transformers_scores_with_the_same_weights(load: Loader, folders: Folders, name: str, head: str):
    encoder = load(name)
    if head in MULTIPLE.get(encoder.config.model_type, ()):
        pytest.skip("transformers has no such class")
    model, batch = headed(encoder, head, HEADS[head])
    pad = encoder.padding
    theirs: Any = getattr(transformers, head).from_pretrained(folders(name), num_labels=HEADS[head], pad_token_id=pad).eval()
    assert type(theirs) is type(model)
    theirs.load_state_dict(head_weights(model, encoder), strict=False)
    found = features(encoder)
    length = batch.input_ids.shape[1]
    ids = torch.tensor([[*one.rows[0], *[pad] * (length - one.length)] for one in found])
    kinds = {} if batch.token_type_ids is None else {"token_type_ids": batch.token_type_ids}
    with torch.no_grad():
        expected = scores(theirs(input_ids=ids, attention_mask=batch.attention_mask, **kinds))
        got = scores(model(**batch.inputs))
    real = batch.attention_mask.bool() if got.dim() == 3 else ...
    torch.testing.assert_close(got[real], expected[real], atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize(("name", "head"), [("gemma3", "AutoModelForTokenClassification"), ("gemma3", "AutoModelForQuestionAnswering"),
                                            ("eurobert", "AutoModelForQuestionAnswering"), ("mt5", "AutoModelForQuestionAnswering")])  # fmt: skip
def test_a_head_that_transformers_lacks_is_linear_in_the_last_states(load: Loader, name: str, head: str):
    encoder = load(name)
    model, batch = headed(encoder, head, HEADS[head])
    weight, bias = (value for _, value in sorted(head_weights(model, encoder).items(), reverse=True))
    base: Any = model.base_model
    with torch.no_grad():
        states = base(**batch.inputs).last_hidden_state
        torch.testing.assert_close(scores(model(**batch.inputs)), states @ weight.T + bias)


def test_the_sentence_of_mt5_is_the_mean_of_its_real_tokens(load: Loader):
    encoder = load("mt5")
    model, batch = headed(encoder, "AutoModelForSequenceClassification")
    head = head_weights(model, encoder)
    base: Any = model.base_model
    with torch.no_grad():
        states = base(**batch.inputs).last_hidden_state
        means = torch.stack([row[: one.length].mean(0) for row, one in zip(states, batch.features, strict=True)])
        expected = means @ head["classifier.weight"].T + head["classifier.bias"]
        torch.testing.assert_close(model(**batch.inputs).logits, expected)


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("head", [*HEADS, "AutoModel"])
def test_no_score_depends_on_padding_or_packing(load: Loader, name: str, head: str):
    encoder = load(name)
    model, batch = headed(encoder, head, HEADS.get(head, 1))
    cut = cut_for(encoder, batch.features)

    def all_of(one: Batch) -> Tensor:
        with torch.no_grad():
            return dual_encoder.vectors(model, one) if head == "AutoModel" else scores(model(**one.inputs))

    together = all_of(batch)
    padding = padding_for(encoder, cut, CPU)
    pack(model, CPU)
    assert is_packed(model) is (name not in ("mdeberta", "mt5"))  # tokens of these meet in biases of positions too
    padding = replace(padding, packs=is_packed(model))
    for got, expected, one in zip(all_of(padding.collate(batch.features)), together, batch.features, strict=True):
        real = slice(one.length) if got.dim() == 2 else ...
        torch.testing.assert_close(got[real], expected[real], atol=2e-5, rtol=1e-4)
    for place, one in enumerate(batch.features):
        alone = all_of(padding.collate([one]))[0]
        expected = together[place, : one.length] if alone.dim() == 2 else together[place]
        torch.testing.assert_close(alone, expected, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_another_cut_of_the_table_moves_no_score(load: Loader, name: str):
    encoder = load(name)
    model, batch = headed(encoder, "AutoModelForSequenceClassification")
    with torch.no_grad():
        before = model(**batch.inputs).logits
        others = [Feature(9, ((40, 300, 301),), ((0, 0, 0),)), *batch.features]
        cut = cut_for(encoder, others)
        assert len(cut.ids) < len(encoder.table.base)
        with_table(model, encoder, cut, CPU)
        torch.testing.assert_close(model(**padding_for(encoder, cut, CPU).collate(batch.features).inputs).logits, before)
        alone = batch.features[1]
        fewer = cut_for(encoder, [alone])
        assert len(fewer.ids) < len(cut.ids) - 8
        with_table(model, encoder, fewer, CPU)
        again = model(**padding_for(encoder, fewer, CPU).collate([alone]).inputs).logits
        torch.testing.assert_close(again, before[1:2], atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_what_training_changes_is_all_handed_on(load: Loader, name: str):
    encoder = load(name)
    model, batch = headed(encoder, "AutoModelForSequenceClassification")
    with torch.no_grad():
        for value in model.base_model.parameters():  # type: ignore[operator]
            value.add_(0.01)
        before = model(**batch.inputs).logits
    cut = cut_for(encoder, batch.features)
    after = without_head(encoder, model, cut, 1.0)
    assert set(after.weights) == set(encoder.weights)
    again = with_head(after, transformers.AutoModelForSequenceClassification, cut, 1, labels=3, dropout=0.0).eval()
    again.load_state_dict(head_weights(model, encoder), strict=False)
    with torch.no_grad():
        torch.testing.assert_close(again(**batch.inputs).logits, before)
    names = table_names(model.base_model)
    put_table(model.base_model, torch.zeros(3, 32))
    state: dict[str, Tensor] = model.base_model.state_dict()  # type: ignore[operator, assignment]
    assert all(state[name].shape == (3, 32) for name in names)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_head_depends_on_its_seed_alone(load: Loader, name: str):
    encoder = load(name)
    cut = cut_for(encoder, features(encoder))

    def drawn(seed: int) -> Tensor:
        model = with_head(encoder, transformers.AutoModelForTokenClassification, cut, seed, labels=5, dropout=None)
        return torch.cat([value.flatten() for _, value in sorted(head_weights(model, encoder).items())])

    torch.manual_seed(5)
    first = drawn(1)
    torch.manual_seed(6)
    assert torch.equal(first, drawn(1))
    assert not torch.equal(first, drawn(2))
    assert 0 < first.std() < 1.5


@pytest.mark.parametrize("name", [*DECODERS, "mt5"])
def test_masked_language_modelling_is_refused(load: Loader, name: str):
    encoder = load(name)
    with pytest.raises(StiltsReportError, match=r"no head for masked language modelling.*leave the variant mlm"):
        headed(encoder, FORMS["masked_language_modelling"].head, 1)


@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_pools_its_last_token(load: Loader, name: str):
    encoder = load(name)
    model, batch = headed(encoder, "AutoModel", 1)
    with torch.no_grad():
        states = model(**batch.inputs).last_hidden_state
        for row, one, vector in zip(states, batch.features, dual_encoder.vectors(model, batch), strict=True):
            last = row[one.length - 1]
            torch.testing.assert_close(vector, last / last.norm())
