"""Inference: sorted, padded, packed and on a cut table, it is transformers' forward on one text after another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from stiltsreport.modeling import room
from stiltsreport.modeling.encoder import Encoder, with_head
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import _of_all, cut_for, padding_for, run, with_table
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.passes import evaluate_set
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.examples import SentencePair
from tests.modeling.small import encoded, model_for, task_of

LENGTHS = Recipe(max_length=40, document_stride=10)
PROTOCOL = Protocol(max_length=40, document_stride=10)
KINDS = ["sequence_classification", "multiple_choice", "token_classification", "question_answering"]


def raw(model: Any, batch: Any) -> list[np.ndarray]:
    """All logits of each feature's own tokens, of all its rows one after another."""
    found = model(**batch.inputs)
    logits = torch.stack([found.start_logits, found.end_logits], -1) if "start_logits" in found else found.logits
    tensors = logits.float().split([len(feature.rows) for feature in batch.features])
    results = []
    for feature, rows in zip(batch.features, tensors, strict=True):
        own = [row[: len(ids)] if row.dim() > 1 else row for row, ids in zip(rows, feature.rows, strict=True)]
        results.append(torch.cat([row.flatten() for row in own]).numpy())
    return results


def one_by_one(kind: str, encoder: Encoder, features: list[Feature]) -> list[np.ndarray]:
    """The same by a model with the whole table, unpacked, on one row at a time without padding."""
    head = getattr(transformers, FORMS[kind].head)
    whole = VocabularyCut.whole(len(encoder.table.base))
    plain = with_head(encoder, head, whole, 7, labels=FORMS[kind].labels(task_of(kind)), dropout=0.0).eval()
    plain.load_state_dict({**plain.state_dict(), **heads(kind, encoder, features)})
    padding = padding_for(encoder, whole, torch.device("cpu"))
    results = []
    with torch.no_grad():
        for feature in features:
            rows = [
                raw(plain, padding.collate([Feature(0, (row,), (kinds,))]))[0]
                for row, kinds in zip(feature.rows, feature.types, strict=True)
            ]
            results.append(np.concatenate(rows))
    return results


def heads(kind: str, encoder: Encoder, features: list[Feature]) -> dict[str, torch.Tensor]:
    """The head of `model_for`: its draws come after those of a table that is as long as the cut."""
    model, _ = model_for(kind, encoder, features, torch.device("cpu"))
    return {name: value for name, value in model.state_dict().items() if not name.startswith(model.base_model_prefix)}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["encoder", "bert", "roberta"])
def test_logits_are_those_of_one_text_after_another(
    name: str, kind: str, packed: bool, request: pytest.FixtureRequest, device: torch.device, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = request.getfixturevalue(name)
    features = list(encoded(kind, encoder, LENGTHS, 10).features)
    expected = one_by_one(kind, encoder, features)
    for budget in (200, 100_000):
        model, padding = model_for(kind, encoder, features, device)
        monkeypatch.setattr(room, "TOKENS", budget)
        found = run(pack(model, device) if packed else model, features, padding, "float32", raw)
        for mine, theirs in zip(found, expected, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_bfloat16_is_near(kind: str, encoder: Encoder, device: torch.device) -> None:
    features = list(encoded(kind, encoder, LENGTHS, 6).features)
    model, padding = model_for(kind, encoder, features, device)
    exact, rough = (np.concatenate(run(model, features, padding, precision, raw)) for precision in ("float32", "bfloat16"))
    assert 0 < np.abs(rough - exact).max() < 0.004  # eight bits of values below 1


def test_a_model_reads_the_table_of_another_language(encoder: Encoder, device: torch.device) -> None:
    """Trained on English ids alone, then given the rows of Russian and Arabic."""
    model, _ = model_for("sequence_classification", encoder, encoded("sequence_classification", encoder, LENGTHS, 4).features, device)
    task = task_of("sequence_classification")
    data = [SentencePair(str(i), text, "где", "neutral") for i, text in enumerate(("кот спит", "القطة", "the кот"))]
    features = FORMS["sequence_classification"].encode(data, encoder.tokenizer, task, LENGTHS)
    cut = cut_for(encoder, features)
    found = run(with_table(model, encoder, cut, device), features, padding_for(encoder, cut, device), "float32", raw)
    everything = VocabularyCut.whole(len(encoder.table.base))
    again = run(with_table(model, encoder, everything, device), features, padding_for(encoder, everything, device), "float32", raw)
    np.testing.assert_allclose(np.stack(found), np.stack(again), rtol=1e-5, atol=1e-6)
    changed = replace(encoder, table=encoder.table.updated(cut.ids, encoder.table.look_up(cut.ids).flip(0), 1.0))
    other = run(with_table(model, changed, cut, device), features, padding_for(encoder, cut, device), "float32", raw)
    assert np.abs(np.stack(other) - np.stack(found)).max() > 1e-4


class Others:
    """Two processes of which this one had nothing to count: another's outputs are all there are."""

    alone = False

    def __init__(self, theirs: list[Any]) -> None:
        self.theirs = theirs

    def everybodys(self, own: list[Any]) -> list[list[Any]]:
        assert own == []
        return [own, self.theirs]


def test_what_another_process_found_comes_as_it_was_found() -> None:
    """Retrieval stacks tensors, evaluation takes arrays: a process without any of its own does not know which."""
    tensor, array = np.arange(3.0, dtype=np.float32), np.arange(4.0)
    one, two, nothing = _of_all([None, None, None], Others([(0, True, tensor), (1, False, array)]))  # type: ignore[arg-type]
    assert isinstance(one, torch.Tensor)
    assert one.tolist() == tensor.tolist()
    assert two is array
    assert nothing is None


def test_results_come_in_the_order_of_the_features(encoder: Encoder, device: torch.device) -> None:
    features = list(encoded("sequence_classification", encoder, LENGTHS, 12).features)
    model, padding = model_for("sequence_classification", encoder, features, device)
    assert run(model, features, padding, "float32", lambda _, batch: [feature.rows for feature in batch.features]) == [
        f.rows for f in features
    ]
    assert not model.training


@pytest.mark.parametrize("kind", KINDS)
def test_an_evaluation_depends_on_no_other_example(kind: str, encoder: Encoder, device: torch.device) -> None:
    """The predictions of a set are those of its examples each by itself."""
    whole = encoded(kind, encoder, PROTOCOL, 8)
    model, padding = model_for(kind, encoder, whole.features, device)
    together = evaluate_set(model, whole, padding, PROTOCOL, "en")
    for index in range(8):
        features = [replace(feature, example=0) for feature in whole.features if feature.example == index]
        alone = evaluate_set(model, replace(whole, examples=whole.examples[index : index + 1], features=features), padding, PROTOCOL, "en")
        assert alone.predictions == together.predictions[index : index + 1]
        assert all((alone.counts[key][0] == together.counts[key][index]).all() for key in together.counts)
