"""Data by URL: files fetched once to this machine's cache, and again when they change there. What is read and fingerprinted is local.

The copy is known by each object's tag (of s3 and gs its ETag). Fingerprints go by what is in the files, so that the same data give the same
jobs from a folder, from one bucket and from another.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from pathlib import Path, PurePosixPath

from stiltsreport.errors import StiltsReportError
from stiltsreport.store.files import write_beside
from stiltsreport.store.objects import Objects, UnreachableError
from stiltsreport.store.urls import checked_url, folder_of, local_folder, shown

_INDEX = ".fetched.json"


def fetched(url: str, *, offline: bool = False, folder: Path | None = None, objects: Objects | None = None) -> Path:
    """The folder in which the URL's files lie on this machine, as they are there now; `offline` as they were when they were last fetched.

    Raises StiltsReportError where it cannot be read, holds nothing, or was never fetched.
    """
    url = checked_url(url, "--data")
    own = folder_of(url)
    if own is not None:
        return own
    folder = folder or local_folder(url, "data")
    known = _known(folder)
    if offline:
        if not known:
            raise StiltsReportError("was never fetched", where=f"--data {shown(url)}", hint="the same command without --offline")
        return folder
    try:
        _fetch(objects or Objects(url), folder, known)
    except UnreachableError as error:
        hint = "credentials come from the environment; --offline goes on with what was fetched before" if known else "check the URL"
        raise StiltsReportError(f"cannot be read: {error.strerror}", where=f"--data {shown(url)}", hint=hint) from error
    return folder


def _fetch(objects: Objects, folder: Path, known: dict[str, str]) -> None:
    found = {key: about.tag for key, about in objects.list().items() if _inside(key)}
    if not found:
        raise StiltsReportError("there are no files", where=f"--data {objects.place}", hint="FOLDER/TASK/... as `list tasks NAME` says")
    folder.mkdir(parents=True, exist_ok=True)
    absent = [key for key, tag in found.items() if known.get(key) != tag or not (folder / key).is_file()]
    try:
        objects.each(lambda key: _one(objects, key, folder / key), absent)
    except FileNotFoundError as error:
        raise StiltsReportError("changed while it was read", where=f"--data {objects.place}", hint="the same command") from error
    for key in known.keys() - found.keys():
        with contextlib.suppress(OSError):
            (folder / key).unlink()
    if found != known:
        write_beside(folder / _INDEX, json.dumps(found, ensure_ascii=False, indent=1) + "\n")


def _one(objects: Objects, key: str, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f".{file.name}-{secrets.token_hex(6)}")
    try:
        objects.download(key, scratch)
        scratch.replace(file)
    finally:
        scratch.unlink(missing_ok=True)


def _known(folder: Path) -> dict[str, str]:
    """Tags by key of what was fetched; nothing where that is not known, so that it is fetched again."""
    try:
        found = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        return {str(key): str(tag) for key, tag in found.items() if _inside(str(key))}
    except (OSError, ValueError, AttributeError):
        return {}


def _inside(key: str) -> bool:
    """Whether a key is a file in the folder: a bucket's keys may be anything."""
    path = PurePosixPath(key)
    return key == path.as_posix() and not path.is_absolute() and ".." not in path.parts and "\\" not in key and path.name != _INDEX
