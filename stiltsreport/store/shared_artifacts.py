"""The artifacts of a store by URL: named once they are whole, brought to this machine when they are needed, marked where they are damaged.

Errors of the network are OSErrors here; the store says them as its user reads them.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from stiltsreport.store.commit_index import CommitIndex
from stiltsreport.store.commits import Commit, Named, data_key, mark, read_commit
from stiltsreport.store.copies import Copies
from stiltsreport.store.kept_commits import KeptCommits
from stiltsreport.store.manifest import DamagedArtifact
from stiltsreport.store.objects import Objects
from stiltsreport.store.store import Kind
from stiltsreport.store.transfer import RECORD, fetch, upload

_PUBLICATIONS = 3  # of an artifact: what counts may be found damaged or gone as soon as it does


class SharedArtifacts:
    """The artifacts of `objects`, with their copies on this machine. What is `damaged`, by kind and job, counts as not there."""

    def __init__(self, objects: Objects, copies: Copies, kept: KeptCommits, damaged: dict[tuple[Kind, str], str], *, whole: bool) -> None:
        self._objects, self._copies, self._kept, self._damaged = objects, copies, kept, damaged
        self._index = CommitIndex(objects, whole=whole)

    def refresh(self) -> None:
        """See what others have published since, and forget what is no longer there."""
        self._index.refresh()

    def find(self, kind: Kind, job: str) -> Named | None:
        """The commit of an artifact, as far as this process has seen."""
        return None if (kind, job) in self._damaged else self._index.find(kind, job)

    def find_now(self, kind: Kind, job: str) -> Named | None:
        """The commit of an artifact, asked now where it was not seen before."""
        return None if (kind, job) in self._damaged else self._index.find_now(kind, job)

    def foresee(self, kind: Kind, jobs: Iterable[str]) -> list[str]:
        """Those of the jobs that are there; their commits that are not on this machine yet are read together."""
        there = {job: place for job in jobs if (place := self.find(kind, job))}
        absent = {place.key: job for job, place in there.items() if self._kept.of(kind, job, place) is None}
        if absent:
            contents = self._objects.read_many(list(absent))
            self._kept.add(kind, {absent[key]: (there[absent[key]], content.decode(errors="replace")) for key, content in contents.items()})
        return list(there)

    def bring(self, kind: Kind, jobs: Iterable[str]) -> None:
        """Fetch artifacts that are not on this machine. One that is damaged is marked so."""
        self._objects.each(lambda job: self._bring(kind, job), self.foresee(kind, jobs))

    def record(self, kind: Kind, job: str, folder: Path) -> dict[str, Any]:
        """The record of an artifact; where it lies among the files alone, they are fetched to `folder`.

        Raises DamagedArtifact, and FileNotFoundError where it is not there.
        """
        try:
            commit = self._commit(kind, job)
            text = commit.record
            if text is None:
                self._bring(kind, job)
                text = (folder / RECORD).read_text(encoding="utf-8")
            if RECORD in commit.files and hashlib.sha256(text.encode()).hexdigest() != commit.files[RECORD].sha256:
                raise DamagedArtifact("record.json is not what was written: its sha256 differs")
            found: dict[str, Any] = json.loads(text)
        except ValueError as error:
            reason = str(error) if isinstance(error, DamagedArtifact) else f"record.json cannot be read: {error}"
            self.mark(kind, job, reason)
            raise DamagedArtifact(reason) from error
        return found

    def name(self, kind: Kind, job: str, scratch: Path) -> None:
        """Upload an artifact and name it, or bring the one that was named before; where that one is of no use, ours is the next."""
        for _ in range(_PUBLICATIONS):
            self._damaged.pop((kind, job), None)
            commit = self._upload(kind, job, scratch)
            if commit is not None:
                self._copies.move_in(kind, job, scratch, commit.files)
                return
            self.bring(kind, [job])
            if self.find(kind, job):
                return
        raise OSError(errno.EAGAIN, f"what is published of {kind} {job} is damaged or gone at once, each time")

    def mark(self, kind: Kind, job: str, reason: str) -> None:
        """Mark the commit that was read as damaged; it counts as not there. Only that one: another may have come since."""
        seen = self._copies.look(kind, job)
        place = self._index.forget(kind, job)
        self._damaged[kind, job] = reason
        if place is None:
            return
        about = self._objects.about(place.key)
        if about is not None and about.tag == place.tag:
            with contextlib.suppress(OSError):  # who may only read goes without it, and is told of the damage
                self._objects.create(mark(place.key), json.dumps({"reason": reason}).encode())
        self._copies.drop(kind, job, seen)

    def _upload(self, kind: Kind, job: str, scratch: Path) -> Commit | None:
        """The commit of an artifact of ours, where it is ours that counts."""
        place = self._index.look(kind, job)
        self._index.note(kind, job, place)
        if place.tag:
            return None
        commit = upload(self._objects, kind, job, place.number, scratch)
        content = commit.as_text()
        if self._objects.create(place.key, content.encode()):
            about = self._objects.about(place.key)
            place = replace(place, tag=about.tag if about else "")
            self._index.note(kind, job, place)
            self._kept.add(kind, {job: (place, content)})
            return commit if about else None
        with contextlib.suppress(OSError):  # who may not remove anything leaves it to `gc`
            self._objects.delete([data_key(kind, job, commit.data, name) for name in commit.files])
        self._index.note(kind, job, self._index.look(kind, job))
        return None

    def _commit(self, kind: Kind, job: str) -> Commit:
        """The commit of an artifact that was seen. Raises DamagedArtifact, FileNotFoundError."""
        place = self.find(kind, job)
        if place is None:
            raise FileNotFoundError(f"{kind} {job} is not there")
        kept = self._kept.of(kind, job, place)
        if kept is None:
            kept = self._objects.read(place.key).decode(errors="replace")
            self._kept.add(kind, {job: (place, kept)})
        return read_commit(kept)

    def _bring(self, kind: Kind, job: str) -> None:
        try:
            commit = self._commit(kind, job)
            if self._copies.holds(kind, job, commit.files):
                return
            with self._copies.scratch(job) as scratch:
                fetch(self._objects, kind, job, commit, scratch)
                self._copies.move_in(kind, job, scratch, commit.files)
        except DamagedArtifact as error:
            self.mark(kind, job, str(error))
