"""On this machine: in this process, or one process a core or GPU."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stiltsreport.execute.progress import Event, Observer, Outcome
from stiltsreport.plan.units import Unit

GIBIBYTE = 2**30
WORKER_BYTES = 2 * GIBIBYTE  # what a worker with the embedded encoder takes at its peak, measured, rounded up
# Set before torch is imported. One thread a worker: the same numbers every time, and no two workers fight for a core; passive waiting
# keeps OpenMP from spinning; few malloc arenas and early trimming keep a long-lived worker small.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "TOKENIZERS_PARALLELISM": "false",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "134217728",
    "TRANSFORMERS_VERBOSITY": "error",
}
_ATTEMPTS = 2


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker needs beyond its unit."""

    store: str
    offline: bool
    device: str
    trust_remote_code: tuple[str, ...] = ()


_events: Any = None
_settings: WorkerSettings | None = None


def _initialise(settings: WorkerSettings, events: Any, devices: Any) -> None:
    global _events, _settings  # noqa: PLW0603 - a worker process has one queue and one device
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    device = devices.get() if devices is not None else settings.device
    _events, _settings = events, WorkerSettings(settings.store, settings.offline, device, settings.trust_remote_code)


def _work(unit: Unit) -> Outcome:
    from stiltsreport.execute.perform import perform

    assert _settings is not None
    return perform(unit, _settings, _events.put)


class Pool:
    """One process a slot. Where a worker dies (killed for memory), its unit is tried once more by itself, and then is a failure."""

    def __init__(self, settings: WorkerSettings, workers: int, observer: Observer) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._settings, self.slots, self._observer = settings, workers, observer
        self._events = self._context.Queue()
        self._attempts: dict[str, int] = {}
        self._lock = threading.Lock()
        self._closing = False
        self._pool = self._new()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _new(self) -> ProcessPoolExecutor:
        os.environ.update(ENVIRONMENT)  # inherited by the workers, which import torch after it
        devices = None
        if self._settings.device == "cuda":
            devices = self._context.Queue()
            for index in range(self.slots):
                devices.put(f"cuda:{index}")
        return ProcessPoolExecutor(
            self.slots, mp_context=self._context, initializer=_initialise, initargs=(self._settings, self._events, devices)
        )

    def _read(self) -> None:
        while True:
            event: Event | None = self._events.get()
            if event is None:
                return
            self._observer.event(event)

    def submit(self, unit: Unit) -> Future[Outcome]:
        """Hand the unit to a worker."""
        outer: Future[Outcome] = Future()
        self._start(unit, outer)
        return outer

    def _start(self, unit: Unit, outer: Future[Outcome]) -> None:
        self._attempts[unit.id] = self._attempts.get(unit.id, 0) + 1
        with self._lock:
            pool = self._pool
            try:
                inner = pool.submit(_work, unit)
            except BrokenProcessPool:
                self._pool = pool = self._new()
                inner = pool.submit(_work, unit)

        def finished(future: Future[Outcome]) -> None:
            if self._closing:
                return
            error = future.exception()
            if error is None:
                outer.set_result(future.result())
            elif isinstance(error, BrokenProcessPool) and self._attempts[unit.id] < _ATTEMPTS:
                with self._lock:
                    if self._pool is pool:
                        self._pool = self._new()
                self._start(unit, outer)
            elif isinstance(error, BrokenProcessPool):
                outer.set_result(Outcome(unit, "failed", error="its worker was killed, perhaps for want of memory: fewer --workers"))
            else:
                outer.set_result(Outcome(unit, "failed", error=f"{type(error).__name__}: {error}"))

        inner.add_done_callback(finished)

    def close(self, *, cancel: bool = False) -> None:
        """End the workers: after their work, or at once."""
        if cancel:
            self._closing = True
            for process in list((self._pool._processes or {}).values()):  # noqa: SLF001 - the executor has no way to end a running task
                process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=cancel)
        self._events.put(None)
        self._reader.join(timeout=5)


class Serial:
    """One unit after another in this process: for debugging and tests."""

    slots = 1

    def __init__(self, settings: WorkerSettings, observer: Observer) -> None:
        self._settings, self._observer = settings, observer

    def submit(self, unit: Unit) -> Future[Outcome]:
        """Run it now."""
        from stiltsreport.execute.perform import perform

        future: Future[Outcome] = Future()
        future.set_result(perform(unit, self._settings, self._observer.event))
        return future

    def close(self, *, cancel: bool = False) -> None:
        """Nothing runs."""


def available_bytes(file: Path = Path("/proc/meminfo")) -> int | None:
    """Memory that can be had without swapping; None where the system does not say."""
    try:
        line = next(line for line in file.read_text().splitlines() if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return None
    return int(line.split()[1]) * 1024


def default_workers() -> int:
    """One a core that this process may use, and no more than memory holds."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = available_bytes()
    return max(1, min(cores, memory // WORKER_BYTES if memory else cores))


__all__ = ["ENVIRONMENT", "Pool", "Serial", "WorkerSettings", "default_workers"]
