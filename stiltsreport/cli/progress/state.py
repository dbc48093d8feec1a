"""What is known of a study at work, fed by events; both displays read it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stiltsreport.execute.progress import Evaluated, Event, Noted, Outcome, Steps
from stiltsreport.plan.units import Unit

_TRAINING_SHARE = 0.85  # of a unit that trains and evaluates, for the guess of the time left


@dataclass
class Running:
    """A unit at work: the newest sign of life of each kind."""

    unit: Unit
    since: float
    steps: Steps | None = None
    evaluated: Evaluated | None = None

    @property
    def doing(self) -> str:
        """What it does now, in words."""
        if self.evaluated is not None:
            return f"evaluated {self.evaluated.done} of {self.evaluated.total}"
        if self.steps is None:
            return "loading"
        return "evaluating" if self.steps.step >= self.steps.total and self.unit.evaluations else "training"

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        trained = self.steps.step / max(1, self.steps.total) if self.steps else 0.0
        evaluated = self.evaluated.done / max(1, self.evaluated.total) if self.evaluated else 0.0
        if not self.unit.chain:
            return evaluated
        if not self.unit.evaluations:
            return trained
        return _TRAINING_SHARE * (1.0 if self.evaluated else trained) + (1 - _TRAINING_SHARE) * evaluated

    def seconds_left(self, now: float) -> float | None:
        """By its own pace; None before there is one."""
        share = self.share
        return (now - self.since) * (1 - share) / share if share > 0 else None


@dataclass
class Progress:
    """Counts of units and the running ones. `work` weighs a unit's id against the others, for the time left; 1 where it is absent."""

    work: Mapping[str, float] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    total: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    running: dict[str, Running] = field(default_factory=dict)
    began: float = 0.0
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _finished_work: float = 0.0

    def begin(self, units: int) -> None:
        """So many units will run."""
        with self.lock:
            self.total, self.began = units, self.clock()

    def started(self, unit: Unit) -> None:
        """A worker has taken this unit."""
        with self.lock:
            self.running[unit.id] = Running(unit, self.clock())

    def put_aside(self, unit: Unit) -> None:
        """Another build has it."""
        with self.lock:
            self.running.pop(unit.id, None)

    def event(self, event: Event) -> None:
        """A sign of life; one of a unit that has ended meanwhile is dropped."""
        with self.lock:
            running = self.running.get(event.unit)
            if running is None or isinstance(event, Noted):
                return
            if isinstance(event, Steps):
                running.steps, running.evaluated = event, None
            else:
                running.evaluated = event

    def ended(self, outcome: Outcome) -> None:
        """A unit has ended."""
        with self.lock:
            self.running.pop(outcome.unit.id, None)
            if outcome.state == "interrupted":  # left for another time
                return
            self._finished_work += self._weight(outcome.unit.id)
            if outcome.state == "done":
                self.done += 1
            elif outcome.state == "failed":
                self.failed += 1
            else:
                self.skipped += 1

    @property
    def left(self) -> int:
        """Units that nobody has begun."""
        with self.lock:
            return self.total - self.done - self.failed - self.skipped - len(self.running)

    def seconds_left(self) -> float | None:
        """The time so far, scaled to the work left; None before anything is done."""
        with self.lock:
            done = self._finished_work + sum(self._weight(name) * running.share for name, running in self.running.items())
            whole = sum(self.work.values()) if self.work else float(self.total)
            if done <= 0 or whole <= 0:
                return None
            return (self.clock() - self.began) * max(0.0, whole - done) / done

    def _weight(self, unit: str) -> float:
        return self.work.get(unit, 1.0)


def duration(seconds: float | None) -> str:
    """Seconds as a person says them; a dash for None."""
    if seconds is None:
        return "-"
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def stopping_line(running: int) -> str:
    """What is said once the user has asked to stop.

    >>> stopping_line(1)
    'stopping once 1 job at work has saved what it has; press Ctrl-C again to stop now'
    """
    who = f"{running} job at work has saved what it has" if running == 1 else f"{running} jobs at work have saved what they have"
    return f"stopping once {who}; press Ctrl-C again to stop now"
