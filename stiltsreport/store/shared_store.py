"""A store by URL: a store on this machine's disk, and behind it the objects that all machines share.

Work reads and writes files here. What it makes is uploaded whole, then named by one small object that can be created once: the first to
come has published it, and who comes second takes the first one's. What others have made is fetched when it is needed, and checked byte by
byte. Token tables, unpacked encoders and what is remembered of local data stay on this machine: they are made again in minutes.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from stiltsreport.errors import StiltsReportError
from stiltsreport.store.copies import Copies
from stiltsreport.store.files import write_beside
from stiltsreport.store.kept_commits import KeptCommits
from stiltsreport.store.manifest import DamagedArtifact, write_manifest
from stiltsreport.store.objects import PATIENT_TRIES, Objects
from stiltsreport.store.shared_artifacts import SharedArtifacts
from stiltsreport.store.shared_attempts import SharedAttempts
from stiltsreport.store.shared_marker import is_store, make_store
from stiltsreport.store.shared_texts import add_lines, lines, texts
from stiltsreport.store.store import Kind, Store
from stiltsreport.store.transfer import FETCHES
from stiltsreport.store.urls import checked_url, local_folder


class SharedStore(Store):
    """A store by URL. `folder` is its part on this machine.

    `whole` False is for a worker: it asks for few artifacts, lists nothing, and perseveres, since hours of work are lost with what it
    cannot publish.
    """

    def __init__(self, url: str, folder: Path | None = None, objects: Objects | None = None, *, whole: bool = True) -> None:
        self.url = checked_url(url, "--store")
        super().__init__(folder or local_folder(self.url, "stores"))
        self.objects = objects or Objects(self.url)
        if not whole:
            self.persevere()
        self.attempts = SharedAttempts(self.folder / "attempts", self.objects)
        self._copies = Copies(self.folder, self.path)
        kept = KeptCommits(self.folder / "commits")
        self._artifacts = SharedArtifacts(self.objects, self._copies, kept, self.damaged, whole=whole)

    @property
    def place(self) -> str:
        """The URL, for people."""
        return self.objects.place

    @property
    def address(self) -> str:
        """What `open_store` opens it by, elsewhere too."""
        return self.url

    def exists(self) -> bool:
        """Whether a store was ever made there. Raises StiltsReportError where that cannot be asked."""
        with self._usable():
            return is_store(self.objects)

    def persevere(self) -> None:
        """Wait for a network that is down for minutes, not seconds."""
        self.objects.tries = PATIENT_TRIES

    def prepare(self) -> None:
        """Make it where it is not there, and see that it can be written to, before hours are spent on what cannot be kept."""
        super().prepare()
        with self._usable():
            try:
                make_store(self.objects)
            except ValueError as error:  # what is there is no JSON
                raise self.unusable(error) from error

    def refresh(self) -> None:
        """See what others have published since, and forget what is no longer there."""
        self._artifacts.refresh()

    def has(self, kind: Kind, job: str) -> bool:
        """Whether the artifact was published, as far as this process has seen, and is not known to be damaged."""
        with self._usable():
            return self._artifacts.find(kind, job) is not None

    def has_now(self, kind: Kind, job: str) -> bool:
        """Whether it is published, asked now where it was not seen before."""
        with self._usable():
            return self._artifacts.find_now(kind, job) is not None

    def foresee(self, kind: Kind, jobs: Iterable[str]) -> None:
        """These records will be asked for: those that are not on this machine yet are read together."""
        with self._usable():
            self._artifacts.foresee(kind, jobs)

    def bring(self, kind: Kind, jobs: Iterable[str]) -> None:
        """Fetch artifacts that are not on this machine. One that is damaged is marked so, and counts as not there: see `damaged`."""
        with self._usable():
            self._artifacts.bring(kind, jobs)

    def publish(self, kind: Kind, job: str, write: Callable[[Path], None]) -> Path:
        """Let `write` fill a folder, upload it, and name it. Where another was quicker, his is what counts, here too."""
        final = self.path(kind, job)

        def whole(scratch: Path) -> None:
            write(scratch)
            write_manifest(scratch)

        self._publish(job, final, whole, lambda scratch: self._artifacts.name(kind, job, scratch))
        return final

    def _publish(self, name: str, final: Path, write: Callable[[Path], None], move: Callable[[Path], object]) -> None:
        """On a node that was only handed a unit nobody has prepared the folder."""
        (self.folder / "scratch").mkdir(parents=True, exist_ok=True)
        super()._publish(name, final, write, move)

    def record(self, kind: Kind, job: str) -> dict[str, Any]:
        """The record of an artifact, of which nothing else is fetched. Raises as Store.record."""
        with self._usable():
            return self._artifacts.record(kind, job, self.path(kind, job))

    def check(self, kind: Kind, job: str, *, content: bool = False) -> None:
        """As Store.check, of what lies here; with `content` it is fetched first. What is damaged here alone is fetched anew."""
        if not content:
            self._intact(kind, job)
            return
        for _ in range(FETCHES):
            if (kind, job) not in self.damaged and not self.has_now(kind, job):
                raise FileNotFoundError(f"{self.place}: {kind} {job} is not there")
            self.bring(kind, [job])
            if (kind, job) in self.damaged:
                raise DamagedArtifact(self.damaged[kind, job])
            if self._intact(kind, job, content=True):
                return
        raise DamagedArtifact(f"this machine's disk does not keep what it is given: {self.folder}")

    def _intact(self, kind: Kind, job: str, *, content: bool = False) -> bool:
        """Whether there is a copy here, and a whole one. One that is not goes: that is no damage of the artifact's."""
        seen = self._copies.look(kind, job)
        if seen is None:
            return False
        try:
            super().check(kind, job, content=content)
        except (DamagedArtifact, FileNotFoundError):  # another process may just have dropped it
            self.damaged.pop((kind, job), None)
            self._copies.drop(kind, job, seen)
            return False
        return True

    def put_aside(self, kind: Kind, job: str) -> str:
        """Mark a damaged artifact, for everybody, where that has not been done, so that it is made again; what was done."""
        self._artifacts.mark(kind, job, self.damaged.get((kind, job), "is damaged"))
        del self.damaged[kind, job]
        return f"marked so in {self.place}"

    @contextlib.contextmanager
    def log(self, name: str) -> Iterator[None]:
        """A file of lines that only grows, shared while it is read and added to: each line is an object, and none is lost."""
        file = self.folder / name
        shared = lines(self.objects, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_beside(file, "".join(shared.values()))
        yield
        found = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.is_file() else []
        add_lines(self.objects, name, shared, found[len(shared) :])

    def put(self, name: str, text: str) -> None:
        """A small text by its name, here and there. Raises OSError."""
        super().put(name, text)
        self.objects.write(name, text.encode())

    def pull(self, folder: str) -> None:
        """The texts of a folder as they are now. Raises OSError."""
        found = texts(self.objects, folder)
        shutil.rmtree(self.folder / folder, ignore_errors=True)
        for name, text in found.items():
            super().put(name, text)

    def drop(self, name: str) -> None:
        """Forget a text."""
        self.objects.delete([name])
        super().drop(name)

    def unusable(self, error: Exception) -> StiltsReportError:
        """What the user is told of a store that cannot be reached, or not be written to."""
        if isinstance(error, OSError) and error.filename is not None and str(error.filename).startswith(str(self.folder)):
            return super().unusable(error)
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        if isinstance(error, FileNotFoundError):
            reason = f"there is no such place: {reason}"
        denied = isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM)
        hint = "credentials come from the environment, and must let it be written to" if denied else "the same command goes on from here"
        return StiltsReportError(f"cannot be used: {reason}", where=f"--store {self.place}", hint=hint)

    @contextlib.contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self.unusable(error) from error
