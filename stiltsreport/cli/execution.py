"""Running what is missing, with progress on the terminal."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Mapping, Sequence

from stiltsreport.cli.device import gpus
from stiltsreport.cli.opening import Opened
from stiltsreport.cli.options import Options
from stiltsreport.cli.progress.lines import Lines
from stiltsreport.cli.terminal import Terminal
from stiltsreport.execute.executors.local import ENVIRONMENT, Pool, Serial, WorkerSettings, default_workers
from stiltsreport.execute.progress import Observer, Outcome
from stiltsreport.execute.scheduler import Executor, run_units
from stiltsreport.plan.units import Unit


def execute(units: Sequence[Unit], opened: Opened, options: Options, device: str, terminal: Terminal) -> list[Outcome]:
    """Run the units on this machine; how each ended. Raises KeyboardInterrupt, once the workers are gone, on Ctrl-C or SIGTERM."""
    settings = WorkerSettings(str(opened.store.folder), options.offline, device, opened.study.trust_remote_code)
    workers = options.workers if options.workers is not None else (max(1, gpus()) if device == "cuda" else default_workers())
    workers = min(workers, len(units)) if device != "cuda" else min(workers, max(1, gpus()))
    with _observer(opened.study.name, work_of(units, opened), terminal) as observer, _terminated_as_interrupted():
        return run_units(units, _executor(settings, workers, observer), observer)


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


_TRAINING_PASSES = 3  # a training step is a forward and a backward pass of twice its cost


def work_of(units: Sequence[Unit], opened: Opened) -> dict[str, float]:
    """The work of each unit in examples passed forward through the encoder: what the time left is guessed by."""
    count = opened.plan.data.count
    found = {}
    for unit in units:
        work = 0.0
        for train in unit.chain:
            examples = capped(count(train.training.task, train.training.source), train.training.limit)
            steps = train.recipe.steps
            passes = steps * train.recipe.batch_size if steps else examples * train.recipe.epochs
            work += _TRAINING_PASSES * passes * train.recipe.max_length
        for job in unit.evaluations:
            work += capped(count(job.data.task, job.data.source), job.data.limit) * job.protocol.max_length
        found[unit.id] = max(work, 1.0) / 1e6
    return found


def capped(count: int | None, limit: int | None) -> int:
    """Examples of a set under the study's limit; one whose size is unknown counts as its limit, or as 1,000."""
    known = [value for value in (count, limit) if value is not None]
    return min(known) if known else 1000
