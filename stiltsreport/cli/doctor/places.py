"""Folders that builds write to: that they can be written, hold enough, and do what a store rests on."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from stiltsreport.cli.doctor.finding import Finding
from stiltsreport.store.urls import shown

AREA = "places"
_GB = 1e9
_LITTLE = 5.0  # gigabytes: less holds no study but small ones
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "lustre", "beegfs", "gpfs", "fuse.sshfs", "9p", "ceph"}


def places(store: str, reports: Path, cache: Path) -> Iterator[Finding]:
    """The store (where it is a folder), the reports' folder and the Hub's cache."""
    if "://" in store:
        yield Finding(AREA, "store", "note", f"{shown(store)} is not looked at here: `stiltsreport status STUDY --store URL` opens it")
    else:
        yield _place("store", Path(store).expanduser(), "--store DIR")
    yield _place("reports", reports.expanduser(), "--reports DIR")
    yield _place("cache", cache.expanduser(), "HF_HOME=DIR in the environment")


def _place(name: str, folder: Path, other: str) -> Finding:
    there = existing(folder)
    try:
        _try_out(there)
    except OSError as error:
        return Finding(AREA, name, "wrong", f"{folder} cannot be written: {error.strerror or error}", f"chmod u+w {there}, or {other}")
    free = shutil.disk_usage(there).free / _GB
    kind = filesystem(there)
    said = f"{folder}, {free:.0f} GB free{f', on a network disk ({kind})' if kind in _NETWORK else ''}"
    if free < _LITTLE:
        return Finding(AREA, name, "note" if free > 1 else "wrong", f"{said}: that is little", f"free some, or {other}")
    return Finding(AREA, name, "right", said)


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())


def _try_out(folder: Path) -> None:
    """Write a file, move it over another and force it to the disk: what publication rests on. Leaves nothing."""
    with tempfile.TemporaryDirectory(prefix=".stiltsreport-", dir=folder) as scratch:
        first, second = Path(scratch, "first"), Path(scratch, "second")
        with first.open("wb") as stream:
            stream.write(b"1")
            stream.flush()
            os.fsync(stream.fileno())
        second.touch()
        first.replace(second)


def filesystem(folder: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The kind of file system that a folder lies on; "" where the system does not say."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    place, found = folder.resolve(), ("", "")
    for line in lines:
        _, point, kind, *_ = [*line.split(), "", ""]
        mounted = point.replace("\\040", " ")
        if (place == Path(mounted) or Path(mounted) in place.parents) and len(mounted) >= len(found[0]):
            found = (mounted, kind)
    return found[1]
