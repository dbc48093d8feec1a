"""Parts of a large report made by processes of their own while the others are made: figures, and what takes long to reckon."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from typing import Any

from stiltsreport.report.evidence import Evidence

_LARGE = 20_000  # scores: under so many, starting processes takes longer than they save
_MOST = 4
Makers = Mapping[str, Callable[[Evidence], list[Any]]]


@contextlib.contextmanager
def side_by_side(evidence: Evidence, makers: Makers) -> Iterator[Callable[[str], list[Any]]]:
    """What gives the part of a name, while it lasts. Those of a large study are made by processes, on Linux, in the order of `makers`.

    They are forked: the evidence of a large study takes longer to send than to draw. What they cannot do is done here.
    """
    processes = min(_MOST, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1
    if processes < 2 or len(evidence.results.scores) < _LARGE or len(makers) < 2:  # noqa: PLR2004 - nothing to do side by side
        yield lambda name: makers[name](evidence)
        return
    made = _SideBySide(evidence, makers, processes)
    try:
        yield made.of
    finally:
        made.close()


class _SideBySide:
    """Processes that take names in turn, and a thread that takes what they have made, so that none waits to be heard."""

    def __init__(self, evidence: Evidence, makers: Makers, processes: int) -> None:
        context = multiprocessing.get_context("fork")
        self._evidence, self._makers, self._there = evidence, makers, threading.Condition()
        self._made: dict[str, list[Any]] = {}
        self._open = processes
        queue = context.SimpleQueue()
        for name in (*makers, *[None] * processes):
            queue.put(name)
        pipes = [context.Pipe(duplex=False) for _ in range(processes)]
        self._processes = [context.Process(target=_make, args=(evidence, makers, queue, end), daemon=True) for _, end in pipes]
        for process, (_, end) in zip(self._processes, pipes, strict=True):
            process.start()
            end.close()
        self._reader = threading.Thread(target=self._read, args=([end for end, _ in pipes],), daemon=True)
        self._reader.start()

    def of(self, name: str) -> list[Any]:
        """The part of that name. A bug in making it shows itself here, where it has a traceback."""
        with self._there:
            self._there.wait_for(lambda: name in self._made or not self._open)
            if name in self._made:
                return self._made[name]
        return self._makers[name](self._evidence)

    def close(self) -> None:
        """End what is still at work."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()
        self._reader.join()

    def _read(self, ends: list[Connection]) -> None:
        while ends:
            for end in wait_for(ends):
                assert isinstance(end, Connection)
                try:
                    name, part = end.recv()
                except (EOFError, OSError):
                    ends.remove(end)
                    with self._there:
                        self._open -= 1
                        self._there.notify_all()
                else:
                    with self._there:
                        self._made[name] = part
                        self._there.notify_all()


def _make(evidence: Evidence, makers: Makers, queue: Any, end: Connection) -> None:
    """What a process does: names out of the queue, what is made into the pipe."""
    while (name := queue.get()) is not None:
        try:
            end.send((name, makers[name](evidence)))
        except Exception:  # noqa: BLE001 - it is made again by whoever asks, and fails there
            return
