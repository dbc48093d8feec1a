"""Signals that ask a worker to stop: SIGTERM (the build, a batch system) and SIGUSR1 (Slurm, before it preempts)."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from stiltsreport.modeling.interruption import Interrupted, Interruption

ASKING = (signal.SIGTERM, signal.SIGUSR1)


@contextlib.contextmanager
def heeded(interruption: Interruption) -> Iterator[None]:
    """While it lasts, these signals ask for the interruption. Python lets the main thread alone heed signals: elsewhere, nobody does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda _number, _frame: interruption.ask()) for number in ASKING}
    told, sys.unraisablehook = sys.unraisablehook, _but_for_interruptions(sys.unraisablehook)
    try:
        yield
    finally:
        sys.unraisablehook = told
        for number, handler in before.items():
            signal.signal(number, handler)


def _but_for_interruptions(told: Callable[[Any], object]) -> Callable[[Any], object]:
    """What a destructor lost is told, but for an interruption: it is remembered, and heeded at the next step."""

    def hook(lost: Any) -> None:
        if not issubclass(lost.exc_type, Interrupted):
            told(lost)

    return hook
