"""A report's figures, drawn while its tables are made: those of a large study take matplotlib longer than everything else."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from typing import Any

from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures import FIGURES

_LARGE = 20_000  # scores: under so many, starting processes takes longer than they save
_MOST = 4
_HEAVY = ("profile", "seeds", "heatmap", "gains")  # a figure or a panel a model and row: begun first


@contextlib.contextmanager
def drawings(evidence: Evidence, names: Sequence[str]) -> Iterator[Callable[[str], list[Figure]]]:
    """What gives the figures of a name, while it lasts. Those of a large study are drawn by processes of their own, on Linux.

    They are forked: the evidence of a large study takes longer to send than to draw. What they cannot do is drawn here.
    """
    processes = min(_MOST, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1
    if processes < 2 or len(evidence.results.scores) < _LARGE or len(names) < 2:  # noqa: PLR2004 - nothing to do side by side
        yield lambda name: FIGURES[name](evidence)
        return
    drawn = _SideBySide(evidence, sorted(names, key=lambda name: name not in _HEAVY), processes)
    try:
        yield drawn.of
    finally:
        drawn.close()


class _SideBySide:
    """Processes that take names in turn, and a thread that takes what they have drawn, so that none waits to be heard."""

    def __init__(self, evidence: Evidence, names: Sequence[str], processes: int) -> None:
        context = multiprocessing.get_context("fork")
        self._evidence, self._there = evidence, threading.Condition()
        self._drawn: dict[str, list[Figure]] = {}
        self._open = processes
        queue = context.SimpleQueue()
        for name in (*names, *[None] * processes):
            queue.put(name)
        pipes = [context.Pipe(duplex=False) for _ in range(processes)]
        self._processes = [context.Process(target=_draw, args=(evidence, queue, end), daemon=True) for _, end in pipes]
        for process, (_, end) in zip(self._processes, pipes, strict=True):
            process.start()
            end.close()
        self._reader = threading.Thread(target=self._read, args=([end for end, _ in pipes],), daemon=True)
        self._reader.start()

    def of(self, name: str) -> list[Figure]:
        """The figures of that name. A bug in drawing them shows itself here, where it has a traceback."""
        with self._there:
            self._there.wait_for(lambda: name in self._drawn or not self._open)
            if name in self._drawn:
                return self._drawn[name]
        return FIGURES[name](self._evidence)

    def close(self) -> None:
        """End what still draws."""
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
                    name, figures = end.recv()
                except (EOFError, OSError):
                    ends.remove(end)
                    with self._there:
                        self._open -= 1
                        self._there.notify_all()
                else:
                    with self._there:
                        self._drawn[name] = figures
                        self._there.notify_all()


def _draw(evidence: Evidence, queue: Any, end: Connection) -> None:
    """What a process does: names out of the queue, figures into the pipe."""
    while (name := queue.get()) is not None:
        try:
            end.send((name, FIGURES[name](evidence)))
        except Exception:  # noqa: BLE001 - it is drawn again by whoever asks, and fails there
            return
