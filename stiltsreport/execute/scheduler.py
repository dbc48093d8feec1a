"""The scheduler: start what is ready, try again what crashed, go on past failures, skip what rests on them, wait for other builds."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from threading import Event
from typing import Protocol, runtime_checkable

from stiltsreport.execute.elsewhere import Elsewhere, is_stored
from stiltsreport.execute.order import Order
from stiltsreport.execute.progress import Noted, Observer, Outcome
from stiltsreport.plan.units import Unit
from stiltsreport.store import Store

# Within one build: whoever starts another has changed something (memory, a disk, the code), and no job is refused for ever.
ATTEMPTS = 3
_POLL_SECONDS = 0.2


class Executor(Protocol):
    """Anything that runs a unit somewhere."""

    @property
    def slots(self) -> int:
        """How many units run side by side."""
        ...

    def submit(self, unit: Unit) -> Future[Outcome]:
        """Begin the unit; the future never raises: a failure is an Outcome."""
        ...

    def close(self, *, cancel: bool = False) -> None:
        """Wait for the workers to end, or end them at once."""
        ...


@runtime_checkable
class Interruptible(Protocol):
    """An executor whose workers can be asked to save what they are at. Others are closed with `cancel` instead."""

    def interrupt(self) -> None:
        """Ask: what runs ends as "interrupted", at the end of its step."""
        ...


@runtime_checkable
class Outliving(Protocol):
    """An executor whose jobs go on where this process ends."""

    @property
    def left(self) -> tuple[str, ...]:
        """The numbers by which those are known that do."""
        ...


def run_units(
    units: Sequence[Unit], executor: Executor, observer: Observer, store: Store | None = None, stop: Event | None = None
) -> list[Outcome]:
    """Run every unit after the one it needs; a failed one skips its descendants and nothing else.

    A unit that fails is tried up to three times, unless the fault is the user's to mend. With a store, a unit that another build works on
    is waited for, and one that it has done is not run. Once `stop` is set nothing new starts, workers save what they are at, and
    KeyboardInterrupt is raised; it may also come from outside, and ends everything at once.
    """
    run = _Run(units, executor, observer, store, stop or Event())
    observer.begin(len(units))
    try:
        run.go()
    except BaseException:
        executor.close(cancel=True)
        raise
    executor.close()
    if run.stopped:
        raise KeyboardInterrupt
    return run.outcomes


class _Run:
    """The state of a run."""

    def __init__(self, units: Sequence[Unit], executor: Executor, observer: Observer, store: Store | None, stop: Event) -> None:
        self.executor, self.observer, self.store, self.stop = executor, observer, store, stop
        self.order = Order(units)
        self.elsewhere = Elsewhere(store) if store else None
        self.running: dict[Future[Outcome], Unit] = {}
        self.outcomes: list[Outcome] = []
        self.attempts: Counter[str] = Counter()
        self.stopped = False

    def go(self) -> None:
        """Until everything has ended, or was stopped."""
        while not self.order.over:
            if self.stop.is_set() and not self.stopped:
                self.stopped = True
                self.observer.stopping(len(self.running))
                if not isinstance(self.executor, Interruptible):
                    raise KeyboardInterrupt
                self.executor.interrupt()
            if not self.stopped:
                self._take_over()
                self._start()
            elif not self.running:
                return
            self._gather()

    def _take_over(self) -> None:
        """What other builds have let go of."""
        for unit in self.elsewhere.freed() if self.elsewhere else ():
            self.order.give_back(unit.id)

    def _start(self) -> None:
        """Fill the free slots; what other builds have done, or are at, takes none."""
        room = self.executor.slots - len(self.running)
        if room <= 0:
            return
        for unit in self.order.take():
            if self.store is not None and is_stored(unit, self.store):
                self._end(Outcome(unit, "done"))
            elif self.elsewhere and (holder := self.elsewhere.holder(unit)) is not None:
                self._wait_for(unit, str(holder))
            else:
                self._submit(unit)
                room -= 1
                if room == 0:
                    return

    def _submit(self, unit: Unit) -> None:
        self.attempts[unit.id] += 1
        if self.attempts[unit.id] == 1:
            self.observer.started(unit)
            if self.store is not None:
                self.store.attempts.forget_failures(unit.id)
        self.running[self.executor.submit(unit)] = unit

    def _wait_for(self, unit: Unit, holder: str) -> None:
        assert self.elsewhere is not None
        if self.elsewhere.wait_for(unit):
            self.observer.waits(unit, holder)

    def _gather(self) -> None:
        """How running units ended; a moment's wait where none did."""
        if not self.running:
            if not self.order.over:
                time.sleep(_POLL_SECONDS)
            return
        finished, _ = wait(self.running, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
        for future in finished:
            self._ended(self.running.pop(future), future.result())

    def _ended(self, unit: Unit, outcome: Outcome) -> None:
        if outcome.state == "held" and self.elsewhere:  # another build was quicker
            self.attempts[unit.id] -= 1
            if not self.stopped:
                self._wait_for(unit, outcome.error)
            return
        if outcome.state in ("done", "skipped") or self.stopped:
            self._end(outcome)
            return
        number = self.attempts[unit.id]
        self._log(outcome, number)
        if outcome.mendable or number >= ATTEMPTS:
            tried = f"{outcome.error} (tried {number} times)" if number > 1 else outcome.error
            self._end(Outcome(unit, "failed", outcome.seconds, tried, mendable=outcome.mendable))
        else:
            reason = outcome.error.splitlines()[0] if outcome.error else "its worker was asked to end"
            self.observer.event(Noted(unit.id, f"attempt {number} of {ATTEMPTS} failed, trying again: {reason}"))
            self._submit(unit)

    def _log(self, outcome: Outcome, number: int) -> None:
        """A worker that was killed has written nothing."""
        with contextlib.suppress(OSError):  # a store that cannot be reached for a moment ends no build
            if self.store is not None and len(self.store.attempts.failures(outcome.unit.id)) < number:
                self.store.note_failure(outcome.unit.id, outcome.error or outcome.state)

    def _end(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.observer.ended(outcome)
        name = outcome.unit.id
        if outcome.state == "done":
            self.order.done(name)
        elif outcome.state == "failed":
            for fallen in self.order.failed(name):
                self._end_skipped(fallen)

    def _end_skipped(self, unit: Unit) -> None:
        outcome = Outcome(unit, "skipped", error="what it rests on has failed")
        self.outcomes.append(outcome)
        self.observer.ended(outcome)
