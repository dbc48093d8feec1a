"""Whether a path that somebody wrote names a file or a folder; a name too long for any disk, or with a NUL in it, names neither."""

from __future__ import annotations

from pathlib import Path


def is_folder(path: str | Path) -> bool:
    r"""Whether there is such a folder.

    >>> is_folder("/"), is_folder("x" * 5000), is_folder("a\0b")
    (True, False, False)
    """
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def is_file(path: str | Path) -> bool:
    """Whether there is such a file."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False
