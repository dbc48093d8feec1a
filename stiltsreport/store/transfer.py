"""An artifact's files on their way to a store by URL and back, each checked against what was written."""

from __future__ import annotations

import secrets
from pathlib import Path

from stiltsreport.store.commits import Commit, data_key
from stiltsreport.store.manifest import DamagedArtifact, Entry, read_manifest, sha256, write_entries
from stiltsreport.store.objects import Objects

RECORD = "record.json"
FETCHES = 2  # of a file: what the network has torn comes whole the second time


def upload(objects: Objects, kind: str, job: str, number: int, folder: Path) -> Commit:
    """Upload the files of a folder; the commit that would name them as the job's `number`-th. Raises OSError."""
    data = f"{number}-{secrets.token_hex(8)}"
    files = read_manifest(folder) or {}
    largest_first = sorted(files, key=lambda name: -files[name].size)
    objects.each(lambda name: objects.upload(folder / name, data_key(kind, job, data, name)), largest_first)
    return Commit(data, files, (folder / RECORD).read_text(encoding="utf-8") if RECORD in files else None)


def fetch(objects: Objects, kind: str, job: str, commit: Commit, folder: Path) -> None:
    """Fill a folder with a commit's files. Raises DamagedArtifact, OSError."""
    for name, entry in commit.files.items():
        _fetch_file(objects, data_key(kind, job, commit.data, name), folder / name, name, entry)
    write_entries(folder, commit.files)


def _fetch_file(objects: Objects, key: str, file: Path, name: str, entry: Entry) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(FETCHES):
        try:
            objects.download(key, file)
        except FileNotFoundError:
            raise DamagedArtifact(f"{name} is not there") from None
        if file.stat().st_size == entry.size and sha256(file) == entry.sha256:
            return
    if file.stat().st_size != entry.size:
        raise DamagedArtifact(f"{name} has {file.stat().st_size:,} bytes, {entry.size:,} were written")
    raise DamagedArtifact(f"{name} is not what was written: its sha256 differs")
