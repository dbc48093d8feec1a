"""The store: artifacts by job id, each whole or absent and never changed; beside them what attempts left behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from stiltsreport.errors import StiltsReportError

Kind = Literal["trainings", "checkpoints", "evaluations"]
KINDS: tuple[Kind, ...] = ("trainings", "checkpoints", "evaluations")
VERSION = 1


class Store:
    """One folder. Publication is a rename, so that no reader and no crash ever sees half an artifact; the second to finish drops its copy."""

    def __init__(self, folder: str | Path) -> None:
        if "://" in str(folder):
            raise StiltsReportError("a store by URL: not available yet", where=f"--store {folder}", hint="a local or shared folder")
        self.folder = Path(folder).expanduser().absolute()

    def prepare(self) -> None:
        """Make the folder and check that it is ours and can be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            marker = self.folder / "store.json"
            if not marker.exists():
                self._write_beside(marker, json.dumps({"format": "stiltsreport store", "version": VERSION}) + "\n")
            found = json.loads(marker.read_text(encoding="utf-8"))
            (self.folder / "scratch").mkdir(exist_ok=True)
        except (OSError, ValueError) as error:
            raise StiltsReportError(f"cannot be used: {error}", where=f"--store {self.folder}", hint="a folder that you may write to") from error
        if found.get("version") != VERSION:
            raise StiltsReportError(f"was written in format {found.get('version')}, this is format {VERSION}", where=str(self.folder), hint="another --store")

    @property
    def pretrained(self) -> Path:
        """Where embedded encoders are unpacked."""
        return self.folder / "pretrained"

    @property
    def memo(self) -> Path:
        """What is remembered of local data files."""
        return self.folder / "memo.json"

    def path(self, kind: Kind, job: str) -> Path:
        """The folder of an artifact, there or not."""
        return self.folder / kind / job[:2] / job

    def has(self, kind: Kind, job: str) -> bool:
        """Whether the artifact is there."""
        return self.path(kind, job).is_dir()

    def publish(self, kind: Kind, job: str, write: Callable[[Path], None]) -> Path:
        """Let `write` fill a scratch folder, and move that into place; a failure leaves nothing."""
        final = self.path(kind, job)
        scratch = Path(tempfile.mkdtemp(dir=self.folder / "scratch", prefix=f"{job}-"))
        try:
            write(scratch)
            for file in scratch.rglob("*"):
                if file.is_file():
                    _flush(file)
            final.parent.mkdir(parents=True, exist_ok=True)
            try:
                scratch.rename(final)
            except OSError:
                if not final.is_dir():
                    raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return final

    def record(self, kind: Kind, job: str) -> dict[str, Any]:
        """The record of an artifact."""
        found: dict[str, Any] = json.loads((self.path(kind, job) / "record.json").read_text(encoding="utf-8"))
        return found

    def note_failure(self, unit: str, text: str) -> None:
        """Remember why an attempt failed: advisory, shown by `status`."""
        folder = self.folder / "attempts"
        folder.mkdir(parents=True, exist_ok=True)
        self._write_beside(folder / f"{unit}.txt", text)

    def failure(self, unit: str) -> str | None:
        """Why the last attempt failed, if one did."""
        file = self.folder / "attempts" / f"{unit}.txt"
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None

    def forget_failure(self, unit: str) -> None:
        """The unit is done or tried again."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "attempts" / f"{unit}.txt").unlink()

    @contextlib.contextmanager
    def lease(self, unit: str) -> Iterator[None]:
        """Say that this process works on the unit; `status` shows it. Correctness does not rest on it."""
        folder = self.folder / "attempts"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{unit}.running"
        self._write_beside(file, json.dumps({"pid": os.getpid(), "host": os.uname().nodename}))
        try:
            yield
        finally:
            with contextlib.suppress(FileNotFoundError):
                file.unlink()

    def running(self) -> set[str]:
        """Units whose worker lives on this machine, or was last heard of on another."""
        found = set()
        for file in (self.folder / "attempts").glob("*.running"):
            try:
                lease = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if lease.get("host") != os.uname().nodename or _alive(int(lease["pid"])):
                found.add(file.stem)
        return found

    @staticmethod
    def _write_beside(file: Path, text: str) -> None:
        descriptor, scratch = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(scratch).replace(file)


def _flush(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
