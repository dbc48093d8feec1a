"""This machine's copies of what lies in a store by URL, which several of its processes fetch, use and replace at the same time.

A copy is of the commit whose files its manifest names. So whoever left it, it is seen whether it is the one that counts; and what is moved
in or out of place is looked at once more under a lock of the folder, so that nobody removes what another has just put there.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from stiltsreport.store.files import new_folder
from stiltsreport.store.manifest import DamagedArtifact, Entry, read_manifest
from stiltsreport.store.store import Kind, owner

Files = Mapping[str, Entry]
Look = tuple[int, int]


class Copies:
    """The copies under `folder`, each at its `path`."""

    def __init__(self, folder: Path, path: Callable[[Kind, str], Path]) -> None:
        self._folder, self._path = folder, path

    def holds(self, kind: Kind, job: str, files: Files) -> bool:
        """Whether there is a copy, and of these files. They themselves are not read."""
        try:
            return read_manifest(self._path(kind, job)) == files
        except (DamagedArtifact, NotADirectoryError):
            return False

    def look(self, kind: Kind, job: str) -> Look | None:
        """What tells the copy that is there from one that will be there in its place; None where there is none."""
        try:
            about = self._path(kind, job).lstat()
        except OSError:
            return None
        return about.st_ino, about.st_mtime_ns

    @contextlib.contextmanager
    def scratch(self, job: str) -> Iterator[Path]:
        """A folder to fetch into, which is gone afterwards unless it was moved. A node that was handed a unit finds no folder prepared."""
        (self._folder / "scratch").mkdir(parents=True, exist_ok=True)
        folder = new_folder(self._folder / "scratch", f"{owner()}{job}-")
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def move_in(self, kind: Kind, job: str, scratch: Path, files: Files) -> None:
        """Put a folder of these files in its place, unless another process was quicker; a copy of other files gives way."""
        final = self._path(kind, job)
        final.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if self.holds(kind, job, files):
                return
            aside = self._put_aside(kind, job)
            scratch.rename(final)
        shutil.rmtree(aside, ignore_errors=True)

    def drop(self, kind: Kind, job: str, seen: Look | None) -> None:
        """Remove the copy that was `seen`, out of sight first; another one stays."""
        with self._locked():
            if seen is None or self.look(kind, job) != seen:
                return
            aside = self._put_aside(kind, job)
        shutil.rmtree(aside, ignore_errors=True)

    def _put_aside(self, kind: Kind, job: str) -> Path:
        aside = self._folder / "scratch" / f"{owner()}{job}-{secrets.token_hex(6)}"
        with contextlib.suppress(FileNotFoundError):
            self._path(kind, job).rename(aside)
        return aside

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time, for the moment of a rename; where the disk has no locks, all at once."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / "copies.lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
