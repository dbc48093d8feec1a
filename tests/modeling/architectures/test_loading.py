"""Large checkpoints: read from their files when a model is made of them, in their own precision, and never in memory twice."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.architectures.stored_weights import StoredWeights
from stiltsreport.modeling.encoder import Encoder, load_encoder, load_pretrained, save_encoder, with_head, without_head
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.models import Model
from tests.architectures import ARCHITECTURES, make_architecture, tiny_config
from tests.modeling.architectures.conftest import Loader


def loaded(folder: Path, large: int = 0) -> Encoder:
    return load_pretrained(Model("m", "m", str(folder), "m", 0, 2, 32, 0, "", ""), None, folder, offline=True, large=large)


def in_shards(folder: Path, prefix: str = "", count: int = 3) -> None:
    """Split a checkpoint into several files with an index, as large ones are; `prefix` before each weight's name."""
    whole = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(whole)
    files = {name: f"model-{number % count + 1:05}-of-{count:05}.safetensors" for number, name in enumerate(names)}
    for file in set(files.values()):
        save_file({prefix + name: whole[name].clone() for name in names if files[name] == file}, folder / file, {"format": "pt"})
    index = {"metadata": {}, "weight_map": {prefix + name: file for name, file in files.items()}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_weights_in_files_are_those_that_transformers_loads(load: Loader, name: str):
    held, stored = load(name), load(name, large=0)
    assert isinstance(held.weights, dict)
    assert isinstance(stored.weights, StoredWeights)
    assert set(stored.weights) == set(held.weights)
    assert all(torch.equal(stored.weights[key], value) for key, value in held.weights.items())
    assert torch.equal(stored.table.base, held.table.base)


@pytest.mark.parametrize("prefix", ["", "model.", "language_model.model."])
def test_shards_in_half_precision(tmp_path: Path, prefix: str):
    folder = make_architecture(tmp_path / "m", "qwen3", dtype="bfloat16")
    whole = loaded(folder, large=2**40)
    in_shards(folder, prefix)
    encoder = loaded(folder)
    assert encoder.precision == torch.bfloat16
    assert whole.precision == torch.float32
    cut = VocabularyCut.whole(len(encoder.table.base))
    auto = transformers.AutoModelForSequenceClassification
    theirs, ours, half = (
        with_head(one, auto, cut, 3, labels=3, dropout=None, dtype=dtype)
        for one, dtype in ((whole, torch.float32), (encoder, torch.float32), (encoder, torch.bfloat16))
    )
    assert all(torch.equal(value, theirs.state_dict()[name]) for name, value in ours.state_dict().items())
    assert {value.dtype for value in half.parameters()} == {torch.bfloat16}
    # What is trained from them is handed on in float32, over the table in the checkpoint's files.
    after = without_head(encoder, ours, cut, 1.0)
    save_encoder(after, tmp_path / "encoder.safetensors")
    again = load_encoder(tmp_path / "encoder.safetensors", encoder)
    assert {value.dtype for value in again.weights.values()} == {torch.float32}
    assert torch.equal(again.table.look_up(cut.ids), whole.table.base)


def test_the_text_part_of_a_checkpoint_that_sees(tmp_path: Path):
    folder = make_architecture(tmp_path / "m", "gemma3")
    plain = loaded(folder, large=2**40)
    text = tiny_config("gemma3", len(plain.table.base))
    vision = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "image_size": 28,
        "patch_size": 14,
    }
    with torch.random.fork_rng(devices=[]):
        seeing: Any = transformers.Gemma3ForConditionalGeneration(transformers.Gemma3Config(text_config=text, vision_config=vision))
    seeing.model.language_model.load_state_dict(transformers.AutoModel.from_pretrained(folder).state_dict())
    seeing.save_pretrained(folder)
    for large in (0, 2**40):
        encoder = loaded(folder, large=large)
        assert encoder.config.model_type == "gemma3_text"
        assert set(encoder.weights) == set(plain.weights)
        assert all(torch.equal(encoder.weights[name], value) for name, value in plain.weights.items())


def test_a_shard_that_is_not_there_is_said(tmp_path: Path):
    folder = make_architecture(tmp_path / "m", "llama")
    in_shards(folder)
    (folder / "model-00002-of-00003.safetensors").unlink()
    with pytest.raises(StiltsReportError, match="model m"):
        loaded(folder)


def test_another_process_reads_the_same_files(load: Loader):
    encoder = load("llama", large=0)
    again = pickle.loads(pickle.dumps(encoder.weights))
    assert all(torch.equal(again[name], value) for name, value in encoder.weights.items())


MEASURE = r"""
import re, sys, torch, transformers
from pathlib import Path
from stiltsreport.modeling.encoder import load_pretrained, with_head
from stiltsreport.modeling.inference import cut_for
from stiltsreport.models import Model
warm, folder = Path(sys.argv[1]), Path(sys.argv[2])
def made(folder, large):
    encoder = load_pretrained(Model("m", "m", str(folder), "m", 0, 2, 32, 0, "", ""), None, folder, offline=True, large=large)
    head = transformers.AutoModelForSequenceClassification
    return with_head(encoder, head, cut_for(encoder, []), 0, labels=3, dropout=None, dtype=torch.bfloat16)
def peak():
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
made(warm, 0)  # what imports and classes take
before = peak()
model = made(folder, 0)
assert model.score.weight.isfinite().all()
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs Linux's account of a process")
def test_a_checkpoint_is_never_in_memory_twice(tmp_path: Path):
    warm = make_architecture(tmp_path / "warm", "llama", dtype="bfloat16")
    folder = make_architecture(tmp_path / "large", "llama", dtype="bfloat16", layers=24, hidden=1024)
    in_shards(folder, count=8)
    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    assert weights > 400_000_000
    run = subprocess.run([sys.executable, "-c", MEASURE, str(warm), str(folder)], capture_output=True, text=True, check=True)
    assert 0.9 * weights < int(run.stdout) < 1.2 * weights
