"""Masked language modelling: packing, what is hidden, and a loss that is transformers' own."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from scipy import stats

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling import encoded_set
from stiltsreport.modeling.encoded_set import encode_in_chunks
from stiltsreport.modeling.encoder import Encoder, with_head
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import cut_for, padding_for
from stiltsreport.modeling.loop import Learner, train
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.task_types.masked_language_modelling import Masker, encode, loss
from stiltsreport.modeling.token_file import open_tokens, write_tokens
from stiltsreport.modeling.tokens import Joined
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.recipes import Recipe
from stiltsreport.tasks.examples import Text
from tests.modeling.small import MLM, sentence, texts
from tests.tiny import WORDS

RECIPE = Recipe(max_length=40, batch_size=8)
CPU = torch.device("cpu")
FORM = FORMS["masked_language_modelling"]


def written(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def test_whole_sentences_are_packed_with_a_separator_behind_each(encoder: Encoder) -> None:
    tokenizer = encoder.tokenizer
    said = ["the cat sleeps", "a dog runs in the city", "one two three", "", "red and blue", "he was not in the city"]
    a, b, c, _, d, e = (written(tokenizer, text) for text in said)
    begin, end = tokenizer.cls_token_id, tokenizer.sep_token_id
    room = 1 + len(a) + 1 + len(b) + 1 + len(c) + 1
    found = encode([Text(str(i), text) for i, text in enumerate(said)], tokenizer, MLM, replace(RECIPE, max_length=room))
    assert [feature.rows[0] for feature in found] == [(begin, *a, end, *b, end, *c, end), (begin, *d, end, *e, end)]
    assert [feature.example for feature in found] == [0, 4]  # the first sentence of each
    tight = encode([Text(str(i), text) for i, text in enumerate(said)], tokenizer, MLM, replace(RECIPE, max_length=room - 1))
    assert tight[0].rows[0] == (begin, *a, end, *b, end)  # no sentence is cut to fill a row


def test_a_sentence_longer_than_a_row_is_cut_and_nothing_is_lost(encoder: Encoder) -> None:
    tokenizer, generator = encoder.tokenizer, random.Random(1)
    long = " ".join(generator.choice(WORDS) for _ in range(90))
    said = [Text("0", "the cat"), Text("1", long), Text("2", "a dog")]
    found = encode(said, tokenizer, MLM, RECIPE)
    assert all(feature.length <= 40 for feature in found)
    ids = [token for feature in found for token in feature.rows[0] if token not in {tokenizer.cls_token_id, tokenizer.sep_token_id}]
    assert ids == [token for text in said for token in written(tokenizer, text.text)]
    assert [feature.example for feature in found] == sorted(feature.example for feature in found)


def test_what_cannot_be_predicted_is_left_out(encoder: Encoder) -> None:
    tokenizer = encoder.tokenizer
    assert encode([Text("0", "")], tokenizer, MLM, RECIPE) == []
    unknown = tokenizer.unk_token
    assert encode([Text("0", unknown)], tokenizer, MLM, RECIPE) == []
    with pytest.raises(StiltsReportError, match="max_length 2"):
        encode([Text("0", "a")], tokenizer, MLM, replace(RECIPE, max_length=2))


def test_token_types_are_those_of_a_single_text(bert: Encoder) -> None:
    (feature,) = encode([Text("0", "the cat"), Text("1", "a dog")], bert.tokenizer, MLM, RECIPE)
    assert set(feature.types[0]) == {0}
    assert len(feature.types[0]) == feature.length
    assert feature.rows[0][0] == bert.tokenizer.cls_token_id
    assert feature.rows[0].count(bert.tokenizer.sep_token_id) == 2


def test_rows_are_kept_in_token_tables_in_chunks(encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_set, "CHUNK", 7)
    generator = random.Random(3)
    said = [Text(str(i), sentence(generator, 2, 40)) for i in range(30)]
    chunks = list(encode_in_chunks(MLM, said, encoder.tokenizer, RECIPE))
    write_tokens(tmp_path / "tokens", "key", 30, (), iter(chunks))
    table = open_tokens(tmp_path / "tokens", "key")
    assert table is not None
    assert list(table) == [feature for chunk in chunks for feature in chunk]


@pytest.fixture
def masker(encoder: Encoder) -> Masker:
    return Masker.of(encoder.tokenizer, VocabularyCut.whole(len(encoder.table.base)), 0.15, 9)


def long_rows(encoder: Encoder, count: int = 400) -> list[Feature]:
    generator = random.Random(0)
    said = [Text(str(i), sentence(generator)) for i in range(20 * count)]
    return encode(said, encoder.tokenizer, MLM, replace(RECIPE, max_length=120))[:count]


def test_fifteen_per_cent_are_hidden_eighty_ten_ten(encoder: Encoder, masker: Masker) -> None:
    """Exact numbers in each row; what becomes of them, by chi-square."""
    features = long_rows(encoder)
    special, mask = set(encoder.tokenizer.all_special_ids), encoder.tokenizer.mask_token_id
    kinds, places = [0, 0, 0], np.zeros(120)
    replaced = []
    for place, feature in enumerate(features):
        hidden = masker(feature, (3, place))
        row, found = feature.rows[0], hidden.rows[0]
        known = [at for at, token in enumerate(row) if token not in special]
        assert len(hidden.align) == max(1, round(0.15 * len(known)))
        assert set(hidden.align) <= set(known)
        assert list(hidden.align) == sorted(set(hidden.align))
        assert hidden.target == tuple(row[at] for at in hidden.align)  # of the whole table: the ids themselves
        assert all(found[at] == row[at] for at in range(len(row)) if at not in hidden.align)
        assert len(found) == len(row)
        for at in hidden.align:
            places[at] += 1
            kinds[0 if found[at] == mask else 1 if found[at] != row[at] else 2] += 1
            if found[at] not in (mask, row[at]):
                replaced.append(found[at])
    total = sum(kinds)
    assert total > 5000
    assert stats.chisquare(kinds, [0.8 * total, 0.1 * total, 0.1 * total]).pvalue > 1e-3
    assert not set(replaced) & special
    assert len(set(replaced)) > 200  # from the whole vocabulary, not from the row
    middle = places[1:110]  # a separator stands at one place or another in every row, the beginning at the first in all
    assert places[0] == 0
    assert middle.min() > 0.4 * middle.mean()


def test_masks_are_drawn_by_seed_step_and_place(encoder: Encoder, masker: Masker) -> None:
    feature = long_rows(encoder, 1)[0]
    one = masker(feature, (3, 5))
    np.random.seed(0)  # noqa: NPY002 - what ran before
    assert masker(feature, (3, 5)) == one
    others = [masker(feature, (4, 5)), masker(feature, (3, 6)), replace(masker, seed=10)(feature, (3, 5))]
    assert all(other.align != one.align for other in others)
    assert feature.align is None  # the row itself stays as it is


def test_a_row_of_one_token_has_it_hidden(encoder: Encoder, masker: Masker) -> None:
    (feature,) = encode([Text("0", "the")], encoder.tokenizer, MLM, RECIPE)
    assert all(len(masker(feature, (0, place)).align) == 1 for place in range(20))


def test_replacements_come_from_the_vocabulary_in_use(encoder: Encoder) -> None:
    features = long_rows(encoder, 60)
    mask = Feature(0, ((encoder.tokenizer.mask_token_id,),), ((0,),))
    cut = cut_for(encoder, Joined([features, [mask]]))
    masker = Masker.of(encoder.tokenizer, cut, 0.5, 1)
    for place, feature in enumerate(features):
        hidden = masker(feature, (0, place))
        assert bool((cut.places[torch.tensor(hidden.rows[0])] >= 0).all())
        assert hidden.target == tuple(cut.places[feature.rows[0][at]].item() for at in hidden.align)


def masked_batch(encoder: Encoder, cut: VocabularyCut, count: int = 6, *, packs: bool = False) -> Any:
    masker = Masker.of(encoder.tokenizer, cut, 0.15, 2)
    features = [masker(feature, (0, place)) for place, feature in enumerate(texts(encoder, RECIPE).features[:count])]
    return replace(padding_for(encoder, cut, CPU), packs=packs).collate(features)


def masked_model(encoder: Encoder, cut: VocabularyCut) -> Any:
    return with_head(encoder, transformers.AutoModelForMaskedLM, cut, 7, labels=1, dropout=0.0).eval()


@pytest.mark.parametrize("packs", [True, False])
@pytest.mark.parametrize("name", ["encoder", "roberta", "bert"])
def test_the_loss_is_that_of_transformers(name: str, packs: bool, request: pytest.FixtureRequest) -> None:
    """On the same inputs: scores of hidden tokens alone, summed, are the mean over labels times their number; gradients too."""
    encoder: Encoder = request.getfixturevalue(name)
    cut = VocabularyCut.whole(len(encoder.table.base))
    batch = masked_batch(encoder, cut)
    labels = torch.full_like(batch.input_ids, -100)
    for row, feature in enumerate(batch.features):
        for at, target in zip(feature.align, feature.target, strict=True):
            labels[row, at] = target
    plain, model = masked_model(encoder, cut), masked_model(encoder, cut)
    if packs:
        pack(model, CPU)
    expected = plain(**batch.inputs, labels=labels).loss
    total, count = loss(model, masked_batch(encoder, cut, packs=packs))
    assert count == int((labels != -100).sum())
    assert total.item() / count == pytest.approx(expected.item(), rel=1e-5)
    expected.backward()
    (total / count).backward()
    others = dict(plain.named_parameters())
    for key, value in model.named_parameters():
        torch.testing.assert_close(value.grad, others[key].grad, rtol=1e-3, atol=1e-6, msg=key)
    assert not model.base_model._forward_hooks  # left as it was


def test_the_cut_vocabulary_is_a_softmax_over_it_alone(encoder: Encoder) -> None:
    features = texts(encoder, RECIPE).features
    mask = Feature(0, ((encoder.tokenizer.mask_token_id,),), ((0,),))
    cut, whole = cut_for(encoder, Joined([features, [mask]])), VocabularyCut.whole(len(encoder.table.base))
    assert len(cut.ids) < len(whole.ids)
    model, full = masked_model(encoder, cut), masked_model(encoder, whole)
    state = {name: value for name, value in model.state_dict().items() if "embeddings.word" not in name and "decoder" not in name}
    bias = torch.zeros(len(whole.ids))
    full.load_state_dict({**state, "cls.predictions.bias": bias}, strict=False)
    batch = masked_batch(encoder, cut)
    ids = cut.ids[batch.input_ids]
    scores = full(input_ids=ids, attention_mask=batch.attention_mask).logits[..., cut.ids]
    expected = sum(
        torch.nn.functional.cross_entropy(scores[row, at], torch.tensor(target)).item()
        for row, feature in enumerate(batch.features)
        for at, target in zip(feature.align, feature.target, strict=True)
    )
    assert loss(model, batch)[0].item() == pytest.approx(expected, rel=1e-5)


def test_the_gradient_reaches_the_table_from_both_sides(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Central differences in float64: of a row that is only scored, one that is only read, and one that is both."""
    cut = VocabularyCut.whole(len(encoder.table.base))
    batch = masked_batch(encoder, cut)
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)  # scores become float32 in training
    model = masked_model(encoder, cut).double()
    table = model.get_input_embeddings().weight
    assert model.get_output_embeddings().weight is table
    loss(model, batch)[0].backward()
    read = set(batch.input_ids[batch.attention_mask == 1].tolist())
    scored = {token for feature in batch.features for token in feature.target}
    rows = [
        min(scored - read, default=None),
        min(read - scored),
        min(read & scored),
        next(i for i in range(20, 600) if i not in read | scored),
    ]
    checked = 0
    for row in rows:
        for column in (0, 17):
            if row is None:
                continue
            ends = []
            for step in (1e-5, -1e-5):
                with torch.no_grad():
                    table[row, column] += step
                    ends.append(loss(model, batch)[0].item())
                    table[row, column] -= step
            difference = (ends[0] - ends[1]) / 2e-5
            assert table.grad[row, column].item() == pytest.approx(difference, rel=1e-4, abs=1e-8)
            assert abs(difference) > 1e-6
            checked += 1
    assert checked >= 6


@pytest.mark.parametrize("name", ["encoder", "roberta"])
def test_a_batch_in_pieces_has_the_masks_and_the_gradient_of_the_whole(name: str, request: pytest.FixtureRequest) -> None:
    encoder: Encoder = request.getfixturevalue(name)
    generator = random.Random(0)
    said = [Text(str(i), sentence(generator, 2, 30)) for i in range(40)]
    features = encode(said, encoder.tokenizer, MLM, RECIPE)[:9]
    cut = VocabularyCut.whole(len(encoder.table.base))
    recipe = replace(RECIPE, warmup=0.0, weight_decay=0.0, clip=1e9, learning_rate=1e3, adam_epsilon=1e3)
    ends = []
    for budget in (1_000_000, 90, 1):
        model = pack(with_head(encoder, transformers.AutoModelForMaskedLM, cut, 7, labels=1, dropout=0.2), CPU)
        learner = Learner.of("mlm", FORM, model, padding_for(encoder, cut, CPU), budget)
        learner = replace(learner, alter=Masker.of(encoder.tokenizer, cut, 0.15, 4))
        (taken,) = train(model, [(learner, features)], recipe, 1, 5)
        assert taken.examples == 9
        ends.append((taken.read(), dict(model.named_parameters())))
    (whole, weights), *others = ends
    for cut_up, found in others:
        assert cut_up.loss == pytest.approx(whole.loss, rel=1e-5)
        assert cut_up.gradient_norm == pytest.approx(whole.gradient_norm, rel=1e-4)
        for key, value in weights.items():
            torch.testing.assert_close(found[key], value, rtol=1e-4, atol=2e-6, msg=key)


def test_it_is_no_form_of_evaluation() -> None:
    with pytest.raises(TypeError, match="not evaluated"):
        FORM.outputs(torch.nn.Module(), None)
