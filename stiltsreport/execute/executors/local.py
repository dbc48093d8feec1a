"""On this machine: in this process, or one process a core or GPU."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any

from stiltsreport.execute.orphans import end_with_parent
from stiltsreport.execute.progress import Event, Observer, Outcome
from stiltsreport.execute.workers import devices_of
from stiltsreport.plan.units import Unit
from stiltsreport.study.execution import Sharding

# Set before torch is imported. One thread a worker: the same numbers every time, and no two workers fight for a core; passive waiting
# keeps OpenMP from spinning. malloc keeps what it once had: giving every tensor back to the system and faulting its pages in anew cost a
# quarter of the time (22.4 against 16.1 CPU seconds for 8 steps of the embedded encoder). What is larger than a batch's tensors still
# goes back at once, so that tables and checkpoints leave no holes in a long-lived worker.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "TOKENIZERS_PARALLELISM": "false",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(64 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_TOP_PAD_": str(64 * 2**20),
    "TRANSFORMERS_VERBOSITY": "error",
}
_STARTS = 2
_KILLED = "its worker was killed, perhaps for want of memory: fewer --workers"


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker needs beyond its unit. `share` of its device's memory is its own; a training saves its state so often.

    A unit is done by so many `processes`, `device` being that of the first, which share out their layers as `sharding` says; `parts`: in
    how many times smaller pieces than planned batches go from the start.
    """

    store: str
    offline: bool
    device: str
    trust_remote_code: tuple[str, ...] = ()
    share: float = 1.0
    checkpoint_minutes: float = 10.0
    data: str = ""  # the URL that data are fetched from first, on a machine that has not planned
    processes: int = 1
    sharding: Sharding = "auto"
    parts: int = 1


_events: Any = None
_settings: WorkerSettings | None = None
_at_work = threading.Event()


def _initialise(settings: WorkerSettings, events: Any) -> None:
    global _events, _settings
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _events, _settings = events, settings
    end_with_parent(_at_work)


def _work(unit: Unit) -> Outcome:
    from stiltsreport.execute.perform import perform

    assert _settings is not None
    _at_work.set()
    try:
        return perform(unit, _settings, _events.put)
    finally:
        _at_work.clear()


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes that are started meanwhile never see SIGINT, which a terminal sends to all: the parent decides.

    Blocked in the worker itself it would come too late: while it imports, it would die of a Ctrl-C, with a traceback.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Slot:
    """One worker process and its device; started when it gets its first unit, and again after it has died."""

    def __init__(self, settings: WorkerSettings, context: Any, events: Any) -> None:
        self.settings, self._context, self._events = settings, context, events
        self._executor: ProcessPoolExecutor | None = None

    def start(self, unit: Unit) -> Future[Outcome]:
        """Hand the unit to the worker. A worker that died while idle is replaced."""
        for _ in range(_STARTS):
            if self._executor is None:
                self._executor = ProcessPoolExecutor(
                    1, mp_context=self._context, initializer=_initialise, initargs=(self.settings, self._events)
                )
            try:
                with _deaf_to_ctrl_c():
                    return self._executor.submit(_work, unit)
            except BrokenProcessPool:
                self.discard()
        raise BrokenProcessPool("a worker cannot be started")

    def discard(self) -> None:
        """Forget a worker that is dead."""
        if self._executor is not None:
            self._executor.shutdown(wait=False)
        self._executor = None

    def interrupt(self) -> None:
        """Ask the worker to save what it is at, and to end if it is at nothing."""
        for process in self._processes():
            with contextlib.suppress(OSError, ValueError):
                process.terminate()

    def _processes(self) -> list[Any]:
        """The worker's process, where there is one: its executor has no way to reach it."""
        return list((self._executor._processes or {}).values()) if self._executor is not None else []  # noqa: SLF001

    def close(self, *, cancel: bool) -> None:
        """End the worker: after its work, or at once."""
        if self._executor is None:
            return
        if cancel:
            for process in self._processes():
                with contextlib.suppress(OSError, ValueError):
                    process.kill()
        self._executor.shutdown(wait=True, cancel_futures=cancel)
        self._executor = None


class Pool:
    """One process a slot, each alone in its executor, so that a worker's death is its own unit's alone.

    On `gpus` GPUs workers are spread in turn.
    """

    def __init__(self, settings: WorkerSettings, workers: int, observer: Observer, gpus: int = 1) -> None:
        os.environ.update(ENVIRONMENT)  # inherited by the workers, which import torch after it
        context = multiprocessing.get_context("spawn")
        self._events = context.Queue()
        self._observer = observer
        self._lock = threading.Lock()
        self._closing = self._interrupted = False
        devices = devices_of(settings.device, workers, gpus, settings.processes)
        self._free = [
            _Slot(replace(settings, device=device, share=1 / devices.count(device)), context, self._events) for device in reversed(devices)
        ]
        self._slots = tuple(self._free)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def slots(self) -> int:
        """How many units run side by side."""
        return len(self._slots)

    def _read(self) -> None:
        while True:
            event: Event | None = self._events.get()
            if event is None:
                return
            self._observer.event(event)

    def submit(self, unit: Unit) -> Future[Outcome]:
        """Hand the unit to a free worker; there must be one."""
        outer: Future[Outcome] = Future()
        with self._lock:
            slot = self._free.pop()
        self._start(unit, slot, outer)
        return outer

    def _start(self, unit: Unit, slot: _Slot, outer: Future[Outcome]) -> None:
        def finished(future: Future[Outcome]) -> None:
            if self._closing:
                return
            error = future.exception()
            killed = isinstance(error, BrokenProcessPool)
            if killed:
                slot.discard()
            with self._lock:
                self._free.append(slot)
            if error is None:
                outer.set_result(future.result())
            elif self._interrupted:  # asked to end before its training had begun
                outer.set_result(Outcome(unit, "interrupted"))
            else:
                what = _KILLED if killed else f"{type(error).__name__}: {error}"
                outer.set_result(Outcome(unit, "failed", error=what))

        try:
            inner = slot.start(unit)
        except (BrokenProcessPool, OSError) as error:
            with self._lock:
                self._free.append(slot)
            outer.set_result(Outcome(unit, "failed", error=f"no worker can be started: {error}"))
            return
        inner.add_done_callback(finished)

    def interrupt(self) -> None:
        """Ask every worker to save what it is at: its unit then ends as "interrupted"."""
        self._interrupted = True
        for slot in self._slots:
            slot.interrupt()

    def close(self, *, cancel: bool = False) -> None:
        """End the workers: after their work, or at once."""
        self._closing = self._closing or cancel
        closing = [threading.Thread(target=slot.close, kwargs={"cancel": cancel}) for slot in self._slots]
        for thread in closing:  # side by side: a worker takes seconds to leave torch
            thread.start()
        for thread in closing:
            thread.join()
        self._events.put(None)
        self._reader.join(timeout=5)


class Serial:
    """One unit after another in this process: for debugging and tests."""

    slots = 1

    def __init__(self, settings: WorkerSettings, observer: Observer) -> None:
        self._settings, self._observer = settings, observer

    def submit(self, unit: Unit) -> Future[Outcome]:
        """Run it now. A unit that was asked to stop was asked through this process: raises KeyboardInterrupt."""
        from stiltsreport.execute.perform import perform

        outcome = perform(unit, self._settings, self._observer.event)
        if outcome.state == "interrupted":
            raise KeyboardInterrupt
        future: Future[Outcome] = Future()
        future.set_result(outcome)
        return future

    def close(self, *, cancel: bool = False) -> None:
        """Nothing runs."""


__all__ = ["ENVIRONMENT", "Pool", "Serial", "WorkerSettings"]
