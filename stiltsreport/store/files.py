"""Files that others read: written beside and moved into place, on the disk before they are shown, and open to whom the umask says."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

_LARGE = 2**20


def write_beside(file: Path, text: str) -> None:
    """Write a file whole or not at all. tempfile would close it to everybody else."""
    scratch = file.with_name(f".{file.name}-{secrets.token_hex(6)}")
    try:
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            scratch.unlink()
        raise


def new_folder(parent: Path, prefix: str) -> Path:
    """A folder of a name that no other has."""
    folder = parent / f"{prefix}{secrets.token_hex(6)}"
    folder.mkdir()
    return folder


def open_to_others(folder: Path) -> None:
    """Give what is in a folder that we made the rights that the umask gave the folder: libraries close what they write."""
    rights = folder.stat().st_mode & 0o777
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(rights if path.is_dir() else rights & 0o666)


def settle(folder: Path) -> None:
    """Ask for everything in a folder to be on the disk, before it is renamed.

    A disk takes 7 ms for each file that is waited for, whatever its size: large ones are, small ones are sent on their way, and the folder
    that they are moved into is waited for once. What a power failure tears in between is known by its manifest, and made again.
    """
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_size >= _LARGE:
            flush(path)
        elif hasattr(os, "posix_fadvise"):  # Linux begins to write what it is told to forget
            with _opened(path) as descriptor, contextlib.suppress(OSError):
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def flush(path: Path) -> None:
    """Wait for a file or folder to be on the disk."""
    with _opened(path) as descriptor:
        os.fsync(descriptor)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
