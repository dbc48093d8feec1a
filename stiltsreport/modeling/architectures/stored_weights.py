"""Weights of a large checkpoint left where they lie: each is read from its file when it is asked for, in the checkpoint's own precision.

A model of 10.7 billion weights is 21 GB in bfloat16. Held as an encoder beside the model that is made of it, it would be in memory twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
LARGE = 2 * 2**30  # bytes: smaller checkpoints are read once and held
# What may stand before the names of the model without a head: a model with one has it as a part, one that also sees as its text part.
_PREFIXES = ("", "model.", "language_model.model.", "model.language_model.", "language_model.", "transformer.")


@dataclass(frozen=True)
class StoredWeights(Mapping[str, Tensor]):
    """Tensors by name, each in a file under a name of its own; nothing is held."""

    places: Mapping[str, tuple[Path, str]]

    def __getitem__(self, name: str) -> Tensor:
        file, key = self.places[name]
        with safe_open(file, framework="pt") as stored:
            value: Tensor = stored.get_tensor(key)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each, from the files' headers."""
        found: dict[str, tuple[int, ...]] = {}
        for file in dict.fromkeys(file for file, _ in self.places.values()):
            with safe_open(file, framework="pt") as stored:
                found |= {name: tuple(stored.get_slice(key).get_shape()) for name, (own, key) in self.places.items() if own == file}
        return found

    def without(self, names: set[str]) -> StoredWeights:
        """All others."""
        return StoredWeights({name: place for name, place in self.places.items() if name not in names})


def stored_weights(source: str, base: Any, *, large: int = LARGE, **options: Any) -> StoredWeights | None:
    """The weights of `base` (a model without a head, on the meta device) in a checkpoint of safetensors that is at least so `large`.

    `options` are those of from_pretrained. None where the checkpoint is smaller, has no such files, or where its names or shapes are not
    those of the model: transformers' own loading, which converts older names, is then to be used.
    """
    files = _files(source, **options)
    if not files or sum(file.stat().st_size for file in files) < large:
        return None
    keys: dict[str, Path] = {}
    for file in files:
        with safe_open(file, framework="pt") as stored:
            keys |= dict.fromkeys(stored.keys(), file)
    # Each parameter once: of T5's encoder the table has two names.
    wanted = {name: tuple(value.shape) for name, value in base.named_parameters()}
    wanted |= {name: tuple(value.shape) for name, value in base.named_buffers() if name in base.state_dict()}
    for prefix in dict.fromkeys((*_PREFIXES, f"{base.base_model_prefix}.")):
        found = StoredWeights({name: (keys[prefix + name], prefix + name) for name in wanted if prefix + name in keys})
        lacking = [name for name in wanted if name not in found.places and "pooler" not in name]
        if not lacking:
            shapes = found.shapes()
            return found if all(shapes[name] == wanted[name] for name in found) else None
    return None


def _files(source: str, **options: Any) -> list[Path]:
    index = _file(source, INDEX, **options)
    if index is None:
        single = _file(source, SINGLE, **options)
        return [] if single is None else [single]
    names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    found = [_file(source, name, **options) for name in names]
    return [file for file in found if file is not None] if all(found) else []


def _file(source: str, name: str, **options: Any) -> Path | None:
    """A checkpoint's file, in its folder or in the Hub's cache; None where it has none of that name."""
    from transformers.utils.hub import cached_file

    if Path(name).name != name:  # an index names files beside it, and nothing else
        return None
    folder = Path(source)
    if folder.is_dir():
        return folder / name if (folder / name).is_file() else None
    asked = {key: value for key, value in options.items() if key in ("revision", "local_files_only")}
    found = cached_file(source, name, _raise_exceptions_for_missing_entries=False, _raise_exceptions_for_connection_errors=False, **asked)
    return None if found is None else Path(found)


def precision_of(weights: Mapping[str, Tensor]) -> torch.dtype:
    """The precision that weights are held in, by the first of them."""
    return next(iter(weights.values())).dtype if weights else torch.float32
