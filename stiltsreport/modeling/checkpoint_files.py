"""What lies in a checkpoint's folder, looked at before a library opens it: pickled weights, files cut off, and sizes that are made up.

A pickle can run any code when it is read, and config.json decides how much memory is asked for. safetensors has a head of JSON that says
where each tensor lies, so that both can be known without reading a weight.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from stiltsreport.errors import StiltsReportError, cause

_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_LONGEST_HEAD = 100_000_000  # bytes, as in the safetensors library
_LONGEST_JSON = 200_000_000  # bytes: tokenizers of a quarter million pieces have 17 million
_SIZES = ("num_hidden_layers", "hidden_size", "vocab_size", "intermediate_size", "max_position_embeddings", "num_attention_heads")
_TOKENIZERS = ("tokenizer.json", "*.model", "vocab.*")
_WORD_TABLES = ("embeddings.word_embeddings.weight", "embed_tokens.weight")  # of BERT's and LLaMA's kinds
_AGAIN = "fetch or save it again"
_LENGTH = 8  # bytes that say how long the head of a safetensors file is
_SHARED = 64  # so many times the stored weights may a model have: ALBERT's layers share theirs
_CONVERT = "convert it: AutoModel.from_pretrained(FOLDER).save_pretrained(FOLDER, safe_serialization=True), where you trust it"


def check_folder(folder: Path, where: str) -> None:
    """Refuse a folder whose weights are pickled, cut off or not described by its config.json.

    Raises StiltsReportError. A folder without any weights is left to what loads it, which says so.
    """
    config = _json(folder / "config.json", where)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        pickled = sorted(path for form in _PICKLED for path in folder.glob(form))
        if pickled:
            what = f"{pickled[0].name} is a pickle, which may run any code: it is not read"
            raise StiltsReportError(what, where=where, hint=_CONVERT)
        return
    for index in folder.glob("*.safetensors.index.json"):
        _check_index(_json(index, where), index.name, where)
    stored = sum(_elements(path, where) for path in weights)
    described = _described(config, where)
    if described > _SHARED * max(stored, 1):
        what = f"its config.json describes a model of {described:,} weights, its files hold {stored:,}"
        raise StiltsReportError(what, where=where, hint="the config.json that these weights were saved with")


def check_checkpoint(folder: Path, where: str) -> None:
    """Refuse also a folder that lacks weights or a tokenizer, or whose word table has other sizes than its config.json says.

    What a build would fail on, without loading a library. Raises StiltsReportError.
    """
    check_folder(folder, where)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        hint = "model.safetensors, as save_pretrained writes it"
        raise StiltsReportError(f"there are no weights in {folder}", where=where, hint=hint)
    if not any(next(folder.glob(name), None) for name in _TOKENIZERS):
        hint = "tokenizer.json, as tokenizer.save_pretrained writes it beside the weights"
        raise StiltsReportError(f"there is no tokenizer in {folder}", where=where, hint=hint)
    config = _json(folder / "config.json", where)
    said = [config.get(name) for name in ("vocab_size", "hidden_size")]
    for path in weights:
        for name, entry in _head(path).items():
            if name.endswith(_WORD_TABLES) and None not in said and entry["shape"] != said:
                what = f"its config.json says {said[0]:,} pieces and a width of {said[1]:,}; its word table has {entry['shape']}"
                raise StiltsReportError(what, where=where, hint="the config.json that these weights were saved with")


def _json(path: Path, where: str) -> dict[str, Any]:
    """A JSON object. Raises StiltsReportError for anything else."""
    if not path.is_file():
        raise StiltsReportError(f"has no {path.name}", where=where, hint="a folder that transformers' save_pretrained wrote")
    if path.stat().st_size > _LONGEST_JSON:
        raise StiltsReportError(f"{path.name} is longer than {_LONGEST_JSON:,} bytes", where=where, hint=_AGAIN)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise StiltsReportError(f"{path.name} cannot be read: {cause(error)}", where=where, hint=_AGAIN) from error
    if not isinstance(found, dict):
        raise StiltsReportError(f"{path.name} is no JSON object", where=where, hint=_AGAIN)
    return found


def _check_index(index: dict[str, Any], name: str, where: str) -> None:
    """Refuse an index of weights that names files of other folders."""
    files = index.get("weight_map")
    for file in set(map(str, files.values())) if isinstance(files, dict) else {"no weight_map"}:
        if Path(file).name != file or not file.endswith(".safetensors"):
            raise StiltsReportError(f"{name} names {file!r}", where=where, hint="files of safetensors beside it")


def _described(config: dict[str, Any], where: str) -> int:
    """Roughly how many weights a model of these sizes has: those of its word table and of its layers. 0 where it names no such sizes."""
    sizes: dict[str, int] = {}
    for name in _SIZES:
        value = config.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise StiltsReportError(f"config.json: {name} is {value!r}", where=where, hint="a whole number")
        sizes[name] = value
    hidden, layers = sizes.get("hidden_size", 0), sizes.get("num_hidden_layers", 0)
    table = (sizes.get("vocab_size", 0) + sizes.get("max_position_embeddings", 0)) * min(hidden, 128)  # narrower tables are made wide
    return table + layers * (hidden * hidden + hidden * sizes.get("intermediate_size", 0))


def _elements(path: Path, where: str) -> int:
    """How many numbers a safetensors file holds, by its head. Raises StiltsReportError where that is torn or says more than there is."""
    size = path.stat().st_size
    try:
        tensors = list(_head(path).values())
        end = _begin(path) + max((int(entry["data_offsets"][1]) for entry in tensors), default=0)
        elements = sum(math.prod(map(int, entry["shape"])) for entry in tensors)
    except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError) as error:
        raise StiltsReportError(f"{path.name} is damaged: {cause(error)}", where=where, hint=_AGAIN) from error
    if end > size:
        raise StiltsReportError(f"{path.name} is cut off: {size:,} bytes of {end:,}", where=where, hint=_AGAIN)
    return elements


def _head(path: Path) -> dict[str, Any]:
    """What a safetensors file says of each tensor; empty where its head is longer than the file, or than any that is right."""
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(_LENGTH), "little")
        head = json.loads(stream.read(length)) if 0 < length <= min(_LONGEST_HEAD, path.stat().st_size) else {}
    return {str(name): entry for name, entry in head.items() if name != "__metadata__"}


def _begin(path: Path) -> int:
    """Where the numbers of a safetensors file begin."""
    with path.open("rb") as stream:
        return _LENGTH + int.from_bytes(stream.read(_LENGTH), "little")
