"""Folders of models that nobody means well with, or that a download left torn: one clear error, nothing run, no memory taken."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling import encoder
from stiltsreport.modeling.encoder import load_pretrained
from stiltsreport.models import Model
from tests.tiny import make_tiny_model


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "model"))


def load(folder: Path) -> object:
    model = Model("m", "m", str(folder), "bert", 0, 2, 32, 0, "unknown", "")
    return load_pretrained(model, None, folder.parent / "cache", offline=True)


class Evil:
    """What makes a file when it is unpickled."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[Callable[..., int], tuple[str]]:
        return os.system, (f"touch {self.made}",)


def entry(name: str, value: object) -> Callable[[Path], object]:
    """Writes an entry of config.json."""

    def write(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | {name: value}))

    return write


def bytes_of(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def test_the_folder_is_sound_before(folder: Path) -> None:
    load(folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl"])
def test_a_pickle_is_refused_and_never_read(folder: Path, name: str, tmp_path: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(pickle.dumps(Evil(tmp_path / "made")))
    with pytest.raises(StiltsReportError, match=rf"model m: {name} is a pickle, which may run any code: it is not read; convert it"):
        load(folder)
    assert not (tmp_path / "made").exists()


def test_beside_safetensors_a_pickle_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Evil(tmp_path / "made")))
    load(folder)
    assert not (tmp_path / "made").exists()


def test_a_pickle_that_the_hub_has_runs_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the Hub older models have pickles alone; what would look at a folder first is left out here, so that transformers reads it."""
    monkeypatch.setattr(encoder, "check_folder", lambda *_: None)
    (folder / "model.safetensors").unlink()
    torch.save({"embeddings.x": Evil(tmp_path / "made")}, folder / "pytorch_model.bin")
    with pytest.raises(StiltsReportError, match="cannot load"):
        load(folder)
    assert not (tmp_path / "made").exists()
    torch.load(folder / "pytorch_model.bin", weights_only=False)
    assert (tmp_path / "made").exists(), "the pickle is a live one"


def test_code_that_comes_with_a_model_is_not_run_unless_the_study_names_it(folder: Path, tmp_path: Path) -> None:
    entry("auto_map", {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"})(folder)
    entry("model_type", "evil")(folder)
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'made')!r}, 'w')\n")
    with pytest.raises(StiltsReportError, match="it brings code of its own; read that code, and if you trust it"):
        load(folder)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (bytes_of("model.safetensors", lambda data: data[:-100]), "model.safetensors is cut off"),
        (bytes_of("model.safetensors", lambda data: data[:50]), "model.safetensors is cut off"),
        (bytes_of("model.safetensors", lambda _: b""), "model.safetensors is cut off: 0 bytes of 8"),
        (bytes_of("model.safetensors", lambda data: b"\xff" * 8 + data[8:]), "model.safetensors is cut off"),
        (bytes_of("model.safetensors", lambda data: data[:8] + b"[" + data[9:]), "model.safetensors is damaged"),
        (bytes_of("config.json", lambda data: data[:20]), "config.json cannot be read"),
        (bytes_of("config.json", lambda _: b"[" * 100_000), "config.json cannot be read"),
        (bytes_of("config.json", lambda _: b"[]"), "config.json is no JSON object"),
        (bytes_of("config.json", lambda _: b"\xff\xfe"), "config.json cannot be read"),
        (entry("hidden_size", "wide"), "config.json: hidden_size is 'wide'; a whole number"),
        (entry("num_hidden_layers", -1), "config.json: num_hidden_layers is -1"),
        (entry("hidden_size", 10**6), "describes a model of"),
        (entry("vocab_size", 10**10), "describes a model of"),
        (entry("num_hidden_layers", 10**9), "describes a model of"),
        (entry("num_hidden_layers", 3), "lacks 16 weights of its encoder"),
        (entry("hidden_size", 48), "cannot load"),
        (entry("num_attention_heads", 5), "cannot load"),
        (entry("num_attention_heads", 0), "cannot load"),
        (entry("hidden_act", "evil"), "cannot load"),
        (entry("hidden_act", ["gelu"]), "cannot load"),
        (entry("model_type", 7), "cannot load"),
        (entry("model_type", "../x"), "cannot load"),
        (bytes_of("tokenizer.json", lambda data: data[:200]), "cannot load"),
        (bytes_of("tokenizer.json", lambda _: b"[]"), "cannot load|tokenizer"),
        (bytes_of("tokenizer.json", lambda _: b"\xff"), "cannot load"),
        (bytes_of("tokenizer_config.json", lambda _: b"[1]"), "cannot load"),
        (bytes_of("tokenizer_config.json", lambda _: b"{"), "cannot load"),
        (lambda folder: (folder / "config.json").unlink(), "has no config.json"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), "cannot load"),
        (
            lambda folder: (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../../x.safetensors"}}'),
            r"model.safetensors.index.json names '../../x.safetensors'",
        ),
    ],
)
def test_what_is_damaged_is_one_error(folder: Path, damage: Callable[[Path], object], said: str) -> None:
    damage(folder)
    with pytest.raises(StiltsReportError, match=said) as caught:
        load(folder)
    assert "model m" in str(caught.value)
    assert len(str(caught.value)) < 1_500
