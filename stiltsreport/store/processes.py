"""Processes of this machine: whether one that left its name still lives."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def host() -> str:
    """This machine's name, for people."""
    return os.uname().nodename


def machine() -> str:
    """What tells this machine's processes from others' of the same number: its name, its boot, and the namespace that numbers them."""
    return " ".join([host(), _content("/proc/sys/kernel/random/boot_id"), _link("/proc/self/ns/pid")]).strip()


def machine_name() -> str:
    """The same within a file's name: people read whose it is, and containers of one name differ."""
    return f"{host()}-{hashlib.sha256(machine().encode()).hexdigest()[:8]}"


def started(pid: int) -> int | None:
    """When a process began, in the kernel's ticks since its boot: numbers of processes come again. None where it is not known."""
    fields = _stat(pid)
    return int(fields[19]) if fields else None


def alive(pid: int, since: int | None = None) -> bool:
    """Whether a process of this machine lives, the one that began at `since`; a zombie, which waits to be reaped, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    fields = _stat(pid)
    if fields is None:  # no /proc: the signal's answer is all there is
        return True
    return fields[0] != "Z" and (since is None or int(fields[19]) == since)


def _stat(pid: int) -> list[str] | None:
    """The fields after the command's name, from the state on."""
    text = _content(f"/proc/{pid}/stat")
    fields = text.rpartition(")")[2].split()
    return fields if len(fields) > 19 else None  # noqa: PLR2004 - starttime is field 22 of proc(5), this one's 19


def _content(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 - what it says is no path
    except OSError:
        return ""
