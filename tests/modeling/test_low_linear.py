"""Frozen linear layers that are read in bfloat16: the numbers of a model that is made in float32 and rounded, in half the memory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stiltsreport.adaptation import Adaptation
from stiltsreport.modeling import shared_encoder
from stiltsreport.modeling.adapted import begins_low
from stiltsreport.modeling.encoder import Encoder
from stiltsreport.modeling.finetune import finetune
from stiltsreport.modeling.low_linear import LowLinear
from stiltsreport.modeling.seeds import Seeds
from tests.architectures import make_architecture
from tests.modeling.architectures.test_loading import in_shards, loaded
from tests.modeling.test_adapted import CPU, LORA, RECIPE, SEEDS, part

HALF = replace(RECIPE, precision="bfloat16")
GPU = torch.device("cuda", 0)


@pytest.mark.parametrize("family", ["xlm-roberta-xl", "llama"])
@pytest.mark.parametrize("start", ["pretrained", "merged", "stacked"])
def test_they_give_the_losses_of_weights_that_are_rounded_as_they_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str, start: str
) -> None:
    """From a checkpoint of float32; on a CPU they are left in it, and autocast rounds them at every product."""
    encoder = loaded(make_architecture(tmp_path / "m", family), large=0)
    adaptation = LORA
    if start != "pretrained":  # with an adapter of an earlier training in its weights, or beside them
        adaptation = replace(LORA, stack=start)  # type: ignore[arg-type]
        encoder = finetune(
            encoder, [part("token_classification", encoder)], RECIPE, Seeds(1, "intermediate", ("set",)), CPU, adaptation=LORA
        ).encoder
    one = part("sequence_classification", encoder, HALF, selects=True)
    plain = finetune(encoder, [one], HALF, SEEDS, CPU, adaptation=adaptation)

    def as_for_a_gpu(encoder: Encoder, _device: torch.device, precision: str, adaptation: Adaptation) -> bool:
        return begins_low(encoder, GPU, precision, adaptation)  # type: ignore[arg-type]

    monkeypatch.setattr(shared_encoder, "begins_low", as_for_a_gpu)
    low = finetune(encoder, [one], HALF, SEEDS, CPU, adaptation=adaptation)
    assert [step.loss for step in low.curve] == [step.loss for step in plain.curve]
    assert {layer.weight.dtype for layer in low.model.modules() if isinstance(layer, LowLinear)} == {torch.bfloat16}
    assert not any(isinstance(layer, LowLinear) for layer in plain.model.modules())
    ours, theirs = (one.encoder.adapters[-1].factors for one in (low, plain))
    assert all(torch.equal(ours[name], value) for name, value in theirs.items())
    assert all(value.dtype == torch.float32 for value in low.model.parameters() if value.requires_grad)


def test_what_needs_whole_weights_is_read_whole(tmp_path: Path) -> None:
    encoder = loaded(make_architecture(tmp_path / "m", "llama"))
    assert begins_low(encoder, GPU, "bfloat16", LORA)
    assert not begins_low(encoder, GPU, "bfloat16")
    assert not begins_low(encoder, GPU, "float32", LORA)
    assert not begins_low(encoder, CPU, "bfloat16", LORA)
    assert not begins_low(encoder, GPU, "bfloat16", replace(LORA, method="dora"))
    assert not begins_low(replace(encoder, bits=4), GPU, "bfloat16", replace(LORA, bits=4))
    assert not begins_low(encoder, GPU, "bfloat16", Adaptation("frozen"))


MEASURE = r"""
import re, sys, torch, transformers
from dataclasses import replace
from pathlib import Path
from stiltsreport.adaptation import Adaptation
from stiltsreport.modeling.adapted import adapt
from stiltsreport.modeling.encoder import load_pretrained, with_head
from stiltsreport.modeling.inference import cut_for
from stiltsreport.models import Model
def made(folder):
    model = replace(Model("m", "m", folder, "m", 0, 2, 32, 0, "", ""), architecture="llama")  # whose heads are drawn alone
    encoder = load_pretrained(model, None, Path(folder), offline=True, large=0)
    head = transformers.AutoModelForSequenceClassification
    model = with_head(encoder, head, cut_for(encoder, []), 0, labels=3, dropout=None, low=sys.argv[3] == "low")
    return adapt(model, encoder, torch.device("cpu"), "bfloat16", Adaptation("lora", rank=4), seed=1)
def peak():
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
made(sys.argv[1])  # what imports and classes take
before = peak()
model = made(sys.argv[2])
assert all(value.isfinite().all() for value in model.parameters())
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs Linux's account of a process")
def test_a_checkpoint_in_shards_takes_its_own_size(tmp_path: Path) -> None:
    """At its peak, adapters beside it. Made in float32 it takes twice that; XLM-R XXL in bfloat16 is 21.4 GB, by which it fits 26."""
    warm = make_architecture(tmp_path / "warm", "llama", dtype="bfloat16")
    folder = make_architecture(tmp_path / "large", "llama", dtype="bfloat16", layers=24, hidden=1024)
    in_shards(folder, count=8)
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    taken = {}
    for how in ("low", "float32"):
        command = [sys.executable, "-c", MEASURE, str(warm), str(folder), how]
        taken[how] = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / size
    assert 0.9 < taken["low"] < 1.25
    assert taken["float32"] > 1.8
