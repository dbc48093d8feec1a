"""Slurm, through submitit: a job a unit, those that are ready at once as one array; nodes get records as data and share the store.

Jobs outlive this process: a build that is ended leaves them in the queue, and the next one goes on with them. A job that is preempted
saves its training's state and is requeued, where it goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.executors.local import ENVIRONMENT, WorkerSettings
from stiltsreport.execute.progress import Observer, Outcome
from stiltsreport.execute.remote import Listener, hand_over, outcome
from stiltsreport.plan.units import Unit
from stiltsreport.store import folder_here

SLOTS = 1000  # Slurm itself decides how many run side by side
GRACE_SECONDS = 60.0  # that a training has to save its state before its node is taken away
_POLL_SECONDS, _QUEUE_SECONDS = 0.5, 5.0
_GONE_SECONDS = 30.0  # that an outcome may take to be seen on a shared disk after its job has left the queue
_ENDED = {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT"}


class Work:
    """What a node runs: the unit's folder in a process of its own, which can be asked to save and end while this one talks to Slurm."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._child: subprocess.Popen[bytes] | None = None

    def __call__(self) -> str:
        """Wait for the unit to end; its outcome is in the folder."""
        command = [sys.executable, "-m", "stiltsreport.execute.remote", self.folder]
        self._child = subprocess.Popen(  # noqa: S603 - our own module
            command,
            env=os.environ | ENVIRONMENT,
            preexec_fn=_leave_to_submitit,  # noqa: PLW1509 - no threads here
        )
        code = self._child.wait()
        if code:
            raise RuntimeError(f"the worker ended with {code}")
        return "ended"

    def checkpoint(self) -> Any:
        """Called by submitit before a job is requeued: the training saves its state at the end of its step."""
        import submitit

        if self._child is not None:
            self._child.send_signal(signal.SIGTERM)
            _wait_for_end(self._child.pid)
        return submitit.helpers.DelayedSubmission(Work(self.folder))


def _leave_to_submitit() -> None:
    """Slurm tells every process of a job that it is preempted, and one that does not listen would end at once."""
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)


def _wait_for_end(pid: int) -> None:
    """Wait for a child to end, for as long as a node may take. Popen.wait, which this interrupts in its own thread, holds Popen's lock."""
    deadline = time.monotonic() + GRACE_SECONDS
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < deadline and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            time.sleep(0.1)


@dataclass
class _Job:
    """A unit in the queue."""

    unit: Unit
    folder: Path
    future: Future[Outcome]
    number: str = ""
    gone: float | None = None  # when it was first seen to have left the queue
    state: str = ""

    def __post_init__(self) -> None:
        self.listener = Listener(self.folder)


class Slurm:
    """An executor over a Slurm cluster. `parameters` are submitit's (slurm_partition, slurm_account, timeout_min ...)."""

    slots = SLOTS

    def __init__(self, settings: WorkerSettings, observer: Observer, parameters: Mapping[str, Any]) -> None:
        try:
            import submitit
        except ImportError as error:
            raise StiltsReportError(
                "submitit is not installed", where="--executor slurm", hint="pip install 'stiltsreport[slurm]'"
            ) from error
        self._settings, self._observer = settings, observer
        shared = folder_here(settings.store)
        self._attempts, self._logs = shared / "attempts", shared / "slurm"
        try:
            self._executor = submitit.SlurmExecutor(folder=self._logs, max_num_timeout=100)
        except RuntimeError as error:  # no sbatch on this machine
            raise StiltsReportError(f"Slurm cannot be used: {error}", where="--executor slurm", hint="a node where sbatch is") from error
        self._executor.update_parameters(**parameters)
        self._waiting: list[_Job] = []
        self._jobs: list[_Job] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._queue: dict[str, str] | None = None  # as it was last seen; None: the controller did not answer
        self._asked = -_QUEUE_SECONDS
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def submit(self, unit: Unit) -> Future[Outcome]:
        """Put the unit into the queue; one that an earlier build left there is waited for."""
        folder = self._attempts / unit.id / "remote"
        job = _Job(unit, folder, Future())
        earlier = _number_of(folder)
        # Where the controller does not answer the job counts as there: if it is not, that is seen once it does.
        there = earlier and (outcome(folder, unit) is not None or self._states() is None or earlier in (self._queue or {}))
        with self._lock:
            if there:
                job.number = earlier
                self._jobs.append(job)
            else:
                self._waiting.append(job)
        return job.future

    def close(self, *, cancel: bool = False) -> None:
        """End the watch. With `cancel` jobs stay in the queue: `left` names them."""
        self._over.set()
        self._thread.join(timeout=30)
        with self._lock:
            if not cancel:
                self._jobs.clear()

    @property
    def left(self) -> tuple[str, ...]:
        """The numbers of jobs that go on without this process."""
        return tuple(dict.fromkeys(job.number.partition("_")[0] for job in self._jobs if job.number and not job.future.done()))

    def _watch(self) -> None:
        while not self._over.wait(_POLL_SECONDS):
            try:
                self._flush()
                self._look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the units must not wait for ever
                self._fail_all(f"Slurm cannot be used: {type(error).__name__}: {error}")

    def _flush(self) -> None:
        """What became ready since the last look, as one array."""
        with self._lock:
            batch, self._waiting = self._waiting, []
        if not batch:
            return
        try:
            for job in batch:
                hand_over(job.folder, job.unit, self._settings)
            with self._executor.batch():
                submitted = [self._executor.submit(Work(str(job.folder))) for job in batch]
        except Exception as error:  # noqa: BLE001 - sbatch's own words
            for job in batch:
                job.future.set_result(Outcome(job.unit, "failed", error=f"sbatch refused it: {error}"))
            return
        for job, found in zip(batch, submitted, strict=True):
            job.number = found.job_id
            (job.folder / "job.json").write_text(json.dumps({"job": job.number}), encoding="utf-8")
        with self._lock:
            self._jobs += batch

    def _look(self) -> None:
        """Ends, starts and signs of life."""
        with self._lock:
            jobs = list(self._jobs)
        now = time.monotonic()
        states = self._states() if jobs else None
        for job in jobs:
            ended = outcome(job.folder, job.unit)
            if ended is not None and ended.state != "interrupted":
                self._end(job, ended)
                continue
            for event in job.listener.events():
                self._observer.event(event)
            if states is None:
                continue
            job.state = states.get(job.number, "")
            if job.state and job.state not in _ENDED:
                job.gone = None
            elif job.gone is None:
                job.gone = now
            elif now - job.gone > _GONE_SECONDS:
                self._end(job, Outcome(job.unit, "failed", error=self._why(job)))

    def _states(self) -> dict[str, str] | None:
        """The queue, asked every few seconds at most: a cluster's controller is everybody's."""
        if time.monotonic() - self._asked >= _QUEUE_SECONDS:
            self._queue, self._asked = _states(), time.monotonic()
        return self._queue

    def _end(self, job: _Job, ended: Outcome) -> None:
        with self._lock:
            self._jobs.remove(job)
        shutil.rmtree(job.folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # logs of failed attempts stay
            job.folder.parent.rmdir()
        job.future.set_result(ended)

    def _why(self, job: _Job) -> str:
        """What is known of a job that ended without an outcome."""
        log = self._logs / f"{job.number}_0_log.err"
        ended = f" ({job.state.lower()})" if job.state else ""
        return f"its Slurm job {job.number} left no outcome{ended}: cancelled, out of time, memory or nodes" + (
            f"; log: {log}" if log.is_file() else ""
        )

    def _fail_all(self, reason: str) -> None:
        with self._lock:
            jobs, self._jobs, self._waiting = [*self._jobs, *self._waiting], [], []
        for job in jobs:
            job.future.set_result(Outcome(job.unit, "failed", error=reason))


def _number_of(folder: Path) -> str:
    """The number of the job that an earlier build put the unit into the queue as; "" for none."""
    try:
        return str(json.loads((folder / "job.json").read_text(encoding="utf-8"))["job"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _states() -> dict[str, str] | None:
    """Job number -> state of this user's jobs, array tasks one by one; None where the controller does not answer."""
    command = ["squeue", "--me", "--array", "--noheader", "--format=%i %T"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - fixed
    except (subprocess.SubprocessError, OSError):
        return None
    return dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if " " in line)
