"""What makes an artifact of a store by URL be there: one small object, created once, that names its files with their sizes and sha256.

    KIND/ab/JOB.1.json          the artifact, with its record inside: a listing and one read say all that `status` asks
    KIND/ab/JOB.1.damaged       the mark that its files were found damaged: from then on it counts as not there, and JOB.2.json may come
    data/KIND/JOB/1-TOKEN/...   its files, uploaded before it was named; without a name they are a leftover

Neither a name nor a mark is ever changed, so that two who find the same damage, or make the same artifact, cannot undo each other's work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from stiltsreport.store.manifest import DamagedArtifact, Entry
from stiltsreport.store.objects import Listed

_FORMAT = 1
_NAME = re.compile(r"(?P<kind>[a-z]+)/[^/]+/(?P<job>[^/.]+)\.(?P<number>\d+)\.(?P<what>json|damaged)")
_PLAIN = re.compile(r"[A-Za-z0-9~-]+")


@dataclass(frozen=True)
class Commit:
    """An artifact's files by their path in it, where they lie, and its record.json as it was written."""

    data: str
    files: Mapping[str, Entry]
    record: str | None

    def as_text(self) -> str:
        """One JSON object."""
        entries = {name: {"size": entry.size, "sha256": entry.sha256} for name, entry in self.files.items()}
        return json.dumps({"format": _FORMAT, "data": self.data, "files": entries, "record": self.record}, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Named:
    """Where an artifact's commit lies: the key, its number among those of the job, and the tag that tells it from another of the name."""

    key: str
    number: int
    tag: str


def read_commit(content: bytes | str) -> Commit:
    """Raises DamagedArtifact where it is not what `as_text` wrote, or names a file outside its folder."""
    try:
        found = json.loads(content)
        if found["format"] != _FORMAT:
            raise DamagedArtifact(f"was written in format {found['format']}, this is format {_FORMAT}")
        files = {str(name): Entry(int(entry["size"]), str(entry["sha256"])) for name, entry in found["files"].items()}
        commit = Commit(str(found["data"]), files, None if found["record"] is None else str(found["record"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, DamagedArtifact):
            raise
        raise DamagedArtifact(f"its list of files cannot be read: {error}") from error
    if not _PLAIN.fullmatch(commit.data) or not all(map(_inside, files)):
        raise DamagedArtifact("its list of files names one outside its folder")
    return commit


def commit_key(kind: str, job: str, number: int, what: str = "json") -> str:
    """The key of a commit, or of its mark.

    >>> commit_key("trainings", "0a1b", 1), commit_key("trainings", "0a1b", 1, "damaged")
    ('trainings/0a/0a1b.1.json', 'trainings/0a/0a1b.1.damaged')
    """
    return f"{kind}/{job[:2]}/{job}.{number}.{what}"


def data_key(kind: str, job: str, data: str, name: str = "") -> str:
    """The key of a file of an artifact, or of their folder."""
    return f"data/{kind}/{job}/{data}" + (f"/{name}" if name else "")


def named(keys: Mapping[str, Listed]) -> dict[str, Named]:
    """Of a listing of one kind: by job the commit that counts, the last one, where it bears no mark."""
    last: dict[str, tuple[int, str]] = {}
    for key, _, job, number in commits(keys):
        if number > last.get(job, (0, ""))[0]:
            last[job] = (number, key)
    there = {job: Named(key, number, keys[key].tag) for job, (number, key) in last.items()}
    return {job: one for job, one in there.items() if mark(one.key) not in keys}


def commits(keys: Iterable[str]) -> Iterable[tuple[str, str, str, int]]:
    """(key, kind, job, number) of every commit among keys, marked or not."""
    for key in keys:
        found = _NAME.fullmatch(key)
        if found and found["what"] == "json":
            yield key, found["kind"], found["job"], int(found["number"])


def mark(key: str) -> str:
    """The key of the mark on a commit."""
    return key.removesuffix("json") + "damaged"


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name
