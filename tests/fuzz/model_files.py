"""Files of a model's folder: what a study reads of config.json, and what is looked at before a library opens the weights."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from stiltsreport.modeling.checkpoint_files import check_folder
from stiltsreport.study.beside import Beside
from stiltsreport.study.definitions import model_of_checkpoint
from tests.fuzz.mutations import altered, damaged
from tests.fuzz.running import Target

_CONFIG: dict[str, Any] = {
    "model_type": "bert", "num_hidden_layers": 2, "hidden_size": 4, "vocab_size": 3, "intermediate_size": 8, "num_attention_heads": 2,
    "max_position_embeddings": 16, "type_vocab_size": 2, "architectures": ["BertModel"],
}  # fmt: skip
_HEAD = json.dumps({"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {"format": "pt"}}).encode()
_WEIGHTS = len(_HEAD).to_bytes(8, "little") + _HEAD + bytes(24)
_INDEX = b'{"metadata": {}, "weight_map": {"a": "model.safetensors"}}'


def _folder(files: tuple[bytes, bytes, bytes]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in zip(("config.json", "model.safetensors", "model.safetensors.index.json"), files, strict=True):
            (folder / file).write_bytes(content)
        check_folder(folder, "model m")


def _config(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "config.json").write_bytes(content)
        model_of_checkpoint(name, Beside(Path("/")), "models.0")


_SOUND = json.dumps(_CONFIG).encode()
_CONFIGS = damaged(_SOUND) | altered(_CONFIG).map(lambda tree: json.dumps(tree).encode())
TARGETS = (
    Target("config.json", _CONFIGS, _config, share=4),
    Target(
        "model folder",
        st.one_of(
            st.tuples(_CONFIGS, st.just(_WEIGHTS), st.just(_INDEX)),
            st.tuples(st.just(_SOUND), damaged(_WEIGHTS), st.just(_INDEX)),
            st.tuples(st.just(_SOUND), st.just(_WEIGHTS), damaged(_INDEX)),
        ),
        _folder,
        share=4,
    ),
)
