"""An observer that hands every training's steps to a tracker, and one that hands everything to several observers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from stiltsreport.execute.progress import Event, Noted, Observer, Outcome, Silent, Steps
from stiltsreport.plan.units import Unit


class Run(Protocol):
    """One job in a tracker."""

    def log(self, step: int, values: dict[str, float]) -> None:
        """Numbers at a step."""
        ...

    def close(self, state: str) -> None:
        """It has ended so."""
        ...


class Tracking(Silent):
    """Each job is a run of the tracker, named as in `--only`. Whatever a tracker raises is said once, and ends the tracking alone."""

    def __init__(self, name: str, begin: Callable[[str], Run], say: Callable[[str], None]) -> None:
        self._name, self._begin, self._say = name, begin, say
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()  # events come from the threads that hear workers
        self._failed = False

    def started(self, unit: Unit) -> None:
        """A run begins."""
        self._try(lambda: self._runs.update({unit.id: self._begin(unit.title)}))

    def event(self, event: Event) -> None:
        """A step, with its loss."""
        if isinstance(event, Steps):
            values = {"loss": event.loss, "examples_per_second": event.examples_per_second}
            self._try(lambda: self._runs[event.unit].log(event.step, values) if event.unit in self._runs else None)

    def ended(self, outcome: Outcome) -> None:
        """A run ends."""
        self._try(lambda: self._close(outcome.unit.id, outcome.state))

    def close(self) -> None:
        """End what still runs."""
        for unit in list(self._runs):
            self._try(lambda unit=unit: self._close(unit, "interrupted"))  # type: ignore[misc] # mypy knows no default of a lambda

    def _close(self, unit: str, state: str) -> None:
        run = self._runs.pop(unit, None)
        if run is not None:
            run.close(state)

    def _try(self, action: Callable[[], object]) -> None:
        with self._lock:
            if self._failed:
                return
            try:
                action()
            except Exception as error:  # noqa: BLE001 - a study goes on without its tracker
                self._failed = True
                self._say(f"{self._name} is no longer told: {type(error).__name__}: {str(error).partition(chr(10))[0]}")


class Several:
    """One observer that is many."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def begin(self, units: int) -> None:
        """To each."""
        for one in self._observers:
            one.begin(units)

    def started(self, unit: Unit) -> None:
        """To each."""
        for one in self._observers:
            one.started(unit)

    def waits(self, unit: Unit, holder: str) -> None:
        """To each."""
        for one in self._observers:
            one.waits(unit, holder)

    def event(self, event: Event) -> None:
        """To each; a note that a job gives is the terminal's alone."""
        for place, one in enumerate(self._observers):
            if place == 0 or not isinstance(event, Noted):
                one.event(event)

    def ended(self, outcome: Outcome) -> None:
        """To each."""
        for one in self._observers:
            one.ended(outcome)

    def stopping(self, running: int) -> None:
        """To each."""
        for one in self._observers:
            one.stopping(running)
