"""Progress as plain lines: for logs and pipes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from stiltsreport.cli.progress.durations import about, duration
from stiltsreport.cli.progress.pace import Work
from stiltsreport.cli.progress.state import Progress, stopping_line
from stiltsreport.cli.terminal import Terminal
from stiltsreport.execute.progress import Event, Noted, Outcome, Steps
from stiltsreport.plan.units import Unit

_SECONDS = 30.0  # between two lines about the running units
_MANY = 200  # jobs from which not every end is worth a line of a log


class Lines:
    """An observer: a line when a job ends, and one every half minute about those at work; quiet, only what failed.

    Of very many jobs the ends, too, are said once every half minute, but for those that failed; with -v all are.
    """

    def __init__(
        self, terminal: Terminal, work: Work | None = None, every: float = _SECONDS, clock: Callable[[], float] | None = None
    ) -> None:
        self.terminal, self.every = terminal, every
        self.progress = Progress(work or Work(), clock) if clock else Progress(work or Work())
        self._said = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Nothing is left open."""

    def begin(self, units: int) -> None:
        """So many units will run."""
        self.progress.begin(units)
        self._said = self.progress.clock()
        self.terminal.note(f"{units:,} {'job' if units == 1 else 'jobs'} to run{self._time_left()}")

    def started(self, unit: Unit) -> None:
        """Said with -v alone."""
        self.progress.started(unit)
        self.terminal.detail(f"started {unit.title}")

    def waits(self, unit: Unit, holder: str) -> None:
        """Said once."""
        self.progress.put_aside(unit)
        self.terminal.note(f"waiting for {unit.title}, run by {holder}")

    def event(self, event: Event) -> None:
        """Now and then, a line about the job that gave the sign."""
        self.progress.event(event)
        with self.progress.lock:
            running = self.progress.running.get(event.unit)
        if isinstance(event, Noted):
            self.terminal.warning(f"{running.unit.title if running else event.unit}: {event.text}")
            return
        with self.progress.lock:
            now = self.progress.clock()
            if running is None or now - self._said < self.every:
                return
            self._said = now
        steps = running.steps
        facts = [running.doing]
        if isinstance(event, Steps) and steps is not None:
            facts += [f"step {steps.step} of {steps.total}", f"loss {steps.loss:.3f}", f"{steps.examples_per_second:.1f} examples/s"]
        self.terminal.note(f"  {running.unit.title}: {', '.join(facts)}; {self._left()}")

    def ended(self, outcome: Outcome) -> None:
        """A line for every job."""
        state = self.progress
        state.ended(outcome)
        number = f"[{state.over}/{state.total}]"
        if outcome.state == "interrupted":
            self.terminal.note(f"stopped {outcome.unit.title}")
        elif outcome.state == "done":
            seldom = state.total > _MANY and state.clock() - self._said < self.every
            say = self.terminal.detail if seldom else self.terminal.note
            self._said = self._said if seldom else state.clock()
            say(f"{number} done {outcome.unit.title} in {duration(outcome.seconds)}; {self._left()}")
        else:
            self.terminal.warning(f"{number} {outcome.state} {outcome.unit.title}: {outcome.error}")

    def stopping(self, running: int) -> None:
        """What a second Ctrl-C would do, even when quiet."""
        self.terminal.warning(stopping_line(running))

    def _left(self) -> str:
        return f"{self.progress.left:,} waiting{self._time_left()}"

    def _time_left(self) -> str:
        seconds = self.progress.seconds_left()
        return f", about {about(seconds)} left" if seconds else ""
