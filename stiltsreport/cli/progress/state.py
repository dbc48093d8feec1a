"""What is known of a study at work, fed by events; both displays read it."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from stiltsreport.cli.progress.pace import Amount, Work
from stiltsreport.execute.progress import Evaluated, Event, Noted, Outcome, Steps
from stiltsreport.plan.units import Unit


@dataclass
class Running:
    """A unit at work: the newest sign of life of each kind. `begun`: when the first came; before it the unit was loading.

    `with_worker`: none had ended when it started, so that what it loads may be the whole worker.
    """

    unit: Unit
    since: float
    amount: Amount
    with_worker: bool = False
    begun: float | None = None
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
    def done(self) -> float:
        """How much of its amount is done."""
        evaluated = self.evaluated.done / max(1, self.evaluated.total) if self.evaluated else 0.0
        trained = 1.0 if self.evaluated else self.steps.step / max(1, self.steps.total) if self.steps else 0.0
        return self.amount.done(trained, evaluated)


@dataclass
class Progress:
    """Counts of units and the running ones. `work` says how much each of them is, for the time left."""

    work: Work = field(default_factory=Work)
    clock: Callable[[], float] = time.monotonic
    total: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    running: dict[str, Running] = field(default_factory=dict)
    began: float = 0.0
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _ended: float = 0.0  # the amounts of units that have ended
    _took: float = 0.0  # seconds of work, without loading, of units that are done
    _done: float = 0.0  # their amounts
    _starts: list[float] = field(default_factory=list)  # seconds of loading, in workers that had been loaded
    _lanes: int = 1  # units that have run side by side

    def begin(self, units: int) -> None:
        """So many units will run."""
        with self.lock:
            self.total, self.began = units, self.clock()

    def started(self, unit: Unit) -> None:
        """A worker has taken this unit."""
        with self.lock:
            self.running[unit.id] = Running(unit, self.clock(), self.work.of(unit.id), with_worker=not self.over)
            self._lanes = max(self._lanes, len(self.running))

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
            if running.begun is None:
                running.begun = self.clock()
                if not running.with_worker:
                    self._starts.append(running.begun - running.since)
            if isinstance(event, Steps):
                running.steps, running.evaluated = event, None
            else:
                running.evaluated = event

    def ended(self, outcome: Outcome) -> None:
        """A unit has ended."""
        with self.lock:
            running = self.running.pop(outcome.unit.id, None)
            if outcome.state == "interrupted":  # left for another time
                return
            amount = self.work.of(outcome.unit.id).whole
            self._ended += amount
            if outcome.state == "done":
                self.done += 1
                if running is not None:
                    self._took += self.clock() - (running.since if running.begun is None else running.begun)
                    self._done += amount
            elif outcome.state == "failed":
                self.failed += 1
            else:
                self.skipped += 1

    @property
    def left(self) -> int:
        """Units that nobody has begun."""
        with self.lock:
            return self.total - self.over - len(self.running)

    @property
    def over(self) -> int:
        """Units that have ended, whichever way."""
        return self.done + self.failed + self.skipped

    def seconds_left(self) -> float | None:
        """The work that is left, and a start for each unit, over as many workers as were seen; None while nothing can be said."""
        with self.lock:
            running = list(self.running.values())
            pace, start = self._pace(), self._start
            if not running and not self.left:
                return 0.0
            if pace is None:
                return None
            each = [self._seconds_left(one, pace) for one in running]
            amounts = sum(amount.whole for amount in self.work.amounts.values()) or self.total * self.work.usual.whole
            waiting = max(0.0, amounts - self._ended - sum(one.amount.whole for one in running)) * pace + start * self.left
            return max([(waiting + sum(each)) / self._lanes, *each])

    def unit_left(self, running: Running) -> float | None:
        """Seconds that a running unit still needs."""
        with self.lock:
            pace = self._pace()
            return None if pace is None else self._seconds_left(running, pace)

    @property
    def _start(self) -> float:
        """Seconds that a unit loads before its first sign: the median, since one that follows a lost worker loads the new one, too."""
        return statistics.median(self._starts) if self._starts else 0.0

    def _pace(self) -> float | None:
        now = self.clock()
        begun = [(one, one.begun) for one in self.running.values() if one.begun is not None]
        took = self._took + sum(now - since for _, since in begun)
        return self.work.pace(took, self._done + sum(one.done for one, _ in begun))

    def _seconds_left(self, running: Running, pace: float) -> float:
        start = self._loads(running) if running.begun is None else 0.0
        return start + max(0.0, running.amount.whole - running.done) * pace

    def _loads(self, running: Running) -> float:
        """Seconds that it still loads: as long as others did, or as long again as it has loaded."""
        waited = self.clock() - running.since
        return self._start - waited if waited < self._start else waited


def stopping_line(running: int) -> str:
    """What is said once the user has asked to stop.

    >>> stopping_line(1)
    'stopping once 1 job at work has saved what it has; press Ctrl-C again to stop now'
    """
    who = f"{running} job at work has saved what it has" if running == 1 else f"{running} jobs at work have saved what they have"
    return f"stopping once {who}; press Ctrl-C again to stop now"
