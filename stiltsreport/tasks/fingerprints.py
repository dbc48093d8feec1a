"""Fingerprints and counts of local files, remembered by path, size and time so that planning reads nothing twice."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stiltsreport.tasks.readers.text import blocks
from stiltsreport.tasks.sources import Source, SourceFile
from stiltsreport.tasks.task import SplitName, Task

VERSION = 2  # raised when a reader makes other examples of the same file


class Memo:
    """What is known of local files. It is a cache: losing it costs reading the files once more, and nothing in it enters a result.

    `file` None keeps it in memory alone.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self._changed = False
        self._files: dict[str, list[Any]] = {}
        self._counts: dict[str, int] = {}
        if file is not None and file.is_file():
            try:
                stored = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError):  # torn by a full disk: it is only a cache
                stored = None
            if isinstance(stored, dict) and stored.get("version") == VERSION:
                self._files, self._counts = dict(stored.get("files") or {}), dict(stored.get("counts") or {})

    def digest(self, path: str) -> str:
        """sha256 of a file's decompressed bytes."""
        stat = Path(path).stat()
        key, stamp = os.path.realpath(path), [stat.st_size, stat.st_mtime_ns]
        known = self._files.get(key)
        if known is None or known[:2] != stamp:
            known = [*stamp, _sha256(path)]
            self._files[key] = known
            self._changed = True
        return str(known[2])

    def source(self, task: Task, split: SplitName, language: str, files: Sequence[SourceFile]) -> Source:
        """A source of those files, with its fingerprint; the count is left to `counted`."""
        parts = [[file.role, file.language, self.digest(file.path)] for file in files]
        return Source(task.name, split, language, hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32], tuple(files))

    def counted(self, task: Task, source: Source) -> int:
        """The number of examples (queries, for retrieval) of a local source; reads it once, and so checks every line of it."""
        from stiltsreport.tasks.read import read, size

        how = hashlib.sha256(json.dumps([task.name, task.reader, task.labels, task.columns]).encode()).hexdigest()[:16]
        key = f"{how}/{source.language}/{source.split}/{source.fingerprint}"
        if key not in self._counts:
            self._counts[key] = size(read(source, task))
            self._changed = True
        return self._counts[key]

    def save(self) -> None:
        """Write it beside and move it into place, if anything is new."""
        if self.file is None or not self._changed:
            return
        with contextlib.suppress(OSError):  # only a cache: a store that cannot be written to says so itself, once it has to be
            self.file.parent.mkdir(parents=True, exist_ok=True)
            scratch = self.file.with_name(f".memo-{secrets.token_hex(6)}")  # tempfile would close it to all who share the store
            try:
                with scratch.open("x", encoding="utf-8") as stream:
                    json.dump({"version": VERSION, "files": self._files, "counts": self._counts}, stream)
                scratch.replace(self.file)
            except OSError:
                scratch.unlink(missing_ok=True)
                raise
        self._changed = False


def _sha256(path: str) -> str:
    found = hashlib.sha256()
    for block in blocks(path):
        found.update(block)
    return found.hexdigest()
