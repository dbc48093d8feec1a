"""A tracker in a process of its own, so that nothing it does reaches the build: it may hang, raise, print, ask for a key or die.

What it is told waits in a queue. A build waits for it at one place, its own end, and there for seconds.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path

from stiltsreport.cli.trackers.serving import FAILED, SHOWN, TAKEN, Answer, Told, serve
from stiltsreport.redaction import redacted

SLOW = 60.0  # seconds until a tracker that has taken nothing is said to be slow: wandb gives up on a server after 90
PATIENCE = 30.0  # seconds that the end of a build waits for what a tracker has still to take
LITTLE_PATIENCE = 5.0  # where it is slow already
_MOST = 100_000  # messages that wait; some 20 MB


class Apart:
    """What `serve` needs is picklable; `say` is told once what went wrong, `note` where the tracker shows."""

    def __init__(self, name: str, study: str, folder: Path, say: Callable[[str], None], note: Callable[[str], None]) -> None:
        self._name, self._say, self._note = name, say, note
        self._lock = threading.Lock()
        self._said = self._over = False
        self._waits: queue.SimpleQueue[Told | None] = queue.SimpleQueue()
        self._oldest = time.monotonic()  # since when it has taken nothing, while it owes
        self._owed = 0
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, name, study, folder), daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a terminal's Ctrl-C is the build's to heed
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self._hears = threading.Thread(target=self._hear, daemon=True)
        self._hears.start()
        threading.Thread(target=self._hand, daemon=True).start()

    def tell(self, told: Told) -> None:
        """Leave it a message; returns at once."""
        with self._lock:
            if self._over or self._owed >= _MOST:
                return
            if self._owed == 0:
                self._oldest = time.monotonic()
            self._owed += 1
        if self._slow():
            self._warn(f"has answered nothing for {SLOW:.0f} seconds: the build goes on, perhaps without it")
        self._waits.put(told)

    def close(self) -> None:
        """Wait a little until it has taken everything, and end it in any case."""
        self._waits.put(None)
        patience = LITTLE_PATIENCE if self._slow() else PATIENCE
        ended = False
        try:
            ended = bool(wait([self._process.sentinel], patience))
        finally:  # also on a Ctrl-C meanwhile
            # Not by is_alive, which says yes of a process whose end the thread that hears is just being told.
            if not ended:
                self._over = True
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid or 0, signal.SIGKILL)
                self._process.kill()
                self._process.join()
                self._warn(f"did not take all that it was told within {patience:.0f} seconds, and was ended")
        self._hears.join(LITTLE_PATIENCE)  # its last words

    def _slow(self) -> bool:
        with self._lock:
            return self._owed > 0 and time.monotonic() - self._oldest > SLOW

    def _hand(self) -> None:
        with contextlib.suppress(OSError):  # it has ended, and _hear says why
            while True:
                told = self._waits.get()
                self._pipe.send(told)
                if told is None:
                    return

    def _hear(self) -> None:
        ended = False
        with contextlib.suppress(EOFError, OSError):
            while True:
                what, text = self._heard()
                if what == TAKEN:
                    continue
                if what == SHOWN:
                    self._note(f"{self._name}: {redacted(text)}")
                elif what == FAILED:
                    ended = True
                    self._warn(redacted(text))
        self._process.join()
        if self._process.exitcode and not ended and not self._over:
            self._warn(f"is no longer told: its process ended with {self._process.exitcode}")
        self._over = True

    def _heard(self) -> Answer:
        answer: Answer = self._pipe.recv()
        if answer[0] == TAKEN:
            with self._lock:
                self._owed -= 1
                self._oldest = time.monotonic()
        return answer

    def _warn(self, text: str) -> None:
        with self._lock:
            if self._said:
                return
            self._said = True
        self._say(f"--track {self._name}: {self._name} {text}")
