"""Processes whose parent was killed: they would go on, unseen, and hold their memory and their GPU."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time

_GRACE_SECONDS = 60.0  # to save a training's state once the parent is gone


def end_with_parent(at_work: threading.Event) -> None:
    """Let this process save what it is at, and end, when the one that started it ends; `at_work` is set while there is anything."""
    threading.Thread(target=_watch, args=(at_work,), daemon=True).start()


def _watch(at_work: threading.Event) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)  # where nothing is at work that heeds it, this is the end
        deadline = time.monotonic() + _GRACE_SECONDS
        while at_work.is_set() and time.monotonic() < deadline:
            time.sleep(0.05)
        os._exit(1)
