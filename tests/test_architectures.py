"""One record of an architecture: whatever asks what an architecture is reads it there, so that one entry adds one."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

import stiltsreport
from stiltsreport.architectures import ARCHITECTURES, ArchitectureRecord, record_of
from stiltsreport.errors import StiltsReportError
from stiltsreport.memory.activations import activation_bytes, way_of
from stiltsreport.model_arithmetic import architecture
from stiltsreport.modeling.architectures.attention import direct, is_causal
from stiltsreport.modeling.architectures.classes import check_masked
from stiltsreport.modeling.architectures.padding import positions_by_padding
from stiltsreport.modeling.packed import is_packed, pack
from stiltsreport.models import MODELS, SHAPES
from stiltsreport.study.beside import Beside
from stiltsreport.study.definitions import defined_model, model_of_checkpoint
from stiltsreport.study.schema import ModelDefinition
from tests.tiny import make_tiny_tokenizer

SIZES = {
    "vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 48,
    "pad_token_id": 0, "head_dim": 16,
}  # fmt: skip


class NewcomerConfig(transformers.LlamaConfig):
    """Llama under a name that nobody knows."""

    model_type = "newcomer"


@pytest.fixture
def newcomer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A model of an architecture that has one entry, and nothing else."""
    entry = ArchitectureRecord("newcomer", "decoder", layers="Llama", packable=True, turns=True)
    monkeypatch.setitem(ARCHITECTURES, "newcomer", entry)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return transformers.LlamaModel(NewcomerConfig(**SIZES))


def folder_of(model: Any, folder: Path) -> Path:
    """Its config.json, as planning reads it."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(model.config.to_dict()), encoding="utf-8")
    make_tiny_tokenizer(folder)
    return folder


def test_an_entry_is_enough_to_count_its_weights_and_activations(newcomer: Any):
    sizes = architecture({**SIZES, "model_type": "newcomer"})
    assert sizes.parameters == sum(value.numel() for value in newcomer.parameters())
    assert way_of("newcomer", gpu=True, half=True) == "packed"
    as_llama = architecture({**SIZES, "model_type": "llama"})
    assert activation_bytes(sizes, 9, gpu=False, half=False) == activation_bytes(as_llama, 9, gpu=False, half=False)


def test_an_entry_is_enough_for_a_study_to_know_a_decoder(newcomer: Any, tmp_path: Path):
    found = model_of_checkpoint(str(folder_of(newcomer, tmp_path / "newcomer")), Beside(tmp_path), "models")
    assert (found.kind, found.attention, found.architecture) == ("decoder", "causal", "newcomer")
    definition = ModelDefinition(checkpoint="OWNER/NAME", config={**SIZES, "model_type": "newcomer"})
    on_hub = defined_model("mine", definition, Beside(tmp_path), "models")
    assert (on_hub.kind, on_hub.attention, on_hub.parameters) == ("decoder", "causal", found.parameters)


def test_an_entry_is_enough_to_turn_and_to_pack_it(newcomer: Any):
    assert is_causal(newcomer)
    assert not is_causal(direct(newcomer, "bidirectional"))
    assert is_packed(pack(newcomer, torch.device("cpu")))
    with pytest.raises(StiltsReportError, match="newcomer has no head for masked language modelling"):
        check_masked(newcomer.config)


def test_without_its_entry_it_is_refused_or_left_as_it_is(tmp_path: Path):
    model = transformers.LlamaModel(NewcomerConfig(**SIZES))
    assert model_of_checkpoint(str(folder_of(model, tmp_path / "newcomer")), Beside(tmp_path), "models").kind == "encoder"
    assert not is_packed(pack(model, torch.device("cpu")))
    assert is_causal(model)
    with pytest.raises(StiltsReportError, match="newcomer cannot be made to read in both directions"):
        direct(model, "bidirectional")
    with pytest.raises(StiltsReportError, match="unknown model_type 'newcomer'"):
        architecture({**SIZES, "model_type": "newcomer"})


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_transformers_knows_every_entry(name: str):
    config = transformers.AutoConfig.for_model(name)
    assert positions_by_padding(config) == ("roberta" in name)
    assert record_of(name).turns <= (record_of(name).kind == "decoder")


@pytest.mark.parametrize("model", [*MODELS.values(), *SHAPES.values()], ids=lambda model: model.name)
def test_records_of_models_say_what_their_architecture_is(model: Any):
    assert model.kind == ARCHITECTURES[model.architecture].kind
    assert model.attention == ("causal" if model.kind == "decoder" else "bidirectional")


# The record itself, models by name, and classes by architecture and head.
OWN = {"architectures.py", "models.py", "modeling/architectures/own_heads.py"}


def test_no_other_module_lists_architectures():
    """A list of two architectures is a fact of both that belongs into their entries."""
    package = Path(stiltsreport.__file__).parent
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if file.relative_to(package).as_posix() not in OWN else ():
            named = node.keys if isinstance(node, ast.Dict) else node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else []
            listed = {one.value for one in named if isinstance(one, ast.Constant) and one.value in ARCHITECTURES}
            assert len(listed) < 2, f"{file.relative_to(package)}:{node.lineno} lists {sorted(listed)}"
