"""Latency: how long one example takes by itself, from tensors to outputs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from torch import nn

from stiltsreport.modeling.batches import Batch, Padding
from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.inference import run
from stiltsreport.modeling.tokens import lengths_of

TRIALS = 5  # examples, those whose length is next to the median one


def latency(
    model: nn.Module,
    features: Sequence[Feature],
    padding: Padding,
    precision: Literal["float32", "bfloat16"],
    outputs: Callable[[nn.Module, Batch], list[Any]],
    peers: Peers = ALONE,
) -> float | None:
    """Seconds that one example takes alone, in a batch of one: the median over a few examples of about median length.

    The model is warm: it has worked before. Outputs are on the CPU when the clock stops. None where there is no example.
    """
    lengths = lengths_of(features)
    if not len(lengths):
        return None
    nearest = np.argsort(np.abs(lengths - np.median(lengths)), kind="stable")[:TRIALS].tolist()
    seconds = []
    for place in nearest:
        began = time.perf_counter()
        run(model, [features[place]], padding, precision, outputs, peers)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)
