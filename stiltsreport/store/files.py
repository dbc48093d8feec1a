"""Files that others read: written beside and moved into place, on the disk before they are shown, and open to whom the umask says."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


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


def flush(path: Path) -> None:
    """Ask for a file or folder to be on the disk before what is renamed over it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
