"""What a store holds, as bytes to be compared: without what differs from one run to the next."""

from __future__ import annotations

import json
from pathlib import Path

# Times, costs and the machine; and that a training was interrupted, which is what these tests are about.
DIFFER = ("seconds", "efficiency", "machine", "peak_bytes", "latency_seconds", "device", "resumed")


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
