"""The peak of a step against the bytes of all tensors that really live at once, counted on a CPU as a GPU's allocator counts them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import torch
import transformers
from torch.nn import functional

from stiltsreport.memory import Setting, footprint
from stiltsreport.memory.footprint import GPU_RUNTIME
from stiltsreport.model_arithmetic import architecture
from stiltsreport.modeling.packed import Packing, pack
from stiltsreport.modeling.packed.masks import Masks
from stiltsreport.modeling.room import recompute
from tests.memory.live import Live

CPU = torch.device("cpu")
ROWS, LENGTH = 16, 64
SIZES = {"vocab_size": 3000, "hidden_size": 192, "num_hidden_layers": 5, "num_attention_heads": 4, "intermediate_size": 768}


def lived(config: Any, *, half: bool, pieces: int, again: bool) -> int:
    """The most bytes at once over two steps of AdamW."""
    model: Any = pack(transformers.AutoModelForSequenceClassification.from_config(config).train(), CPU)
    if again:
        recompute(model)
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    ids = torch.randint(5, 2900, (ROWS, LENGTH))
    lengths = (LENGTH,) * ROWS
    live = Live((*model.parameters(), *model.buffers()))
    with live:
        for _ in range(2):
            for _ in range(pieces):
                packing = Packing.of(lengths, CPU, Masks((1, 2), [(row,) for row in range(ROWS)], lengths))
                with torch.autocast("cpu", torch.bfloat16, enabled=half):
                    logits = model(input_ids=ids, attention_mask=torch.ones_like(ids), packing=packing).logits
                    loss = functional.cross_entropy(logits.float(), torch.zeros(ROWS, dtype=torch.long))
                loss.backward()
                del loss, logits
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
    return live.peak


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("pieces", [1, 2])
@pytest.mark.parametrize("half", [False, True])
def test_a_step_s_peak(half: bool, pieces: int, again: bool):
    config = transformers.AutoConfig.for_model("xlm-roberta-xl", pad_token_id=1, **SIZES)
    sizes = architecture(json.loads(config.to_json_string()))
    setting = Setting(gpu=True, half=half, tokens=ROWS * LENGTH, context=LENGTH, rows=3000, recompute=again, accumulates=pieces > 1)
    # The packed attention of a CPU keeps its probabilities, which a GPU's fused kernels do not; masks by key lie outside torch.
    square = (2 if half else 4) * sizes.heads * LENGTH - 2 * sizes.hidden
    more = ROWS * LENGTH * square * (1 if again else sizes.layers)
    found = footprint(sizes, setting)
    predicted = (
        found.weights + found.moments + found.working + (more if found.working > found.gradients else 0) + found.runtime - GPU_RUNTIME
    )
    assert lived(config, half=half, pieces=pieces, again=again) == pytest.approx(predicted, rel=0.07)


def test_what_recomputation_and_pieces_are_worth():
    config = transformers.AutoConfig.for_model("xlm-roberta-xl", pad_token_id=1, **SIZES)
    sizes = architecture(json.loads(config.to_json_string()))
    setting = Setting(gpu=True, half=True, tokens=8192, context=LENGTH)
    assert footprint(sizes, replace(setting, recompute=True)).peak < footprint(sizes, setting).peak
    assert footprint(sizes, setting).peak < footprint(sizes, replace(setting, accumulates=True)).peak
