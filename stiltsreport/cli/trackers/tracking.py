"""An observer that hands every training's steps to a tracker, and one that hands everything to several observers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stiltsreport.cli.trackers.serving import END, STEP, TITLE, Told
from stiltsreport.execute.progress import Event, Noted, Observer, Outcome, Silent, Steps
from stiltsreport.plan.units import Unit


class Tracker(Protocol):
    """Takes what it is told at once, and raises nothing."""

    def tell(self, told: Told) -> None:
        """A message."""
        ...

    def close(self) -> None:
        """There are no more."""
        ...


class Tracking(Silent):
    """Each job is a run of the tracker, named as in `--only`."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker

    def started(self, unit: Unit) -> None:
        """A run begins."""
        self._tracker.tell((TITLE, unit.id, unit.title))

    def event(self, event: Event) -> None:
        """A step, with its loss."""
        if isinstance(event, Steps):
            values = {"loss": event.loss, "examples_per_second": event.examples_per_second}
            self._tracker.tell((STEP, event.unit, (event.step, values)))

    def ended(self, outcome: Outcome) -> None:
        """A run ends."""
        self._tracker.tell((END, outcome.unit.id, outcome.state))

    def close(self) -> None:
        """What still runs was interrupted."""
        self._tracker.close()


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
