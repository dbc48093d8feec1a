"""What lies in a store, and what of it nobody needs.

Never swept: looks (what was seen when, which p values stand on), overlaps, the memo and unpacked encoders, small or shared by all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from stiltsreport.store.files import new_folder
from stiltsreport.store.piece import ABANDONED_DAYS, DAY, Piece
from stiltsreport.store.processes import alive, machine_name
from stiltsreport.store.shared_store import SharedStore
from stiltsreport.store.shared_sweeping import remove_objects, unneeded_objects
from stiltsreport.store.store import KINDS, Kind, Store, owner

UNUSED_DAYS = 30  # after which a token table, made again in minutes, goes: reading it renews it
_COPIES = "copies on this machine"  # of what lies at a URL
_QUEUES = ("slurm",)  # beside the units: what jobs that wait in a cluster's queue will read


def pieces(store: Store) -> Iterator[tuple[str, str, Path]]:
    """(kind, name, path) of everything that may be swept."""
    for artifact in KINDS:
        for prefix in _entries(store.folder / artifact):
            if prefix.is_dir(follow_symlinks=False):
                yield from ((artifact, entry.name, Path(entry.path)) for entry in _entries(Path(prefix.path)))
    for kind in ("tokens", "attempts", "quarantine", "scratch"):
        yield from ((kind, entry.name, Path(entry.path)) for entry in _entries(store.folder / kind))


def unneeded(store: Store, needs: Mapping[Kind, Collection[str]], units: Collection[str], now: float) -> list[Piece]:
    """What no study needs: artifacts of other jobs, attempts of other units, old tokens, everything damaged, and leftovers.

    `needs` are the jobs that count, `units` the work that is under way or to be tried again. What a living worker holds is never there.
    """
    held = set(store.attempts.running())
    far = isinstance(store, SharedStore)
    found = unneeded_objects(store, needs, units, now) if isinstance(store, SharedStore) else []
    for kind, name, path in pieces(store):
        if kind in KINDS:
            free = name not in needs[kind]
        elif kind == "attempts":
            free = name not in {*_QUEUES, *held, *units} and (far or store.attempts.holder(name) is None)
        elif kind == "scratch":
            free = _abandoned(name, path, now)
        elif kind == "tokens":
            free = now - path.lstat().st_mtime > UNUSED_DAYS * DAY
        else:
            free = True
        if free:
            found.append(Piece(_COPIES if far and kind in KINDS else kind, path, size(path)))
    return found


def remove(store: Store, found: Iterable[Piece]) -> None:
    """Remove pieces, each out of everybody's sight first. Links are removed, not what they lead to."""
    found = list(found)
    if isinstance(store, SharedStore):
        remove_objects(store, [piece for piece in found if piece.keys])
    bin_ = new_folder(store.folder / "scratch", f"{owner()}gc-")
    try:
        for number, piece in enumerate(piece for piece in found if not piece.keys):
            with contextlib.suppress(FileNotFoundError):
                Path(piece.path).rename(bin_ / str(number))
            _erase(bin_ / str(number))
    finally:
        shutil.rmtree(bin_, ignore_errors=True)


def size(path: Path) -> int:
    """Bytes of a file, or of everything in a folder."""
    try:
        about = path.lstat()
    except FileNotFoundError:
        return 0
    if not path.is_dir() or path.is_symlink():
        return about.st_size
    return sum(size(Path(entry.path)) for entry in _entries(path))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _abandoned(name: str, path: Path, now: float) -> bool:
    """Whether nobody writes to a scratch folder any more: its process is dead, or, on another machine, it has long not changed."""
    whose, _, rest = name.partition("~")
    process = rest.partition("~")[0]
    if whose == machine_name() and process.isdigit():
        return not alive(int(process))
    return now - path.lstat().st_mtime > ABANDONED_DAYS * DAY


def _erase(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
