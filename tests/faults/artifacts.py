"""What a store holds, as bytes to be compared: without what differs from one run to the next."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

# Times, costs and the machine; and that a training was interrupted, which is what these tests are about.
DIFFER = ("seconds", "efficiency", "machine", "peak_bytes", "latency_seconds", "peak_flops", "energy_joules", "device", "resumed")


def contents(store: Path) -> dict[str, bytes]:
    """Every file of every artifact by its path; records without the entries that may differ."""
    found = {}
    for kind in ("trainings", "checkpoints", "evaluations", "translations"):
        for file in sorted((store / kind).glob("*/*/**/*")):
            if file.is_file() and file.name != "manifest.json":  # it tells the record's checksum
                found[str(file.relative_to(store))] = _comparable(file)
    return found


def _comparable(file: Path) -> bytes:
    if file.name != "record.json":
        return file.read_bytes()
    record = json.loads(file.read_text(encoding="utf-8"))
    return json.dumps({name: value for name, value in record.items() if name not in DIFFER}).encode()


def resumptions(store: Path) -> list[int]:
    """The steps after which trainings went on."""
    records = (json.loads(file.read_text(encoding="utf-8")) for file in (store / "trainings").glob("*/*/record.json"))
    return [one["step"] for record in records for one in record.get("resumed", ())]


def level(store: Path, copy: Path) -> Path:
    """A copy of a store whose artifacts all cost the same and were made at one go: reports on two such copies show no other difference."""
    shutil.copytree(store, copy)
    for file in copy.glob("*/*/*/record.json"):
        record = json.loads(file.read_text(encoding="utf-8"))
        record.pop("resumed", None)
        file.write_text(json.dumps(_levelled(record)), encoding="utf-8")
        file.with_name("manifest.json").unlink(missing_ok=True)
    return copy


def _levelled(record: dict[str, Any]) -> dict[str, Any]:
    costs = ("seconds", "peak_bytes", "latency_seconds", "peak_flops", "energy_joules")
    found = {name: 1.0 if name in costs and value is not None else value for name, value in record.items()}
    return found | {name: _levelled(value) for name, value in found.items() if isinstance(value, dict)}
