"""Languages evaluated in one pass: the predictions and counts of one pass each, and the same numbers but for float noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from stiltsreport.modeling.inference import cut_for, padding_for, run
from stiltsreport.modeling.packed import pack
from stiltsreport.modeling.passes import evaluate_set, evaluate_sets
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.modeling.tokens import Joined
from stiltsreport.recipes import Protocol
from tests.modeling.small import NAMES, encoded, model_for

PROTOCOL = Protocol(max_length=48, document_stride=16, query_length=24, passage_length=32)
LANGUAGES = ("en", "de", "sw")


@pytest.mark.parametrize("packs", [False, True])
@pytest.mark.parametrize("kind", NAMES)
def test_together_as_alone(kind: str, encoder, device: torch.device, packs: bool):
    sets = [encoded(kind, encoder, PROTOCOL, count, seed) for count, seed in ((9, 0), (4, 1), (13, 2))]
    joined = Joined([data.features for data in sets])
    model, padding = model_for(kind, encoder, joined, device)
    if packs:
        model = pack(model, device)
    together = evaluate_sets(model, sets, padding, PROTOCOL, LANGUAGES)
    assert [evaluation.language for evaluation in together] == list(LANGUAGES)
    for data, language, found in zip(sets, LANGUAGES, together, strict=True):
        alone = evaluate_set(model, data, padding, PROTOCOL, language)
        assert found.ids == alone.ids == tuple(example.id for example in data.examples)
        assert found.predictions == alone.predictions
        assert found.golds == alone.golds
        assert found.counts.keys() == alone.counts.keys()
        for key, counts in found.counts.items():
            assert np.array_equal(counts, alone.counts[key])
    assert len({str(evaluation.predictions) for evaluation in together}) == 3


@pytest.mark.parametrize("kind", ["question_answering", "dual_encoder"])  # whose outputs are numbers
def test_numbers_differ_by_float_noise_at_most(kind: str, encoder, device: torch.device):
    sets = [encoded(kind, encoder, PROTOCOL, count, seed) for count, seed in ((9, 0), (4, 1))]
    joined, form = Joined([data.features for data in sets]), FORMS[kind]
    model, padding = model_for(kind, encoder, joined, device)
    for data, found in zip(sets, joined.split(run(model, joined, padding, "float32", form.outputs)), strict=True):
        alone = run(model, data.features, padding_for(encoder, cut_for(encoder, joined), device), "float32", form.outputs)
        for one, other in zip(found, alone, strict=True):
            assert np.abs(one - other).max() < 1e-5


def test_examples_are_read_once(encoder, device: torch.device):
    from stiltsreport.modeling.encoded_set import Unread

    data = encoded("question_answering", encoder, PROTOCOL, 6)
    model, padding = model_for("question_answering", encoder, data.features, device)
    reads = []
    unread = replace(data, examples=Unread(6, lambda: (reads.append(1), data.examples)[1]))
    assert (
        evaluate_set(model, unread, padding, PROTOCOL, "en").predictions == evaluate_set(model, data, padding, PROTOCOL, "en").predictions
    )
    assert reads == [1]
