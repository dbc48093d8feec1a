"""One unit in several processes of this machine: started together, ended together, and judged by the first that fell.

Whoever is handed the unit (a worker, a batch job, a Ray task) starts them and waits. It passes on signals that ask to stop, and their signs
of life; when one of them fails or is killed, the others, which would wait for it for ever, are ended too.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.orphans import end_with_parent
from stiltsreport.execute.progress import Event, Noted
from stiltsreport.modeling.interruption import Interrupted, Interruption
from stiltsreport.plan.units import Unit

_POLL_SECONDS = 0.2
_GRACE_SECONDS = 3.0  # that others have to say why they end too
_MOST_PARTS = 64  # pieces are not made smaller than that


@dataclass(frozen=True)
class End:
    """How a process ended: done, interrupted, failed, out of memory, or killed, which it cannot say itself.

    `log`: the traceback; `mendable` by the user; `follows` from the end of another; `at`: when, by the clock that all of them share.
    """

    rank: int
    state: str
    what: str = ""
    log: str = ""
    mendable: bool = False
    follows: bool = False
    at: float = 0.0


class ProcessFailedError(Exception):
    """The work of several processes failed."""

    def __init__(self, end: End) -> None:
        super().__init__(end.what)
        self.end = end


def work_together(unit: Unit, settings: WorkerSettings, tell: Callable[[Event], None], interruption: Interruption) -> None:
    """Do the unit in `settings.processes` processes.

    One that runs out of memory where layers are shared out ends them all: they begin anew, with pieces half as large. Raises
    ProcessFailedError for the first that failed, Interrupted where they were asked to stop.
    """
    while True:
        with tempfile.TemporaryDirectory(prefix="stiltsreport-") as folder, interruption.waiting():
            end = _Together(unit, settings, Path(folder) / "meeting", tell).ended(interruption)
        if end.state == "interrupted":
            raise Interrupted
        if end.state == "done":
            return
        if end.state != "out of memory" or settings.parts >= _MOST_PARTS:
            raise ProcessFailedError(end)
        settings = replace(settings, parts=2 * settings.parts)
        tell(Noted(unit.id, f"a device ran out of memory; its batches go on in {settings.parts} times smaller pieces"))


class _Together:
    """The processes and what is known of their ends."""

    def __init__(self, unit: Unit, settings: WorkerSettings, meeting: Path, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._ends: dict[int, End] = {}
        self._processes: list[Any] = []
        self._pipes: dict[Connection, int] = {}
        context = multiprocessing.get_context("spawn")
        try:
            for rank in range(settings.processes):
                here, there = context.Pipe(duplex=False)
                self._pipes[here] = rank
                given = (rank, unit, settings, str(meeting), there)
                process = context.Process(target=_member, args=given, name=f"process {rank} of {unit.id}")
                process.start()
                there.close()
                self._processes.append(process)
        except BaseException:
            self._kill()  # those that were started would wait for the others
            raise

    def ended(self, interruption: Interruption) -> End:
        """Wait for all; the end that counts."""
        asked, deadline = False, float("inf")
        try:
            while len(self._ends) < len(self._processes) and time.monotonic() < deadline:
                if interruption.asked and not asked:
                    asked = True
                    for process in self._processes:
                        with contextlib.suppress(OSError, ValueError):
                            process.terminate()
                self._listen()
                if deadline == float("inf") and any(end.state != "done" for end in self._ends.values()):
                    deadline = time.monotonic() + _GRACE_SECONDS
        finally:
            self._kill()
        return self._verdict(asked=asked)

    def _listen(self) -> None:
        """What they say; a pipe that is closed without a word is that of one that was killed."""
        for pipe in (pipe for pipe in multiprocessing.connection.wait(list(self._pipes), _POLL_SECONDS) if isinstance(pipe, Connection)):
            rank = self._pipes[pipe]
            try:
                said = pipe.recv()
            except (EOFError, OSError):
                del self._pipes[pipe]
                self._ends.setdefault(rank, self._killed(rank))
                continue
            if isinstance(said, End):
                self._ends.setdefault(rank, said)
            else:
                self._tell(said)

    def _killed(self, rank: int) -> End:
        at = time.monotonic()
        process = self._processes[rank]
        process.join(_GRACE_SECONDS)
        code = process.exitcode
        by = f"by {signal.Signals(-code).name}" if code is not None and code < 0 else f"and left {code}"
        what = f"process {rank + 1} of {len(self._processes)} was ended {by}, perhaps for want of memory"
        return End(rank, "killed", what, what, at=at)

    def _verdict(self, *, asked: bool) -> End:
        """Interrupted where that was asked for; else the first that ended by itself: what the others say follows from it.

        NCCL kills those who wait for one that has failed, gloo has them fail where one was killed: neither is the cause.
        """
        unfinished = sorted((end for end in self._ends.values() if end.state != "done"), key=lambda end: (end.follows, end.at))
        if not unfinished and len(self._ends) == len(self._processes):
            return self._ends[0]
        return End(0, "interrupted") if asked else unfinished[0]  # one that had not begun yet ends by the signal itself

    def _kill(self) -> None:
        """What is left of them."""
        for process in self._processes:
            if process.is_alive() and process.pid is not None and len(self._ends) < len(self._processes):
                process.kill()
        for process in self._processes:
            process.join(_GRACE_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()
        for pipe in self._pipes:
            pipe.close()


def _member(rank: int, unit: Unit, settings: WorkerSettings, meeting: str, pipe: Any) -> None:
    """One of the processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it decides
    at_work = threading.Event()
    at_work.set()
    end_with_parent(at_work)
    from stiltsreport.execute.perform import take_part

    lock = threading.Lock()

    def send(said: Event | End) -> None:
        with lock:
            pipe.send(said)

    take_part(rank, unit, settings, Path(meeting), send)
    at_work.clear()
    pipe.close()


def device_of(device: str, rank: int) -> str:
    """The device of a process: the first one's is `device`, the others have those that follow it.

    >>> device_of("cuda:2", 1), device_of("cuda", 3), device_of("cpu", 1)
    ('cuda:3', 'cuda:3', 'cpu')
    """
    kind, _, number = device.partition(":")
    return f"{kind}:{int(number or 0) + rank}" if kind == "cuda" else device
