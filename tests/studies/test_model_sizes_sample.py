"""The models of the size study at small scale: cut, made shallow and taught without a label."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
import torch

from stiltsreport.shipped import shipped

LINES = [
    "The cat sleeps on the red chair.",
    "Die Katze schläft auf dem roten Stuhl.",
    "El gato duerme en la silla roja.",
    "猫在红色的椅子上睡觉。",
]


@pytest.fixture(scope="module")
def make() -> ModuleType:
    found = importlib.util.spec_from_file_location("make_sizes", shipped("studies") / "model_sizes_sample" / "make.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_layers_are_kept_evenly_and_the_last_always(make: ModuleType):
    assert make.kept_layers(3) == [3, 7, 11]
    assert make.kept_layers(6) == [1, 3, 5, 7, 9, 11]
    assert all(make.kept_layers(depth)[-1] == 11 and len(set(make.kept_layers(depth))) == depth for depth in range(1, 13))


@pytest.mark.slow
def test_a_cut_encoder_is_the_whole_one_on_what_it_kept_and_a_shallow_one_learns_from_it(make: ModuleType, tmp_path: Path):
    import transformers

    from stiltsreport.modeling.embedded import materialise

    texts = tmp_path / "data" / "mlm" / "sentences"
    texts.mkdir(parents=True)
    (texts / "xx.txt").write_text("\n".join(LINES * 30) + "\n", encoding="utf-8")
    to = tmp_path / "models"
    arguments = ["--data", str(tmp_path / "data"), "--to", str(to), "--layers", "3", "--steps", "12", "--batch", "8"]
    assert make.main(arguments) == 0

    whole = materialise(tmp_path / "whole")
    tokenizers = [transformers.AutoTokenizer.from_pretrained(folder) for folder in (whole, to / "layers-12")]
    models = [transformers.BertModel.from_pretrained(folder, add_pooling_layer=False).eval() for folder in (whole, to / "layers-12")]
    assert models[1].config.vocab_size < models[0].config.vocab_size / 10
    for line in LINES:
        inputs = [tokenizer(line, return_tensors="pt") for tokenizer in tokenizers]
        assert tokenizers[0].tokenize(line) == tokenizers[1].tokenize(line)
        with torch.no_grad():
            first, second = (model(**one).last_hidden_state for model, one in zip(models, inputs, strict=True))
        torch.testing.assert_close(first, second)
    assert tokenizers[1].mask_token_id == models[1].config.vocab_size - 1

    shallow = transformers.BertModel.from_pretrained(to / "layers-3", add_pooling_layer=False)
    assert shallow.config.num_hidden_layers == 3
    left = json.loads((to / "made.json").read_text(encoding="utf-8"))["unexplained"]["3"]
    assert left["after"] < left["before"]


def test_no_text_is_an_error(make: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert make.main(["--data", str(tmp_path), "--to", str(tmp_path / "to")]) == 2
    assert "no sentences/LANGUAGE.txt" in capsys.readouterr().err
