"""What attempts leave beside the artifacts: who works on a unit, why it failed, and the state of a training between two steps.

    attempts/UNIT/lease.json        host, pid and start of the process; touched every few seconds while it works
    attempts/UNIT/failures/N.txt    the log of the N-th attempt that failed
    attempts/UNIT/state/            a training's state, written and read by the training alone

All of it is advisory and disposable: that an artifact is whole rests on its publication alone, and a lease that two believe to hold costs
work that is done twice.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stiltsreport.redaction import redacted
from stiltsreport.store.files import write_beside
from stiltsreport.store.processes import alive, host, machine, started

BEAT_SECONDS = 5.0
LONG_SILENT_SECONDS = 600.0  # by the clock: what is shown of another machine's leases, whose beats nobody here has counted
_LEASE = "lease.json"
_TRIES = 5


@dataclass(frozen=True)
class Holder:
    """Who works on a unit. `here`: on this machine, so that it can be asked whether it lives. `beat` changes as long as it does."""

    pid: int
    host: str
    here: bool
    alive: bool
    token: str
    beat: int

    def __str__(self) -> str:
        return f"{self.pid} on {self.host}"


class Held(Exception):  # noqa: N818 - no error: somebody else is at it
    """Another process works on the unit."""

    def __init__(self, unit: str, holder: Holder) -> None:
        super().__init__(f"{unit} is run by {holder}")
        self.holder = holder


class Attempts:
    """The attempts of a store's units, by the unit's id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, unit: str) -> Path:
        """A unit's folder, there or not."""
        return self.folder / unit

    def made(self, unit: str) -> Path:
        """A unit's folder, made where it is not there. Raises OSError where that cannot be, or a link would lead out of the store."""
        folder = self.of(unit)
        folder.mkdir(exist_ok=True)
        if folder.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder))
        return folder

    def state(self, unit: str) -> Path:
        """The folder of a training's state between two steps, there or not."""
        return self.folder / unit / "state"

    def state_file(self, unit: str, file: Path) -> None:
        """A training has written its state to that file: a store that is far away takes it there. Raises OSError."""

    def forget_state(self, unit: str) -> None:
        """The unit is done: nothing goes on from its state any more."""
        shutil.rmtree(self.state(unit), ignore_errors=True)

    def failures(self, unit: str) -> list[Path]:
        """The logs of the unit's failed attempts, the last one last."""
        try:
            found = [entry for entry in (self.folder / unit / "failures").iterdir() if entry.stem.isdigit() and entry.suffix == ".txt"]
        except OSError:
            return []
        return sorted(found, key=lambda entry: int(entry.stem))

    def failure(self, unit: str) -> str | None:
        """Why the last attempt failed, if one did."""
        logs = self.failures(unit)
        return logs[-1].read_text(encoding="utf-8", errors="replace") if logs else None

    def note_failure(self, unit: str, text: str) -> Path:
        """Keep the log of a failed attempt, without secrets; its file. Raises OSError where the store cannot be written to."""
        logs = self.failures(unit)
        file = self.made(unit) / "failures" / f"{int(logs[-1].stem) + 1 if logs else 1}.txt"
        file.parent.mkdir(exist_ok=True)
        write_beside(file, redacted(text))
        return file

    def forget_failures(self, unit: str) -> None:
        """The unit is done, or tried anew."""
        shutil.rmtree(self.of(unit) / "failures", ignore_errors=True)
        self._tidy(unit)

    @contextlib.contextmanager
    def lease(self, unit: str, every: float = BEAT_SECONDS) -> Iterator[None]:
        """Work on the unit, and say so. Raises Held where another living process does. A store that takes no lease does without."""
        file = self.of(unit) / _LEASE
        token = self._take(unit, file)
        stop = threading.Event()
        if token is not None:
            threading.Thread(target=self._beat, args=(file, token, every, stop), daemon=True, name=f"lease of {unit}").start()
        try:
            yield
        finally:
            stop.set()
            if token is not None and (holder := self._read(file)) is not None and holder.token == token:
                with contextlib.suppress(OSError):
                    file.unlink()
                self._tidy(unit)

    def holder(self, unit: str) -> Holder | None:
        """Who has the unit's lease, dead or alive; None where nobody does."""
        return self._read(self.of(unit) / _LEASE)

    def free(self, unit: str, holder: Holder) -> None:
        """Take the lease from one that is dead. Another one that has come meanwhile keeps it."""
        file = self.of(unit) / _LEASE
        aside = file.with_name(f".{_LEASE}-{secrets.token_hex(6)}")
        with contextlib.suppress(OSError):
            file.rename(aside)
            found = self._read(aside)
            if found is not None and found.token != holder.token:
                os.link(aside, file)
            aside.unlink()

    def running(self) -> dict[str, Holder]:
        """Units whose worker lives on this machine, or was heard of lately on another."""
        found = {}
        for unit in self._units():
            holder = self.holder(unit)
            if holder is not None and holder.alive and (holder.here or time.time() - holder.beat / 1e9 < LONG_SILENT_SECONDS):
                found[unit] = holder
        return found

    def clear_old(self) -> None:
        """Remove what earlier versions left: a file a unit."""
        with contextlib.suppress(OSError):
            for entry in os.scandir(self.folder):
                if entry.is_file(follow_symlinks=False):
                    os.unlink(entry.path)  # noqa: PTH108 - of a scan

    def _units(self) -> list[str]:
        try:
            return sorted(entry.name for entry in os.scandir(self.folder) if entry.is_dir(follow_symlinks=False))
        except OSError:
            return []

    def _take(self, unit: str, file: Path) -> str | None:
        """The token of the lease that is now ours. A link is made once: of two that come at the same time, one gets it."""
        token = secrets.token_hex(8)
        mine = {"host": host(), "machine": machine(), "pid": os.getpid(), "started": started(os.getpid()), "token": token}
        scratch = file.with_name(f".{_LEASE}-{token}")
        try:
            self.made(unit)
            scratch.write_text(json.dumps(mine) + "\n", encoding="utf-8")
        except OSError:  # full or closed to us: publication will say so, if it comes to that
            return None
        try:
            for _ in range(_TRIES):
                try:
                    os.link(scratch, file)
                except FileExistsError:
                    holder = self._read(file)
                    if holder is not None and holder.alive:
                        raise Held(unit, holder) from None
                    if holder is not None:
                        self.free(unit, holder)
                else:
                    return token
        except OSError:  # a file system without links
            return None
        else:
            return None  # the lease of one that is dead, which we may not remove
        finally:
            with contextlib.suppress(OSError):
                scratch.unlink()

    def _beat(self, file: Path, token: str, every: float, stop: threading.Event) -> None:
        """Touch the lease until the work ends, or it is another's."""
        while not stop.wait(every):
            holder = self._read(file)
            if holder is None or holder.token != token:
                return
            with contextlib.suppress(OSError):
                os.utime(file)

    def _read(self, file: Path) -> Holder | None:
        """What a lease says; None where there is none. One that is torn is nobody's, and dead."""
        try:
            with file.open(encoding="utf-8") as stream:  # opened, not asked: a network disk then shows what is there now
                text, beat = stream.read(), os.fstat(stream.fileno()).st_mtime_ns
        except OSError:
            return None
        try:
            found = json.loads(text)
            pid, named, token, since = int(found["pid"]), str(found["host"]), str(found["token"]), found["started"]
            here = found["machine"] == machine()
        except (ValueError, KeyError, TypeError):
            return Holder(0, "?", here=True, alive=False, token="", beat=beat)
        return Holder(pid, named, here, not here or alive(pid, since), token, beat)

    def _tidy(self, unit: str) -> None:
        """An empty folder says nothing."""
        with contextlib.suppress(OSError):
            self.of(unit).rmdir()
