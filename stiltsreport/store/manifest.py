"""What an artifact was when it was published: every file with its size and sha256, so that damage is seen before it is believed.

Artifacts of earlier versions have no manifest: of them only what cannot be read is known to be damaged.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NAME = "manifest.json"
_FORMAT = 1
_BLOCK = 2**20


class DamagedArtifact(ValueError):  # noqa: N818 - what it is of matters more
    """An artifact is not what was published."""


@dataclass(frozen=True)
class Entry:
    """A file as it was published."""

    size: int
    sha256: str


def write_manifest(folder: Path) -> None:
    """Note every file of an artifact that is about to be published."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    write_entries(folder, {path.relative_to(folder).as_posix(): Entry(path.stat().st_size, sha256(path)) for path in files})


def write_entries(folder: Path, entries: Mapping[str, Entry]) -> None:
    """Note what is known of an artifact's files already."""
    written = {name: {"size": entry.size, "sha256": entry.sha256} for name, entry in entries.items()}
    (folder / NAME).write_text(json.dumps({"format": _FORMAT, "files": written}, indent=1) + "\n", encoding="utf-8")


def read_manifest(folder: str | Path) -> dict[str, Entry] | None:
    """The files of an artifact by their path in it; None where it has no manifest. Raises DamagedArtifact where that cannot be read."""
    try:
        with open(f"{folder}/{NAME}", "rb") as stream:  # noqa: PTH123 - asked tens of thousands of times a report
            found = json.load(stream)
        if found["format"] != _FORMAT:
            return None  # a later version's
        return {str(name): Entry(int(entry["size"]), str(entry["sha256"])) for name, entry in found["files"].items()}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedArtifact(f"{NAME} cannot be read: {error}") from error


def check_sizes(folder: str | Path, entries: Mapping[str, Entry]) -> None:
    """Raise DamagedArtifact where a file is not there, is another size, or is no file of the artifact's own."""
    for name, entry in entries.items():
        try:
            found = os.lstat(f"{folder}/{name}")
        except (FileNotFoundError, NotADirectoryError):
            raise DamagedArtifact(f"{name} is not there") from None
        if not stat.S_ISREG(found.st_mode):
            raise DamagedArtifact(f"{name} is no file, but a link or folder")
        if found.st_size != entry.size:
            raise DamagedArtifact(f"{name} has {found.st_size:,} bytes, {entry.size:,} were written")


def check_content(folder: Path, entries: Mapping[str, Entry]) -> None:
    """Raise DamagedArtifact where a byte has changed. Reads everything."""
    for name, entry in entries.items():
        if sha256(folder / name) != entry.sha256:
            raise DamagedArtifact(f"{name} is not what was written: its sha256 differs")


def sha256(file: Path) -> str:
    """The digest of a file's bytes."""
    found = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
