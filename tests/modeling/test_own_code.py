"""Code that a checkpoint brings runs where transformers has none: trust never changes what a model computes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers

from stiltsreport.modeling.encoder import Encoder, load_pretrained, with_head
from stiltsreport.modeling.vocabulary import VocabularyCut
from stiltsreport.study.beside import Beside
from stiltsreport.study.definitions import model_of_checkpoint
from tests.architectures import make_architecture

CODE = """
import pathlib
import transformers

pathlib.Path(__file__).with_name("ran").touch()


class Config(transformers.{name}Config):
    model_type = "{kind}"


class Model(transformers.{name}Model):
    config_class = Config
"""


def bringing_code(folder: Path, name: str, kind: str) -> Path:
    """A checkpoint whose config names code beside it."""
    file = folder / "config.json"
    own = {"AutoConfig": "own.Config", "AutoModel": "own.Model"}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"model_type": kind, "auto_map": own}))
    (folder / "own.py").write_text(CODE.format(name=name, kind=kind))
    return folder


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Encoder]:
    monkeypatch.setattr(transformers.dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))

    def loaded(folder: Path, *, trusted: bool) -> Encoder:
        model = model_of_checkpoint(str(folder), Beside(folder.parent), "models")
        return load_pretrained(model, None, folder, offline=True, trust_remote_code=trusted)

    return loaded


def head_of(encoder: Encoder) -> torch.Tensor:
    """A fresh head of seed 1."""
    cut = VocabularyCut.whole(len(encoder.table.base))
    model = with_head(encoder, transformers.AutoModelForTokenClassification, cut, 1, labels=3, dropout=0.0)
    return next(value for name, value in model.named_parameters() if name.endswith(("classifier.weight", "score.weight")))


def test_trust_in_what_transformers_knows_changes_nothing(load: Callable[..., Encoder], tmp_path: Path) -> None:
    """A head is drawn the same, and no code runs."""
    folder = bringing_code(make_architecture(tmp_path / "known", "llama"), "Llama", "llama")
    plain, trusted = (load(folder, trusted=trusted) for trusted in (False, True))
    assert not trusted.trusted
    assert not list(tmp_path.rglob("ran"))
    assert torch.equal(head_of(plain), head_of(trusted))


def test_what_transformers_does_not_know_is_read_by_its_own_code(load: Callable[..., Encoder], tmp_path: Path) -> None:
    folder = bringing_code(make_architecture(tmp_path / "unknown", "llama"), "Llama", "newcomer")
    found = load(folder, trusted=True)
    assert found.trusted
    assert list(tmp_path.rglob("ran"))
    shutil.rmtree(tmp_path / "modules")


def test_a_head_is_drawn_as_the_id_says(load: Callable[..., Encoder], tmp_path: Path) -> None:
    """Behind the encoder where nothing is known of the architecture, which is what an id without a word of it means."""
    folder = make_architecture(tmp_path / "known", "llama")
    model = model_of_checkpoint(str(folder), Beside(tmp_path), "models")
    unknown = type(model)(model.name, model.title, model.checkpoint, "", 0, 0, 0, 0, "", "")
    drawn = {one.architecture: load_pretrained(one, None, tmp_path, offline=True) for one in (model, unknown)}
    assert {name: encoder.head for name, encoder in drawn.items()} == {"llama": "alone", "": "behind the encoder"}
    config = drawn[""].config
    config.num_labels = 3
    torch.manual_seed(1)
    behind = transformers.LlamaForTokenClassification(config).score.weight
    assert torch.equal(head_of(drawn[""]), behind)
    assert not torch.equal(head_of(drawn["llama"]), behind)
