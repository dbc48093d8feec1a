"""The store: artifacts by job id, each whole or absent and never changed; beside them what attempts left behind."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args

from stiltsreport.errors import StiltsReportError

Kind = Literal["trainings", "checkpoints", "evaluations", "translations"]
KINDS: tuple[Kind, ...] = get_args(Kind)
VERSION = 1


class Store:
    """One folder. Publication is a rename: no reader and no crash ever sees half an artifact, and the second to finish drops its copy."""

    def __init__(self, folder: str | Path) -> None:
        if "://" in str(folder):
            raise StiltsReportError("a store by URL: not available yet", where=f"--store {folder}", hint="a local or shared folder")
        self.folder = Path(folder).expanduser().absolute()

    def prepare(self) -> None:
        """Make the folder, check that it is ours and can be written, and clear away what killed workers left half written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            marker = self.folder / "store.json"
            if not marker.exists():
                self._write_beside(marker, json.dumps({"format": "stiltsreport store", "version": VERSION}) + "\n")
            found = json.loads(marker.read_text(encoding="utf-8"))
            (self.folder / "scratch").mkdir(exist_ok=True)
            (self.folder / "attempts").mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder / "scratch"):
                pass
        except (OSError, ValueError) as error:
            raise self._unusable(error) from error
        version = found.get("version") if isinstance(found, dict) else None
        if version != VERSION:
            what = f"was written in format {version}, this is format {VERSION}"
            raise StiltsReportError(what, where=f"--store {self.folder}", hint="another --store")
        self._clear_scratch()

    @property
    def pretrained(self) -> Path:
        """Where embedded encoders are unpacked."""
        return self.folder / "pretrained"

    @property
    def memo(self) -> Path:
        """What is remembered of local data files."""
        return self.folder / "memo.json"

    def tokens(self, key: str) -> Path:
        """The file of a token table, there or not."""
        return self.folder / "tokens" / f"{key}.arrow"

    def path(self, kind: Kind, job: str) -> Path:
        """The folder of an artifact, there or not."""
        return self.folder / kind / job[:2] / job

    def has(self, kind: Kind, job: str) -> bool:
        """Whether the artifact is there."""
        return os.path.isdir(f"{self.folder}/{kind}/{job[:2]}/{job}")  # noqa: PTH112 - asked tens of thousands of times a plan

    def publish(self, kind: Kind, job: str, write: Callable[[Path], None]) -> Path:
        """Let `write` fill a scratch folder, and move that into place; a failure leaves nothing.

        Raises StiltsReportError where the folder cannot be written to, or its disk is full.
        """
        final = self.path(kind, job)

        def move(scratch: Path) -> None:
            try:
                scratch.rename(final)
            except OSError:
                if not final.is_dir():
                    raise

        self._publish(job, final, write, move)
        return final

    def publish_tokens(self, key: str, write: Callable[[Path], None]) -> Path:
        """Let `write` make the file of a token table, and move that into place, over a damaged one too. Raises as `publish`."""
        final = self.tokens(key)
        self._publish(key, final, lambda scratch: write(scratch / final.name), lambda scratch: (scratch / final.name).replace(final))
        return final

    def _publish(self, name: str, final: Path, write: Callable[[Path], None], move: Callable[[Path], object]) -> None:
        try:
            scratch = Path(tempfile.mkdtemp(dir=self.folder / "scratch", prefix=f"{_owner()}{name}-"))
            try:
                write(scratch)
                for file in scratch.rglob("*"):
                    _flush(file)
                final.parent.mkdir(parents=True, exist_ok=True)
                move(scratch)
                _flush(final.parent)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        except OSError as error:
            raise self._unusable(error) from error

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
        file = self.folder / "attempts" / f"{unit}.running"
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            self._write_beside(file, json.dumps({"pid": os.getpid(), "host": _host()}))
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                file.unlink()

    def running(self) -> set[str]:
        """Units whose worker lives on this machine, or was last heard of on another."""
        found = set()
        for file in (self.folder / "attempts").glob("*.running"):
            try:
                lease = json.loads(file.read_text(encoding="utf-8"))
                if lease["host"] != _host() or _alive(int(lease["pid"])):
                    found.add(file.stem)
            except (OSError, ValueError, KeyError, TypeError):
                continue  # torn: the worker is gone
        return found

    def _clear_scratch(self) -> None:
        """Remove the scratch folders of processes of this machine that are gone; others may still be written to."""
        for folder in (self.folder / "scratch").iterdir():
            host, _, rest = folder.name.partition("~")
            process = rest.partition("~")[0]
            if host == _host() and process.isdigit() and not _alive(int(process)):
                shutil.rmtree(folder, ignore_errors=True)

    def _unusable(self, error: Exception) -> StiltsReportError:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        hint = "free some space, or name another --store" if full else "a folder that you may write to"
        return StiltsReportError(f"cannot be used: {reason}", where=f"--store {self.folder}", hint=hint)

    @staticmethod
    def _write_beside(file: Path, text: str) -> None:
        descriptor, scratch = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
            Path(scratch).replace(file)
        except OSError:
            with contextlib.suppress(OSError):
                Path(scratch).unlink()
            raise


def _host() -> str:
    return os.uname().nodename


def _owner() -> str:
    """How a scratch folder says whose it is: "~" occurs in no host name."""
    return f"{_host()}~{os.getpid()}~"


def _flush(path: Path) -> None:
    """Ask for a file or folder to be on the disk before what is renamed over it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _alive(pid: int) -> bool:
    """Whether a process of this machine lives; a zombie, which waits to be reaped, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return True
