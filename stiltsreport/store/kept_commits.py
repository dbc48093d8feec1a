"""Commits as this machine has read them before: of thousands of artifacts what is new alone comes over the network.

    commits/KIND/ab.tsv      job, key, tag and the commit's JSON, a line each; the last of a job counts, a torn line is none

Files are added to and never rewritten, so that several processes of this machine may.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from stiltsreport.store.commits import Named

_FIELDS = 4


class KeptCommits:
    """The files are read when they are first asked for, and again when another process has added to them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[int, dict[str, tuple[str, str, str]]]] = {}

    def of(self, kind: str, job: str, place: Named) -> str | None:
        """The commit of that place, where it is still the one that was read."""
        key, tag, commit = self._lines(kind, job).get(job, ("", "", ""))
        return commit if (key, tag) == (place.key, place.tag) and commit else None

    def add(self, kind: str, found: Mapping[str, tuple[Named, str]]) -> None:
        """Remember commits by job. Raises OSError."""
        lines: dict[Path, list[str]] = {}
        for job, (place, commit) in found.items():
            line = f"{job}\t{place.key}\t{place.tag}\t{commit.strip()}"
            if line.count("\t") == _FIELDS - 1 and "\n" not in line:  # else it is read anew each time
                lines.setdefault(self._file(kind, job), []).append(f"{line}\n")
        for file, more in lines.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                os.write(descriptor, ("\n" + "".join(more)).encode())  # behind a torn line too
            finally:
                os.close(descriptor)

    def _file(self, kind: str, job: str) -> Path:
        return self._folder / kind / f"{job[:2]}.tsv"

    def _lines(self, kind: str, job: str) -> dict[str, tuple[str, str, str]]:
        file = self._file(kind, job)
        try:
            size = os.stat(file).st_size  # noqa: PTH116 - asked tens of thousands of times a report
            if file not in self._read or self._read[file][0] != size:
                rows = (line.split("\t") for line in file.read_text(encoding="utf-8", errors="replace").split("\n"))
                found = {row[0]: (row[1], row[2], row[3]) for row in rows if len(row) == _FIELDS and row[3].endswith("}")}
                self._read[file] = (size, found)
        except OSError:
            return {}
        return self._read[file][1]
