"""The folder of a store: artifacts by job id, each whole or absent and never changed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, get_args

from stiltsreport.errors import StiltsReportError, cause
from stiltsreport.store.attempts import Attempts
from stiltsreport.store.files import flush, new_folder, open_to_others, settle, write_beside
from stiltsreport.store.manifest import DamagedArtifact, Entry, check_content, check_sizes, read_manifest, write_manifest
from stiltsreport.store.processes import alive, machine_name
from stiltsreport.store.urls import is_url

Kind = Literal["trainings", "checkpoints", "evaluations", "translations"]
KINDS: tuple[Kind, ...] = get_args(Kind)
VERSION = 1


class Store:
    """One folder. Publication is a rename: no reader and no crash ever sees half an artifact, and the second to finish drops its copy."""

    def __init__(self, folder: str | Path) -> None:
        if is_url(str(folder)):
            raise ValueError(f"{folder} is no folder: open_store takes URLs")
        self.folder = Path(folder).expanduser().absolute()
        self.attempts = Attempts(self.folder / "attempts")
        self.damaged: dict[tuple[Kind, str], str] = {}  # what this process has found, and why: it counts as not there

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return str(self.folder)

    @property
    def address(self) -> str:
        """What `open_store` opens it by, in another process too."""
        return str(self.folder)

    def exists(self) -> bool:
        """Whether a store was ever made there."""
        return (self.folder / "store.json").is_file()

    def refresh(self) -> None:
        """See what others have published since. A folder is looked at whenever it is asked."""

    def persevere(self) -> None:
        """Hours of work hang on it from here on: a store that is far away is waited for longer before it counts as lost."""

    def prepare(self) -> None:
        """Make the folder, check that it is ours and can be written, and clear away what killed workers left half written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            marker = self.folder / "store.json"
            if not marker.exists():
                write_beside(marker, json.dumps({"format": "stiltsreport store", "version": VERSION}) + "\n")
            found = json.loads(marker.read_text(encoding="utf-8"))
            (self.folder / "scratch").mkdir(exist_ok=True)
            (self.folder / "attempts").mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder / "scratch"):
                pass
        except (OSError, ValueError) as error:
            raise self.unusable(error) from error
        version = found.get("version") if isinstance(found, dict) else None
        if version != VERSION:
            what = f"was written in format {version}, this is format {VERSION}"
            raise StiltsReportError(what, where=f"--store {self.folder}", hint="another --store")
        self._clear_scratch()
        self.attempts.clear_old()

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
        """Whether the artifact is there, and is not known to be damaged."""
        there = os.path.isdir(f"{self.folder}/{kind}/{job[:2]}/{job}")  # noqa: PTH112 - asked tens of thousands of times a plan
        return there and (not self.damaged or (kind, job) not in self.damaged)

    def has_now(self, kind: Kind, job: str) -> bool:
        """As `has`, whatever was seen before: another build may have published it since."""
        return self.has(kind, job)

    def foresee(self, kind: Kind, jobs: Iterable[str]) -> None:
        """The records of these jobs will be asked for: a store that is far away reads them together."""

    def bring(self, kind: Kind, jobs: Iterable[str]) -> None:
        """The files of these jobs will be read: a store that is far away fetches those that are there. Others have them in their folder."""

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

        def whole(scratch: Path) -> None:
            write(scratch)
            write_manifest(scratch)

        self._publish(job, final, whole, move)
        return final

    def publish_tokens(self, key: str, write: Callable[[Path], None]) -> Path:
        """Let `write` make the file of a token table, and move that into place, over a damaged one too. Raises as `publish`."""
        final = self.tokens(key)
        self._publish(key, final, lambda scratch: write(scratch / final.name), lambda scratch: (scratch / final.name).replace(final))
        return final

    def _publish(self, name: str, final: Path, write: Callable[[Path], None], move: Callable[[Path], object]) -> None:
        try:
            scratch = new_folder(self.folder / "scratch", f"{owner()}{name}-")
            try:
                write(scratch)
                open_to_others(scratch)
                settle(scratch)
                final.parent.mkdir(parents=True, exist_ok=True)
                move(scratch)
                flush(final.parent)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        except OSError as error:
            raise self.unusable(error) from error

    def record(self, kind: Kind, job: str) -> dict[str, Any]:
        """The record of an artifact whose files have the sizes that they were published with.

        Raises DamagedArtifact where they have not, or the record is not what was written; the artifact then counts as not there.
        """
        folder = f"{self.folder}/{kind}/{job[:2]}/{job}"
        try:
            entries = self._sized(folder)
            with open(f"{folder}/record.json", "rb") as stream:  # noqa: PTH123 - asked tens of thousands of times a report
                content = stream.read()
            if "record.json" in entries and hashlib.sha256(content).hexdigest() != entries["record.json"].sha256:
                raise DamagedArtifact("record.json is not what was written: its sha256 differs")
            found: dict[str, Any] = json.loads(content)
        except (ValueError, FileNotFoundError, NotADirectoryError) as error:
            raise self._found_damaged(kind, job, error) from error
        return found

    def check(self, kind: Kind, job: str, *, content: bool = False) -> None:
        """Raise DamagedArtifact where the artifact is not what was published, by sizes, or byte by byte; it then counts as not there."""
        folder = self.path(kind, job)
        try:
            entries = self._sized(folder)
            if content:
                check_content(folder, entries)
        except (DamagedArtifact, FileNotFoundError) as error:
            raise self._found_damaged(kind, job, error) from error

    def verified(self, kind: Kind, job: str) -> Path:
        """The folder of an artifact that work rests on, checked byte by byte.

        Raises StiltsReportError where it is damaged: it is then put aside, so that it is made again.
        """
        try:
            self.check(kind, job, content=True)
        except DamagedArtifact as error:
            try:
                what = f"is damaged ({error}) and was {self.put_aside(kind, job)}"
            except OSError as closed:
                raise self.unusable(closed) from error
            raise StiltsReportError(what, where=f"{kind} {job}", hint="the same command makes it again") from error
        return self.path(kind, job)

    def put_aside(self, kind: Kind, job: str) -> str:
        """Take a damaged artifact out of the way, so that it is made again; what was done, to be told. Raises OSError."""
        return f"moved to {self.quarantine(kind, job)}"

    def quarantine(self, kind: Kind, job: str) -> Path:
        """Move a damaged artifact out of the way; where to. Another process may have been quicker."""
        to = self.folder / "quarantine"
        to.mkdir(exist_ok=True)
        target = to / f"{kind}-{job}-{secrets.token_hex(4)}"
        with contextlib.suppress(FileNotFoundError):
            self.path(kind, job).rename(target)
        self.damaged.pop((kind, job), None)
        return target

    def _sized(self, folder: str | Path) -> dict[str, Entry]:
        """The manifest of an artifact whose files have its sizes; empty for one of an earlier version."""
        if os.path.islink(folder) or os.path.islink(os.path.dirname(folder)):  # noqa: PTH114, PTH120 - as above
            raise DamagedArtifact("is a link, which may lead out of the store")
        entries = read_manifest(folder) or {}
        check_sizes(folder, entries)
        return entries

    def _found_damaged(self, kind: Kind, job: str, error: Exception) -> DamagedArtifact:
        if not self.path(kind, job).is_dir():
            raise error  # it is not there at all
        reason = str(error) if isinstance(error, DamagedArtifact) else f"record.json cannot be read: {error}"
        self.damaged[kind, job] = reason
        return DamagedArtifact(reason)

    def log(self, name: str) -> contextlib.AbstractContextManager[None]:
        """While it lasts, the file of that name in the folder is as all who use the store see it, and what is added to it reaches them."""
        del name
        return contextlib.nullcontext()

    def put(self, name: str, text: str) -> None:
        """Write a small text, whole or not at all. Raises OSError."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        write_beside(file, text)

    def pull(self, folder: str) -> None:
        """See the texts of that folder as they are now. Raises OSError."""

    def drop(self, name: str) -> None:
        """Remove a text. Raises OSError."""
        (self.folder / name).unlink(missing_ok=True)

    def attempt(self, unit: str) -> Path:
        """The folder of a unit's attempts, made where it is not there: advisory and disposable."""
        return self.attempts.made(unit)

    def lease(self, unit: str) -> contextlib.AbstractContextManager[None]:
        """Work on the unit, and say so to other builds. Raises Held where another living process does."""
        return self.attempts.lease(unit)

    def failure(self, unit: str) -> str | None:
        """Why the unit's last attempt failed, if one did."""
        return self.attempts.failure(unit)

    def note_failure(self, unit: str, text: str) -> Path:
        """Keep the log of a failed attempt; its file."""
        return self.attempts.note_failure(unit, text)

    def _clear_scratch(self) -> None:
        """Remove the scratch folders of processes of this machine that are gone; others may still be written to."""
        for folder in (self.folder / "scratch").iterdir():
            owner, _, rest = folder.name.partition("~")
            process = rest.partition("~")[0]
            if owner == machine_name() and process.isdigit() and not alive(int(process)):
                shutil.rmtree(folder, ignore_errors=True)

    def unusable(self, error: Exception) -> StiltsReportError:
        """What the user is told of a store that cannot be read or written."""
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = "its store.json is no JSON" if isinstance(error, ValueError) else cause(error)
        hint = "free some space, or name another --store" if full else "a folder that you may write to"
        if isinstance(error, FileExistsError | NotADirectoryError):
            reason = "a file stands there"
        return StiltsReportError(f"cannot be used: {reason}", where=f"--store {self.folder}", hint=hint)


def owner() -> str:
    """How a scratch folder says whose it is: "~" occurs in no machine's name."""
    return f"{machine_name()}~{os.getpid()}~"
