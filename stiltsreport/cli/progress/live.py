"""Progress as a table that is redrawn in place: for terminals."""

from __future__ import annotations

from typing import Self

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.segment import Segment
from rich.text import Text

from stiltsreport.cli.layout import table
from stiltsreport.cli.progress.durations import about, duration
from stiltsreport.cli.progress.pace import Work
from stiltsreport.cli.progress.state import Progress, Running, stopping_line
from stiltsreport.execute.progress import Event, Noted, Outcome
from stiltsreport.plan.units import Unit

_REDRAWS = 4  # a second
_NAME = 30  # columns of a run's name that tell it from others
_GAP = "  "


class LiveTable:
    """An observer: counts in the first line, a row for each job at work; jobs that fail are said above the table."""

    def __init__(self, title: str, work: Work | None = None, console: Console | None = None) -> None:
        self.title = title
        self.progress = Progress(work or Work())
        self.console = console or Console(stderr=True, highlight=False)
        self._live = Live(self, console=self.console, refresh_per_second=_REDRAWS, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._live.stop()

    def begin(self, units: int) -> None:
        """So many units will run."""
        self.progress.begin(units)

    def started(self, unit: Unit) -> None:
        """A new row."""
        self.progress.started(unit)

    def waits(self, unit: Unit, holder: str) -> None:
        """Said once, above the table."""
        self.progress.put_aside(unit)
        self.console.print(Text(f"waiting for {unit.title}, run by {holder}"))

    def event(self, event: Event) -> None:
        """Another number in a row."""
        self.progress.event(event)
        if isinstance(event, Noted):
            with self.progress.lock:
                running = self.progress.running.get(event.unit)
            self.console.print(Text(f"{running.unit.title if running else event.unit}: {event.text}", style="yellow"))

    def ended(self, outcome: Outcome) -> None:
        """A row goes; a failure stays to be read."""
        self.progress.ended(outcome)
        if outcome.state == "failed":
            self.console.print(Text(f"failed {outcome.unit.title}: {outcome.error}", style="red"))

    def stopping(self, running: int) -> None:
        """What a second Ctrl-C would do."""
        self.console.print(Text(stopping_line(running), style="yellow"))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The picture of this moment."""
        with self.progress.lock:
            yield self._heading(options.max_width)
            yield ProgressBar(
                total=max(1, self.progress.total), completed=self.progress.total - self.progress.left - len(self.progress.running)
            )
            yield Segment.line()  # a bar does not end its line itself
            if self.progress.running:
                yield Text("\n".join(self._rows(options.max_width)), no_wrap=True, overflow="crop")

    def _heading(self, width: int) -> Text:
        """One line: what there is no room for goes, the least important first, and then the end of the title."""
        state = self.progress
        took, left = duration(state.clock() - state.began) if state.total else "-", state.seconds_left()
        parts = [
            (0, f"  {state.done} of {state.total} jobs done"),
            (2, f", {len(state.running)} running"),
            (3, f", {state.left} waiting"),
            (0, f", {state.failed} failed" if state.failed else ""),
            (1, f", {state.skipped} skipped" if state.skipped else ""),
            (2, f"; {took}"),
            (1, f", about {about(left)} left" if left else ""),
        ]
        for most in (3, 2, 1, 0):
            said = "".join(text for order, text in parts if order <= most)
            if len(self.title) + len(said) <= width:
                break
        return Text.assemble((_begun(self.title, width - len(said)), "bold"), said, no_wrap=True, overflow="crop")

    def _rows(self, width: int) -> list[str]:
        """A line for each running job. What there is no room for goes, the least important first; of names their beginnings."""
        rows = [["job", "doing", "steps", "loss", "examples/s", "left"], *map(self._row, self.progress.running.values())]
        for column in (4, 3, 2, 1):
            room = width - sum(max(map(len, cells)) + len(_GAP) for cells in list(zip(*rows, strict=True))[1:])
            if room >= min(_NAME, max(len(row[0]) for row in rows)):
                break
            rows = [[cell for place, cell in enumerate(row) if place != column] for row in rows]
        rest = width - sum(max(map(len, cells)) + len(_GAP) for cells in list(zip(*rows, strict=True))[1:])
        return table(rows[0], [[_shortened(row[0], rest), *row[1:]] for row in rows[1:]], None, left=(0, 1))

    def _row(self, running: Running) -> list[str]:
        steps = running.steps
        numbers = (f"{steps.step}/{steps.total}", f"{steps.loss:.3f}", f"{steps.examples_per_second:.1f}") if steps else ("-", "-", "-")
        return [running.unit.title, running.doing, *numbers, about(self.progress.unit_left(running))]


def _begun(title: str, room: int) -> str:
    return title if len(title) <= room else f"{title[: max(1, room - 3)]}..."


def _shortened(name: str, room: int) -> str:
    """A run's name ends with what tells it from the others.

    >>> _shortened("multilingual-e5-small/endings/-/1", 20)
    '...small/endings/-/1'
    """
    return name if len(name) <= room else f"...{name[-max(1, room - 3) :]}"
