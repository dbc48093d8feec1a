"""What runs in a tracker's own process: told over a pipe, it tells the tracker, and says back what was taken and what failed."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

TITLE, STEP, END = "title", "step", "end"
TAKEN, SHOWN, FAILED = "taken", "shown", "failed"

_ORPHANED = 60  # seconds that a tracker has to end its runs once its build was killed

Told = tuple[str, str, Any]  # what, of which unit: its title; a step and its values; how it ended
Answer = tuple[str, str]


class Run(Protocol):
    """One job in a tracker; `address`: where it shows, or nothing."""

    address: str

    def log(self, step: int, values: dict[str, float]) -> None:
        """Numbers at a step."""
        ...

    def close(self, state: str) -> None:
        """It has ended so."""
        ...


def serve(pipe: Any, name: str, study: str, folder: Path) -> None:
    """Until the pipe ends, in a process of its own, whose words are nobody's: a package that prints or asks would spoil the terminal."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):  # what ends a build ends its trackers after it
        signal.signal(number, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)

    def answer(what: Answer) -> None:
        with contextlib.suppress(OSError):  # the build was killed, and its runs are ended all the same
            pipe.send(what)

    try:
        tell(_told(pipe), lambda: begins(name, study, folder), answer)
    except BaseException as error:  # noqa: BLE001 - a package may raise SystemExit, too; it is said, and ends this process alone
        answer((FAILED, _reason(name, error)))
        pipe.close()
        os._exit(1)  # what its package would still do at the end may hang


def tell(told: Iterable[Told], begin: Callable[[], Callable[[str], Run]], answer: Callable[[Answer], object]) -> None:
    """Pass on what is told, and end what still runs when there is no more of it. Raises whatever the tracker raises."""
    start = begin()
    runs: dict[str, Run] = {}
    shown = False
    for what, unit, more in told:
        if what == TITLE:
            runs[unit] = start(more)
            if runs[unit].address and not shown:
                answer((SHOWN, runs[unit].address))
                shown = True
        elif what == STEP and unit in runs:
            runs[unit].log(*more)
        elif what == END and unit in runs:
            runs.pop(unit).close(more)
        answer((TAKEN, ""))
    for run in runs.values():
        run.close("interrupted")


def begins(name: str, study: str, folder: Path) -> Callable[[str], Run]:
    """What begins a run in that tracker. Raises ImportError where its package is absent."""
    if name == "tensorboard":
        from stiltsreport.cli.trackers.tensorboard import tensorboard

        return tensorboard(folder / name)
    if name == "wandb":
        from stiltsreport.cli.trackers.wandb import wandb_runs

        return wandb_runs(study, folder)
    from stiltsreport.cli.trackers.mlflow import mlflow_runs

    return mlflow_runs(study)


def _told(pipe: Any) -> Iterator[Told]:
    try:
        while (told := pipe.recv()) is not None:
            yield told
    except (EOFError, OSError):  # the build was killed
        signal.alarm(_ORPHANED)


def _reason(name: str, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == name:
        return f"is not installed: pip install {'mlflow-skinny' if name == 'mlflow' else name}"
    first = str(error).strip().partition("\n")[0]
    return f"is no longer told: {type(error).__name__}: {first}" if first else f"is no longer told: {type(error).__name__}"
