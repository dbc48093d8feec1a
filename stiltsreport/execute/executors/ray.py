"""Ray: a task a unit, on a running cluster or on this machine alone; nodes get records as data and share the store.

A task whose node or worker is lost is tried again elsewhere, and goes on from the state that its training saved.
"""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from stiltsreport.errors import StiltsReportError
from stiltsreport.execute.executors.local import ENVIRONMENT, WorkerSettings
from stiltsreport.execute.progress import Event, Observer, Outcome
from stiltsreport.execute.remote import ended, ended_text, heard, settings_of, settings_text, told
from stiltsreport.plan.frozen import frozen, thawed
from stiltsreport.plan.units import Unit
from stiltsreport.study.execution import RaySettings

_ATTEMPTS = 3  # beyond the first: a node that is lost, a worker that is killed
_EVENT_POLL_SECONDS = 0.5
_GIB = 2**30


def work(text: str, settings: str, events: Any) -> str:
    """What a node runs: the unit of that record; its signs of life go to the actor `events`. Returns its outcome as text."""
    from stiltsreport.execute.perform import perform

    def tell(event: Event) -> None:
        events.put.remote(told(event))

    return ended_text(perform(thawed(text), settings_of(settings), tell))


class _Events:
    """An actor: what units told since it was last asked, and which have begun."""

    def __init__(self) -> None:
        self._told: list[str] = []

    def put(self, event: str) -> None:
        """One sign of life."""
        self._told.append(event)

    def take(self) -> list[str]:
        """All of them, once."""
        told_, self._told = self._told, []
        return told_


class Ray:
    """An executor over a Ray cluster."""

    def __init__(self, settings: WorkerSettings, observer: Observer, asked: RaySettings) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a study asks no network that the user did not name
        try:
            import ray
        except ImportError as error:
            raise StiltsReportError("ray is not installed", where="--executor ray", hint="pip install 'stiltsreport[ray]'") from error
        self._ray: Any = ray
        self._observer, self._asked = observer, asked
        self._settings = settings_text(settings)
        address = asked.address or os.environ.get("RAY_ADDRESS")
        self._ours = not ray.is_initialized()
        if self._ours:
            try:
                ray.init(
                    address=address,
                    runtime_env={
                        "env_vars": ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(filter(None, (_package(), os.environ.get("PYTHONPATH"))))}
                    },
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    include_dashboard=False if address is None else None,
                )
            except (ConnectionError, RuntimeError, ValueError, OSError) as error:
                hint = "`ray status` says what is there"
                raise StiltsReportError(f"cannot be reached: {error}", where=f"Ray at {address or 'this machine'}", hint=hint) from error
        resources: dict[str, Any] = {"num_cpus": asked.cpus, "max_retries": _ATTEMPTS}
        self._gpus = asked.gpus or (1.0 if settings.device.startswith("cuda") else 0.0)
        if self._gpus:
            resources["num_gpus"] = self._gpus
        if asked.memory_gb:
            resources["memory"] = int(asked.memory_gb * _GIB)
        self._work = ray.remote(**resources)(work)
        self._events: Any = ray.remote(num_cpus=0, max_restarts=-1)(_Events).remote()
        self._running: list[Any] = []
        self._over = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def slots(self) -> int:
        """What the cluster holds now: nodes may join and leave."""
        there = self._ray.cluster_resources()
        held = [there.get("CPU", 0.0) / self._asked.cpus]
        if self._gpus:
            held.append(there.get("GPU", 0.0) / self._gpus)
        if self._asked.memory_gb:
            held.append(there.get("memory", 0.0) / (self._asked.memory_gb * _GIB))
        return max(1, int(min(held)))

    def submit(self, unit: Unit) -> Future[Outcome]:
        """Hand the unit to the cluster."""
        outer: Future[Outcome] = Future()
        task = self._work.options(name=unit.title[:80]).remote(frozen(unit), self._settings, self._events)
        self._running.append(task)

        def over(future: Future[str]) -> None:
            outer.set_result(outcome_of(future, unit))

        task.future().add_done_callback(over)
        return outer

    def close(self, *, cancel: bool = False) -> None:
        """Wait for nothing more; with `cancel` the tasks are asked to end first."""
        if cancel:
            for task in self._running:
                self._ray.cancel(task, force=False)
            if self._running:
                self._ray.wait(self._running, num_returns=len(self._running), timeout=30)
        self._over.set()
        self._reader.join(timeout=5)
        if self._ours:
            self._ray.shutdown()

    def _read(self) -> None:
        while not self._over.wait(_EVENT_POLL_SECONDS):
            try:
                for text in self._ray.get(self._events.take.remote(), timeout=30):
                    event: Event = heard(text)
                    self._observer.event(event)
            except self._ray.exceptions.RayError:
                continue  # signs of life alone: the actor may have been on a lost node, and is begun anew


def outcome_of(future: Future[str], unit: Unit) -> Outcome:
    """How a task ended: as its worker says; failed, where it was lost, or where what came back is no outcome.

    What the user can mend is mendable as at home: another try would fail as well.
    """
    try:
        return ended(future.result(), unit, "Ray")
    except StiltsReportError as error:  # Ray's own errors of a task are of the class that was raised there, too
        return Outcome(unit, "failed", error=str(getattr(error, "cause", error)), mendable=True)
    except Exception as error:  # noqa: BLE001 - a lost node, a killed worker, an error of Ray's
        cause = getattr(error, "cause", None)
        if isinstance(cause, Exception):  # raised by what ran there, not by Ray
            mendable = isinstance(cause, StiltsReportError)
            return Outcome(unit, "failed", error=str(cause) if mendable else f"{type(cause).__name__}: {cause}", mendable=mendable)
        return Outcome(unit, "failed", error=f"{type(error).__name__}: {_last_line(error)}")


def _package() -> str:
    """The folder that this package is imported from: an editable install on a shared disk is found by the nodes too."""
    return str(Path(__file__).resolve().parents[3]) if "site-packages" not in __file__ else ""


def _last_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else ""
