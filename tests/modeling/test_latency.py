"""Latency: one example at a time, those of about median length, the median of their times."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from stiltsreport.modeling import latency as module
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.latency import TRIALS, latency
from stiltsreport.recipes import Recipe
from tests.modeling.small import encoded, model_for

KIND = "sequence_classification"


def test_examples_of_median_length_go_alone(encoder: Encoder, device: torch.device, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(KIND, encoder, Recipe(max_length=40), 24)
    model, padding = model_for(KIND, encoder, data.features, device)
    seen: list[int] = []
    clock = iter([0.0, 5.0, 10.0, 11.0, 20.0, 23.0, 30.0, 32.0, 40.0, 44.0])

    def outputs(_model: Any, batch: Any) -> list[int]:
        assert len(batch.features) == 1
        seen.append(batch.features[0].length)
        return [0]

    monkeypatch.setattr(module.time, "perf_counter", lambda: next(clock))
    assert latency(model, data.features, padding, "float32", outputs) == 3.0
    lengths = sorted(feature.length for feature in data.features)
    median = (lengths[11] + lengths[12]) / 2
    assert sorted(abs(length - median) for length in seen) == sorted(abs(length - median) for length in lengths)[:TRIALS]


def test_nothing_takes_no_time(encoder: Encoder, device: torch.device) -> None:
    data = encoded(KIND, encoder, Recipe(max_length=40), 4)
    model, padding = model_for(KIND, encoder, data.features, device)
    assert latency(model, [], padding, "float32", lambda _model, _batch: []) is None
