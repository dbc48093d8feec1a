"""File systems that are far away: in memory, with failures, delays and lost answers as a test asks for them."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fsspec.implementations.memory import MemoryFileSystem

from stiltsreport.store.objects import Objects
from stiltsreport.store.shared_store import SharedStore

URL = "memory://bucket/store"
JOB, OTHER = "0123456789abcdef0123", "1123456789abcdef0123"


class Far(MemoryFileSystem):
    """A bucket of the test's own, that counts requests; `fault` is asked before each, `lost` after each that has been carried out."""

    cachable = False
    _ASKED = ("cat_file", "pipe_file", "put_file", "get_file", "rm_file", "find", "info")

    def __init__(self, fault: Callable[[str, int], None] = lambda _name, _number: None, seconds: float = 0.0) -> None:
        super().__init__()
        self.store: dict[str, Any] = {}
        self.pseudo_dirs = [""]
        self.fault, self.seconds = fault, seconds
        self.lost: Callable[[str, int], None] = lambda _name, _number: None
        self.requests: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._inside = threading.local()

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in Far._ASKED or getattr(self._inside, "on", False):
            return found

        def asked(*arguments: Any, **named: Any) -> Any:
            with self._lock:
                self.requests[name] += 1
                number = self.requests.total()
            if self.seconds:
                time.sleep(self.seconds)
            self.fault(name, number)
            self._inside.on = True  # what it asks of itself is no request
            try:
                return found(*arguments, **named)
            finally:
                self._inside.on = False
                self.lost(name, number)

        return asked

    def objects(self, **named: Any) -> Objects:
        return Objects(URL, self, sleep=named.pop("sleep", lambda _seconds: None), **named)

    def at(self, folder: Path, **named: Any) -> SharedStore:
        """The store as a machine with that folder sees it."""
        found = SharedStore(URL, folder, self.objects(**named))
        found.prepare()
        return found

    def names(self) -> list[str]:
        return sorted(name.removeprefix("/bucket/store/") for name in self.store)


def one(folder: Path, value: int = 1) -> None:
    """An artifact of three files."""
    (folder / "record.json").write_text(json.dumps({"value": value}), encoding="utf-8")
    (folder / "curve.jsonl").write_text(f'{{"step": {value}}}\n', encoding="utf-8")
    (folder / "more").mkdir()
    (folder / "more" / "weights.bin").write_bytes(bytes([value]) * 5000)
