"""The Arrow file of a token table: written a few thousand examples at a time, mapped when opened, and refused where it is damaged."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.tokens import NOWHERE, READERS, Block, Lists, TokenTable

_FORMAT = 1
_ABOUT = b"stiltsreport tokens"
_LISTS = pa.large_list(pa.int32())
_NAMES = ("row_lengths", "ids", "types", "target", "align")


def write_tokens(file: Path, key: str, examples: int, labels: Sequence[str], chunks: Iterable[Sequence[Feature]]) -> None:
    """Write the features of a set of `examples`, chunk by chunk, in the order of the examples.

    Raises TypeError where targets or alignments are not of one kind in all features.
    """
    rest = iter(chunks)
    first = next(rest, [])
    target, align = (_kind(getattr(first[0], name)) if first else "none" for name in ("target", "align"))
    about = {"format": _FORMAT, "key": key, "examples": examples, "labels": list(labels), "target": target, "align": align}
    schema = _schema(about)
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for chunk in itertools.chain([first], rest):
            if chunk:
                writer.write_batch(pa.record_batch(_columns(chunk, target, align), schema=schema))


def open_tokens(file: Path, key: str) -> TokenTable | None:
    """The table of that file; None where there is none, or it is damaged or of another format, and has to be made anew."""
    try:
        return _opened(file, key)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def _schema(about: dict[str, Any]) -> pa.Schema:
    fields = [("example", pa.int32()), *((name, _LISTS) for name in _NAMES)]
    return pa.schema(fields, metadata={_ABOUT: json.dumps(about, ensure_ascii=False).encode()})


def _kind(value: Any) -> str:
    """What a target or an alignment is: a name in READERS."""
    if value is None:
        return "none"
    if isinstance(value, int):
        return "integer"
    return "spans" if any(one is None or isinstance(one, tuple) for one in value) else "integers"


def _columns(features: Sequence[Feature], target: str, align: str) -> list[pa.Array]:
    return [
        pa.array(np.array([feature.example for feature in features], dtype=np.int32)),
        _lists([[len(row) for row in feature.rows] for feature in features]),
        _lists([list(itertools.chain.from_iterable(feature.rows)) for feature in features]),
        _lists([_unless_zero(list(itertools.chain.from_iterable(feature.types))) for feature in features]),
        _lists([_flat(feature.target, target) for feature in features]),
        _lists([_flat(feature.align, align) for feature in features]),
    ]


def _unless_zero(types: list[int]) -> list[int]:
    return types if any(types) else []


def _flat(value: Any, kind: str) -> Sequence[int]:
    if kind == "none":
        if value is not None:
            raise TypeError(f"{value!r} beside None")
        return ()
    if kind == "integer":
        return (value,)
    return value if kind == "integers" else [place for span in value for place in (span or (NOWHERE, NOWHERE))]


def _lists(lists: Sequence[Sequence[int]]) -> pa.Array:
    offsets = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in lists], out=offsets[1:])
    values = np.fromiter(itertools.chain.from_iterable(lists), dtype=np.int32, count=int(offsets[-1]))
    return pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(values))


def _opened(file: Path, key: str) -> TokenTable:
    """Raises ValueError and the like where the file is not whole and ours."""
    with contextlib.closing(pa.memory_map(str(file), "r")) as source:  # what the columns read stays mapped until the last of them is gone
        reader = pa.ipc.open_file(source)
        about = json.loads((reader.schema.metadata or {})[_ABOUT])
        if about["format"] != _FORMAT or about["key"] != key or not reader.schema.equals(_schema(about), check_metadata=True):
            raise ValueError("of another format")
        if about["target"] not in READERS or about["align"] not in READERS:
            raise ValueError("of an unknown kind")
        blocks = [_block(reader.get_batch(number)) for number in range(reader.num_record_batches)]
    places = np.concatenate([block.examples for block in blocks]) if blocks else np.empty(0, dtype=np.int32)
    if len(places) and (places[0] < 0 or places[-1] >= about["examples"] or (np.diff(places) < 0).any()):
        raise ValueError("features of no example")
    return TokenTable(about["examples"], about["labels"], about["target"], about["align"], blocks)


def _block(batch: pa.RecordBatch) -> Block:
    lists = {name: Lists(*(part.to_numpy(zero_copy_only=True) for part in _parts(batch.column(name)))) for name in _NAMES}
    for one in lists.values():
        if len(one.offsets) != batch.num_rows + 1 or one.offsets[0] != 0 or one.offsets[-1] > len(one.values) or (one.lengths < 0).any():
            raise ValueError("offsets that do not rise")
    rows = lists["row_lengths"]
    if batch.num_rows and ((rows.lengths < 1).any() or (np.add.reduceat(rows.values, rows.offsets[:-1]) != lists["ids"].lengths).any()):
        raise ValueError("rows and ids that do not agree")
    return Block(batch.column("example").to_numpy(zero_copy_only=True), **lists)


def _parts(column: pa.LargeListArray) -> tuple[pa.Array, pa.Array]:
    return column.offsets, column.values
