"""A training's state in one file, whole or absent: tensors and a record as JSON in the form of safetensors, with a checksum; no pickle.

Tensors are written one after another as they lie in memory: a state of many gigabytes takes no second copy of itself, and of those on a GPU
one is on the host at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from stiltsreport.modeling.distributed.shards import Rows

_DTYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16",
    torch.int64: "I64", torch.int32: "I32", torch.uint8: "U8", torch.bool: "BOOL",
}  # fmt: skip
_LENGTH = struct.Struct("<Q")
_UNKNOWN = "0" * 64  # where the checksum stands, while it is taken and when it is checked
_MOST_HEADER = 100_000_000  # bytes, as safetensors itself allows


@dataclass(frozen=True)
class State:
    """What can be written and read: `record` is plain values, `tensors` by name, of which several processes may hold rows."""

    record: Mapping[str, Any]
    tensors: Mapping[str, Tensor | Rows]


class DamagedStateError(ValueError):
    """A file that is no whole state."""


def write_state(file: Path, state: State) -> None:
    """Write beside the file, ask for it to be on the disk, and move it into place over an earlier one. A failure leaves that one.

    Rows that lie with several processes are gathered tensor by tensor: the others call `help_write` meanwhile.
    """
    order = _order(state)
    raw = (_raw(state.tensors[name]) for name in order)
    try:
        _write_whole(file, state, order, raw)
    finally:
        for _ in raw:  # what a failure left of them: the others are waiting with theirs
            pass


def help_write(state: State) -> None:
    """Give another process, which writes the state, what this one holds of it."""
    for name in _order(state):
        value = state.tensors[name]
        if isinstance(value, Rows):
            value.gathered()


def _write_whole(file: Path, state: State, order: list[str], raw: Iterator[memoryview]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            _write(stream, _header(state, order), raw)
            stream.flush()
            os.fsync(stream.fileno())
        Path(scratch).replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(scratch).unlink()
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_state(file: Path, *, check: bool = True) -> State:
    """What `write_state` wrote. Raises DamagedStateError where the file is not whole, OSError where it cannot be read."""
    try:
        if check:
            _check(file)
        with safe_open(file, framework="pt") as stored:
            record = dict(json.loads(stored.metadata()["state"]))
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 - it is no dict
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise DamagedStateError(str(error) or type(error).__name__) from error
    return State(record, tensors)


def _order(state: State) -> list[str]:
    """The wider first, as safetensors writes them: each begins at a multiple of its own width."""
    return sorted(state.tensors, key=lambda name: (-state.tensors[name].element_size(), name))


def _write(stream: BinaryIO, header: bytes, raw: Iterator[memoryview]) -> None:
    """Header and tensors; then the checksum of both in the place that the header keeps for it."""
    checksum = hashlib.sha256(header)
    stream.write(_LENGTH.pack(len(header)) + header)
    for data in raw:
        checksum.update(data)
        stream.write(data)
    stream.seek(_LENGTH.size + header.index(_UNKNOWN.encode()))
    stream.write(checksum.hexdigest().encode())


def _header(state: State, order: list[str]) -> bytes:
    entries: dict[str, Any] = {"__metadata__": {"checksum": _UNKNOWN, "state": json.dumps(state.record)}}
    end = 0
    for name in order:
        value = state.tensors[name]
        begin, end = end, end + value.numel() * value.element_size()
        entries[name] = {"dtype": _DTYPES[value.dtype], "shape": list(value.shape), "data_offsets": [begin, end]}
    text = json.dumps(entries).encode()
    return text + b" " * (-len(text) % 8)


def _raw(value: Tensor | Rows) -> memoryview:
    """Its bytes."""
    tensor = value.gathered() if isinstance(value, Rows) else value
    return tensor.detach().to("cpu").contiguous().reshape(-1).view(torch.uint8).numpy().data


def _check(file: Path) -> None:
    """Raise DamagedStateError unless the checksum is that of what the file holds."""
    with file.open("rb") as stream:
        begin = stream.read(_LENGTH.size)
        size = _LENGTH.unpack(begin)[0] if len(begin) == _LENGTH.size else 0
        header = stream.read(size) if 0 < size <= _MOST_HEADER else b""
        if not header or len(header) < size:
            raise DamagedStateError("it ends early")
        said = str(json.loads(header)["__metadata__"]["checksum"])
        checksum = hashlib.sha256(header.replace(said.encode(), _UNKNOWN.encode(), 1))
        for chunk in _chunks(stream):
            checksum.update(chunk)
    if checksum.hexdigest() != said:
        raise DamagedStateError("its checksum is not that of what it holds")


def _chunks(stream: BinaryIO, size: int = 2**20) -> Iterator[bytes]:
    while chunk := stream.read(size):
        yield chunk
