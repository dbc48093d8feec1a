"""Signals that ask a worker to stop: SIGTERM (the build, a batch system) and SIGUSR1 (Slurm, before it preempts)."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

from stiltsreport.modeling.interruption import Interruption

ASKING = (signal.SIGTERM, signal.SIGUSR1)


@contextlib.contextmanager
def heeded(interruption: Interruption) -> Iterator[None]:
    """While it lasts, these signals ask for the interruption. Python lets the main thread alone heed signals: elsewhere, nobody does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda _number, _frame: interruption.ask()) for number in ASKING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
