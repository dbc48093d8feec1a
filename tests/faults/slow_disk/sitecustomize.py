"""Makes one folder a slow network disk for the Python that finds this first: each operation on a path in it takes SLOW_SECONDS more."""

import builtins
import io
import os
import time

_FOLDER, _SECONDS = os.environ.get("SLOW_FOLDER", ""), float(os.environ.get("SLOW_SECONDS", "0"))


def _slowed(does):
    def slow(*arguments, **named):
        for one in arguments[:2]:
            if isinstance(one, str | os.PathLike) and os.fspath(one).startswith(_FOLDER):
                time.sleep(_SECONDS)
                break
        return does(*arguments, **named)

    return slow


if _FOLDER:
    for _name in (
        "open",
        "stat",
        "lstat",
        "mkdir",
        "rename",
        "replace",
        "link",
        "unlink",
        "rmdir",
        "scandir",
        "listdir",
        "utime",
        "readlink",
    ):
        setattr(os, _name, _slowed(getattr(os, _name)))
    os.path.isdir = _slowed(os.path.isdir)
    builtins.open = io.open = _slowed(io.open)
