"""Running what is missing, with progress on the terminal."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence

from stiltsreport.cli.device import gpus
from stiltsreport.cli.opening import Opened
from stiltsreport.cli.options import Options
from stiltsreport.cli.progress.lines import Lines
from stiltsreport.cli.progress.state import duration
from stiltsreport.cli.terminal import Terminal
from stiltsreport.cli.work import weights
from stiltsreport.execute.executors.local import ENVIRONMENT, Pool, Serial, WorkerSettings, available_bytes, default_workers
from stiltsreport.execute.progress import Observer, Outcome
from stiltsreport.execute.scheduler import Executor, run_units
from stiltsreport.plan.devices import device_named
from stiltsreport.plan.memory import peak_memory
from stiltsreport.plan.units import Unit


def execute(units: Sequence[Unit], opened: Opened, options: Options, device: str, terminal: Terminal) -> list[Outcome]:
    """Run the units on this machine; how each ended. Raises KeyboardInterrupt, once the workers are gone, on Ctrl-C or SIGTERM."""
    settings = WorkerSettings(str(opened.store.folder), options.offline, device, opened.study.trust_remote_code)
    workers = _workers(units, opened, options, device)
    work = weights(units, opened, device)
    with _observer(opened.study.name, work, terminal) as observer, _terminated_as_interrupted():
        began = time.monotonic()
        outcomes = run_units(units, _executor(settings, workers, observer), observer)
    done = sum(outcome.state == "done" for outcome in outcomes)
    terminal.note(f"{done} of {len(units)} jobs done in {duration(time.monotonic() - began)}")
    return outcomes


def _workers(units: Sequence[Unit], opened: Opened, options: Options, device: str) -> int:
    """As many as were asked for; else one a GPU, or one a core as far as memory holds the study's largest model. Never more than units."""
    if device.startswith("cuda"):
        most = gpus() if device == "cuda" else 1
        return min(most if options.workers is None else options.workers, most)
    if options.workers is not None:
        return min(options.workers, len(units))
    free = available_bytes()
    precision = opened.plan.precision or "float32"
    peaks = [peak_memory(model, device_named(device), precision).value or 0.0 for model in opened.study.models]
    room = int(free // max(*peaks, 1.0)) if free else len(units)
    return max(1, min(default_workers(), room, len(units)))


def _executor(settings: WorkerSettings, workers: int, observer: Observer) -> Executor:
    if workers == 0:
        os.environ.update(ENVIRONMENT)  # before torch is imported
        return Serial(settings, observer)
    return Pool(settings, workers, observer)


@contextlib.contextmanager
def _observer(title: str, work: Mapping[str, float], terminal: Terminal) -> Iterator[Observer]:
    if terminal.live:
        from stiltsreport.cli.progress.live import LiveTable

        with LiveTable(title, work) as live:
            yield live
    else:
        with Lines(terminal, work) as lines:
            yield lines


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """A batch system's SIGTERM ends the workers as Ctrl-C does."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
