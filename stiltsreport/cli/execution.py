"""Running what is missing, with progress on the terminal."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator, Sequence
from threading import Event

from stiltsreport.cli.executors import device_elsewhere, executor_of
from stiltsreport.cli.opening import Opened
from stiltsreport.cli.options import Options
from stiltsreport.cli.progress.durations import duration
from stiltsreport.cli.progress.lines import Lines
from stiltsreport.cli.progress.pace import Work
from stiltsreport.cli.side_by_side import side_by_side
from stiltsreport.cli.terminal import Terminal
from stiltsreport.cli.trackers.asked import tracked
from stiltsreport.cli.work import work_of
from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.progress import Observer, Outcome
from stiltsreport.execute.scheduler import Outliving, run_units
from stiltsreport.plan.units import Unit


def execute(units: Sequence[Unit], opened: Opened, options: Options, device: str, terminal: Terminal) -> list[Outcome]:
    """Run the units; how each ended. Raises KeyboardInterrupt, once the workers are gone, on Ctrl-C, SIGTERM or SIGUSR1."""
    here = options.executor == "local"
    beside = side_by_side(units, opened, options, device)
    settings = WorkerSettings(
        opened.store.address, options.offline, device if here else device_elsewhere(device), opened.study.trust_remote_code,
        checkpoint_minutes=opened.study.execution.checkpoint_minutes, data="" if here else options.data_url,
        processes=beside.processes, sharding=opened.study.execution.sharding,
    )  # fmt: skip
    if not here or options.workers != 0:
        _refuse_memory(settings.store)
    work = work_of(units, opened, device)
    folder = options.reports / opened.study.name
    with (
        _observer(opened.study.name, work, terminal) as shown,
        tracked(shown, options.track, opened.study.name, folder, terminal.warning, terminal.note) as observer,
        _stoppable() as stop,
    ):
        began = time.monotonic()
        executor = executor_of(options, opened.study.execution, settings, observer, beside.workers, beside.gpus)
        try:
            outcomes = run_units(units, executor, observer, opened.store, stop)
        except KeyboardInterrupt:
            if isinstance(executor, Outliving) and executor.left:
                terminal.note(
                    f"jobs go on in Slurm, and the same command goes on with them; to end them: scancel {' '.join(executor.left)}"
                )
            raise
    done = sum(outcome.state == "done" for outcome in outcomes)
    terminal.note(f"{done} of {len(units)} jobs done in {duration(time.monotonic() - began)}")
    return outcomes


def _refuse_memory(address: str) -> None:
    if address.startswith("memory://"):
        what = "memory:// is this process's alone: others would publish in theirs"
        raise StiltsReportError(what, where=f"--store {address}", hint="--workers 0")


@contextlib.contextmanager
def _observer(title: str, work: Work, terminal: Terminal) -> Iterator[Observer]:
    if terminal.live:
        from stiltsreport.cli.progress.live import LiveTable

        with LiveTable(title, work) as live:
            yield live
    else:
        with Lines(terminal, work) as lines:
            yield lines


@contextlib.contextmanager
def _stoppable() -> Iterator[Event]:
    """Set by the first Ctrl-C, and by a batch system's SIGTERM or SIGUSR1. A second Ctrl-C ends everything at once."""
    stop = Event()

    def heed(number: int, _frame: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the workers are being ended
            raise KeyboardInterrupt
        stop.set()
        if signal.getsignal(signal.SIGUSR1) is not heed:  # a training in this very process heeds it
            signal.raise_signal(signal.SIGUSR1)

    before = {number: signal.signal(number, heed) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
