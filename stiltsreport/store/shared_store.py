"""A store by URL: a store on this machine's disk, and behind it the objects that all machines share.

Work reads and writes files here. What it makes is uploaded whole, then named by one small object that can be created once: the first to
come has published it, and who comes second takes the first one's. What others have made is fetched when it is needed, and checked byte by
byte. Token tables, unpacked encoders and what is remembered of local data stay on this machine: they are made again in minutes.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stiltsreport.errors import StiltsReportError
from stiltsreport.store.commits import Commit, Named, commit_key, data_key, mark, named, read_commit
from stiltsreport.store.files import new_folder, write_beside
from stiltsreport.store.kept_commits import KeptCommits
from stiltsreport.store.manifest import DamagedArtifact, Entry, read_manifest, sha256, write_entries, write_manifest
from stiltsreport.store.objects import PATIENT_TRIES, Objects
from stiltsreport.store.shared_attempts import SharedAttempts
from stiltsreport.store.store import VERSION, Kind, Store, owner
from stiltsreport.store.urls import checked_url, local_folder

_MARKER = "store.json"
_RECORD = "record.json"
_FETCHES = 2  # of a file: what the network has torn comes whole the second time


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
        self._whole = whole
        self._index: dict[Kind, dict[str, Named]] = {}
        self._listed: set[Kind] = set()
        self._kept = KeptCommits(self.folder / "commits")

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
            return self.objects.about(_MARKER) is not None

    def persevere(self) -> None:
        """Wait for a network that is down for minutes, not seconds."""
        self.objects.tries = PATIENT_TRIES

    def prepare(self) -> None:
        """Make it where it is not there, and see that it can be written to, before hours are spent on what cannot be kept."""
        super().prepare()
        with self._usable():
            self.objects.create(_MARKER, f'{{"format": "stiltsreport store", "version": {VERSION}}}\n'.encode())
            try:
                version = json.loads(self.objects.read(_MARKER)).get("version")
            except (ValueError, AttributeError) as error:
                raise self.unusable(error) from error
            if version != VERSION:
                what = f"was written in format {version}, this is format {VERSION}"
                raise StiltsReportError(what, where=f"--store {self.place}", hint="another --store")
            probe = f"probes/{secrets.token_hex(8)}"
            self.objects.write(probe, b"can this be written to?\n")
            self.objects.delete([probe])

    def refresh(self) -> None:
        """See what others have published since, and forget what is no longer there."""
        self._index.clear()
        self._listed.clear()

    def has(self, kind: Kind, job: str) -> bool:
        """Whether the artifact was published, as far as this process has seen, and is not known to be damaged."""
        if (kind, job) in self.damaged:
            return False
        if self._whole and kind not in self._listed:
            with self._usable():
                self._index[kind] = named(self.objects.list(kind))
            self._listed.add(kind)
        return job in self._index.get(kind, {}) or (not self._whole and self.has_now(kind, job))

    def has_now(self, kind: Kind, job: str) -> bool:
        """Whether it is published, asked now where it was not seen before."""
        if (kind, job) in self.damaged:
            return False
        if job not in self._index.get(kind, {}):
            with self._usable():
                found = self._look(kind, job)
            if found.tag:
                self._index.setdefault(kind, {})[job] = found
        return job in self._index.get(kind, {})

    def foresee(self, kind: Kind, jobs: Iterable[str]) -> None:
        """These records will be asked for: those that are not on this machine yet are read together."""
        wanted = {job: self._index[kind][job] for job in jobs if self.has(kind, job)}
        absent = {one.key: job for job, one in wanted.items() if self._kept.of(kind, job, one) is None}
        if absent:
            with self._usable():
                contents = self.objects.read_many(list(absent))
                self._keep(kind, {absent[key]: (wanted[absent[key]], content) for key, content in contents.items()})

    def bring(self, kind: Kind, jobs: Iterable[str]) -> None:
        """Fetch artifacts that are not on this machine. One that is damaged is marked so, and counts as not there: see `damaged`."""
        there = [job for job in jobs if self.has(kind, job)]
        self.foresee(kind, there)
        with self._usable():
            self.objects.each(lambda job: self._bring(kind, job), there)

    def publish(self, kind: Kind, job: str, write: Callable[[Path], None]) -> Path:
        """Let `write` fill a folder, upload it, and name it. Where another was quicker, his is what counts, here too."""
        final = self.path(kind, job)

        def whole(scratch: Path) -> None:
            write(scratch)
            write_manifest(scratch)

        def move(scratch: Path) -> None:
            if self._upload(kind, job, scratch):
                _move(scratch, final)

        self._publish(job, final, whole, move)
        self.damaged.pop((kind, job), None)
        self.bring(kind, [job])
        return final

    def _publish(self, name: str, final: Path, write: Callable[[Path], None], move: Callable[[Path], object]) -> None:
        """On a node that was only handed a unit nobody has prepared the folder."""
        (self.folder / "scratch").mkdir(parents=True, exist_ok=True)
        super()._publish(name, final, write, move)

    def record(self, kind: Kind, job: str) -> dict[str, Any]:
        """The record of an artifact, of which nothing else is fetched. Raises as Store.record."""
        with self._usable():
            try:
                commit = self._commit(kind, job)
                text = commit.record
                if text is None:
                    self._bring(kind, job)
                    text = (self.path(kind, job) / _RECORD).read_text(encoding="utf-8")
                if _RECORD in commit.files and hashlib.sha256(text.encode()).hexdigest() != commit.files[_RECORD].sha256:
                    raise DamagedArtifact("record.json is not what was written: its sha256 differs")
                found: dict[str, Any] = json.loads(text)
            except ValueError as error:
                reason = str(error) if isinstance(error, DamagedArtifact) else f"record.json cannot be read: {error}"
                self._mark(kind, job, reason)
                raise DamagedArtifact(reason) from error
        return found

    def check(self, kind: Kind, job: str, *, content: bool = False) -> None:
        """As Store.check, of what lies here; with `content` it is fetched first. What is damaged here alone is fetched anew."""
        if not content:
            if self.path(kind, job).is_dir():
                try:
                    super().check(kind, job)
                except DamagedArtifact:
                    self._drop_copy(kind, job)
            return
        for _ in range(_FETCHES):
            if (kind, job) not in self.damaged and not self.has_now(kind, job):
                raise FileNotFoundError(f"{self.place}: {kind} {job} is not there")
            self.bring(kind, [job])
            if (kind, job) in self.damaged:
                raise DamagedArtifact(self.damaged[kind, job])
            try:
                super().check(kind, job, content=True)
            except DamagedArtifact:
                self._drop_copy(kind, job)
            else:
                return
        raise DamagedArtifact(f"this machine's disk does not keep what it is given: {self.folder}")

    def put_aside(self, kind: Kind, job: str) -> str:
        """Mark a damaged artifact, for everybody, where that has not been done, so that it is made again; what was done."""
        self._mark(kind, job, self.damaged.get((kind, job), "is damaged"))
        del self.damaged[kind, job]
        return f"marked so in {self.place}"

    @contextlib.contextmanager
    def log(self, name: str) -> Iterator[None]:
        """A file of lines that only grows, shared while it is read and added to: each line is an object, and none is lost."""
        file = self.folder / name
        shared = self._lines(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_beside(file, "".join(shared.values()))
        yield
        more = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.is_file() else []
        number = max(shared, default=0)
        for line in more[len(shared) :]:
            while line not in shared.values():
                number += 1  # behind the last one: where one was removed, those behind it are there still
                if self.objects.create(f"{name}/{number:06}", line.encode()):
                    shared[number] = line
                else:
                    shared = self._lines(name)
                    number = max([number, *shared])

    def put(self, name: str, text: str) -> None:
        """A small text by its name, here and there. Raises OSError."""
        super().put(name, text)
        self.objects.write(name, text.encode())

    def pull(self, folder: str) -> None:
        """The texts of a folder as they are now. Raises OSError."""
        contents = self.objects.read_many(list(self.objects.list(folder)))
        shutil.rmtree(self.folder / folder, ignore_errors=True)
        for key, content in contents.items():
            if Path(key).parts == (folder, Path(key).name):
                super().put(key, content.decode(errors="replace"))

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

    def _lines(self, name: str) -> dict[int, str]:
        """The lines of a log by number."""
        numbers = {int(Path(key).name): key for key in self.objects.list(name) if Path(key).name.isdigit()}
        contents = self.objects.read_many(list(numbers.values()))
        return {number: contents[key].decode() for number, key in sorted(numbers.items()) if key in contents}

    def _look(self, kind: Kind, job: str) -> Named:
        """The commit that counts; where there is none, the place of the next one, without a tag."""
        number = 1
        while (about := self.objects.about(commit_key(kind, job, number))) is not None:
            if self.objects.about(commit_key(kind, job, number, "damaged")) is None:
                return Named(commit_key(kind, job, number), number, about.tag)
            number += 1
        return Named(commit_key(kind, job, number), number, "")

    def _upload(self, kind: Kind, job: str, scratch: Path) -> bool:
        """Upload an artifact and name it; whether it is ours that counts."""
        place = self._look(kind, job)
        if not place.tag:
            data = f"{place.number}-{secrets.token_hex(8)}"
            files = read_manifest(scratch) or {}
            largest_first = sorted(files, key=lambda name: -files[name].size)
            self.objects.each(lambda name: self.objects.upload(scratch / name, data_key(kind, job, data, name)), largest_first)
            record = (scratch / _RECORD).read_text(encoding="utf-8") if _RECORD in files else None
            content = Commit(data, files, record).as_text().encode()
            if self.objects.create(place.key, content):
                about = self.objects.about(place.key)
                place = Named(place.key, place.number, about.tag if about else "")
                self._index.setdefault(kind, {})[job] = place
                if self._kept.last(kind, job) != content.decode().strip():  # else another process of this machine has fetched it since
                    self._forget_local(kind, job)
                self._keep(kind, {job: (place, content)})
                return True
            with contextlib.suppress(OSError):  # who may not remove anything leaves it to `gc`
                self.objects.delete([data_key(kind, job, data, name) for name in files])
            place = self._look(kind, job)
        if place.tag:
            self._index.setdefault(kind, {})[job] = place
        return False

    def _commit(self, kind: Kind, job: str) -> Commit:
        """The commit of an artifact that was seen. Raises DamagedArtifact, FileNotFoundError."""
        if not self.has(kind, job):
            raise FileNotFoundError(f"{kind} {job} is not there")
        place = self._index[kind][job]
        kept = self._kept.of(kind, job, place)
        if kept is not None:
            return read_commit(kept)
        content = self.objects.read(place.key)
        commit = read_commit(content)
        self._keep(kind, {job: (place, content)})
        return commit

    def _keep(self, kind: Kind, found: Mapping[str, tuple[Named, bytes]]) -> None:
        """Remember commits; files here that are of an earlier one are dropped."""
        for job, (_, content) in found.items():
            before = self._kept.last(kind, job)
            if before is not None and before != content.decode(errors="replace").strip():
                self._forget_local(kind, job)
        self._kept.add(kind, {job: (place, content.decode(errors="replace")) for job, (place, content) in found.items()})

    def _bring(self, kind: Kind, job: str) -> None:
        try:
            commit = self._commit(kind, job)
            if not self.path(kind, job).is_dir():
                self._fetch(kind, job, commit)
        except DamagedArtifact as error:
            self._mark(kind, job, str(error))

    def _fetch(self, kind: Kind, job: str, commit: Commit) -> None:
        """The files of an artifact, each checked, then moved into place. Raises DamagedArtifact."""
        final = self.path(kind, job)
        (self.folder / "scratch").mkdir(parents=True, exist_ok=True)
        scratch = new_folder(self.folder / "scratch", f"{owner()}{job}-")
        try:
            for name, entry in commit.files.items():
                self._fetch_file(data_key(kind, job, commit.data, name), scratch / name, name, entry)
            write_entries(scratch, commit.files)
            final.parent.mkdir(parents=True, exist_ok=True)
            _move(scratch, final)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _fetch_file(self, key: str, file: Path, name: str, entry: Entry) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(_FETCHES):
            try:
                self.objects.download(key, file)
            except FileNotFoundError:
                raise DamagedArtifact(f"{name} is not there") from None
            if file.stat().st_size == entry.size and sha256(file) == entry.sha256:
                return
        if file.stat().st_size != entry.size:
            raise DamagedArtifact(f"{name} has {file.stat().st_size:,} bytes, {entry.size:,} were written")
        raise DamagedArtifact(f"{name} is not what was written: its sha256 differs")

    def _mark(self, kind: Kind, job: str, reason: str) -> None:
        """Mark the commit that was read as damaged; it counts as not there. Only that one: another may have come since."""
        place = self._index.get(kind, {}).pop(job, None)
        about = self.objects.about(place.key) if place is not None else None
        if place is not None and about is not None and about.tag == place.tag:
            with contextlib.suppress(OSError):  # who may only read goes without it, and is told of the damage
                self.objects.create(mark(place.key), json.dumps({"reason": reason}).encode())
        self.damaged[kind, job] = reason
        self._forget_local(kind, job)

    def _drop_copy(self, kind: Kind, job: str) -> None:
        """What is damaged on this machine alone is no damage of the artifact's."""
        self.damaged.pop((kind, job), None)
        self._forget_local(kind, job)

    def _forget_local(self, kind: Kind, job: str) -> None:
        """Remove this machine's copy, out of sight first."""
        aside = self.folder / "scratch" / f"{owner()}{job}-{secrets.token_hex(6)}"
        with contextlib.suppress(OSError):
            self.path(kind, job).rename(aside)
            shutil.rmtree(aside, ignore_errors=True)


def _move(scratch: Path, final: Path) -> None:
    """Into place, unless another process of this machine was quicker."""
    try:
        scratch.rename(final)
    except OSError:
        if not final.is_dir():
            raise
