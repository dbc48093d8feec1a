"""items.arrow: what every item of an evaluation counts, in columns that are mapped and not read until they are asked for."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stiltsreport.metrics.metric import Floats

FILE = "items.arrow"
_FORMAT = 1
_ABOUT = b"stiltsreport items"


@dataclass(frozen=True)
class ItemCounts:
    """The items of one evaluation, in its order.

    `counts` maps a metric's key to (items, counts of the metric). `digest` is that of ids and clusters: evaluations with one digest are of
    the same items. `clusters` are the ids themselves where nothing is known of paragraphs.
    """

    digest: str
    ids: tuple[str, ...]
    clusters: tuple[str, ...]
    counts: Mapping[str, Floats]

    @property
    def keys(self) -> tuple[str, ...]:
        """The metrics that it holds counts of."""
        return tuple(self.counts)

    def of(self, key: str, names: Sequence[str]) -> Floats:
        """(items, counts) of a metric. Raises KeyError where there is none, or its counts are not of these names' number."""
        found = self.counts[key]
        if found.shape[1] != len(names):
            raise KeyError(key)
        return found


def digest_of(ids: Iterable[str], clusters: Iterable[str]) -> str:
    """A name for these items in this order."""
    return hashlib.sha256(json.dumps([list(ids), list(clusters)], ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def write_item_counts(
    file: Path, ids: Sequence[str], clusters: Sequence[str], counts: Mapping[str, Floats], names: Mapping[str, Sequence[str]]
) -> None:
    """Write the items with a column METRIC_KEY/COUNT for each count; `names` says what the counts of each metric are called."""
    import pyarrow as pa

    columns = {"id": pa.array(ids, pa.large_string()), "cluster": pa.array(clusters, pa.large_string())}
    for key, values in counts.items():
        for place, name in enumerate(names[key]):
            columns[f"{key}/{name}"] = pa.array(np.ascontiguousarray(values[:, place], dtype=np.float64))
    about = {"format": _FORMAT, "digest": digest_of(ids, clusters)}
    table = pa.table(columns).replace_schema_metadata({_ABOUT: json.dumps(about).encode()})
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


class ItemFile:
    """An open file: `digest`, the metrics' `keys`, and single columns, without reading the rest."""

    def __init__(self, file: Path) -> None:
        """Raises OSError where it is not there, ValueError where it is not whole or of another format."""
        import pyarrow as pa

        try:
            with contextlib.closing(pa.memory_map(str(file), "r")) as source:  # what columns read stays mapped until the last is gone
                self._table = pa.ipc.open_file(source).read_all()
            about = json.loads((self._table.schema.metadata or {})[_ABOUT])
            if about["format"] != _FORMAT:
                raise ValueError("of another format")
            self.digest = str(about["digest"])
        except (KeyError, TypeError, pa.ArrowException) as error:
            raise ValueError(f"{file}: {error}") from error

    def __len__(self) -> int:
        return int(self._table.num_rows)

    @property
    def keys(self) -> tuple[str, ...]:
        """The metrics that it holds counts of."""
        return tuple(dict.fromkeys(name.rpartition("/")[0] for name in self._table.column_names if "/" in name))

    @property
    def ids(self) -> tuple[str, ...]:
        """Of each item."""
        return tuple(self._table.column("id").to_pylist())

    @property
    def clusters(self) -> tuple[str, ...]:
        """Of each item."""
        return tuple(self._table.column("cluster").to_pylist())

    def of(self, key: str, names: Sequence[str]) -> Floats:
        """(items, counts) of a metric whose counts have these names. Raises KeyError where there is none."""
        return np.stack([np.asarray(self._table.column(f"{key}/{name}").to_numpy(), dtype=np.float64) for name in names], axis=1)


def read_item_counts(file: Path, names: Mapping[str, Sequence[str]]) -> ItemCounts:
    """All of a file, for the metrics that are named. Raises as `ItemFile`."""
    found = ItemFile(file)
    counts = {key: found.of(key, of) for key, of in names.items()}
    return ItemCounts(found.digest, found.ids, found.clusters, counts)
