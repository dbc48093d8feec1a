"""What a running study tells: events that workers send and an observer shows; the terminal itself is cli's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from stiltsreport.plan.units import Unit
from stiltsreport.redaction import redacted

State = Literal["done", "failed", "skipped", "held", "interrupted"]


@dataclass(frozen=True)
class Steps:
    """A training in progress: `examples_per_second` since it began."""

    unit: str
    step: int
    total: int
    loss: float
    examples_per_second: float


@dataclass(frozen=True)
class Evaluated:
    """So many of a unit's evaluations are done."""

    unit: str
    done: int
    total: int


@dataclass(frozen=True)
class Outcome:
    """How a unit ended: done; failed, with the error; skipped, because what it starts from failed.

    Held: another process does it. Interrupted: asked to stop, it has written its state, and the same command goes on from there.
    `mendable`: by the user, so that another attempt would fail as well.
    """

    unit: Unit
    state: State
    seconds: float = 0.0
    error: str = ""
    mendable: bool = False

    def __post_init__(self) -> None:
        """What is told of an error holds no secret."""
        object.__setattr__(self, "error", redacted(self.error))


@dataclass(frozen=True)
class Noted:
    """What the user should know of a unit that goes on."""

    unit: str
    text: str


Event = Steps | Evaluated | Noted


class Observer(Protocol):
    """Whoever wants to know."""

    def begin(self, units: int) -> None:
        """So many units will run."""
        ...

    def started(self, unit: Unit) -> None:
        """A worker has taken this unit."""
        ...

    def waits(self, unit: Unit, holder: str) -> None:
        """Another build runs this unit: `holder` says which process, where."""
        ...

    def event(self, event: Event) -> None:
        """A sign of life."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """A unit has ended."""
        ...

    def stopping(self, running: int) -> None:
        """Nothing new starts; so many units save what they are at."""
        ...


class Silent:
    """An observer that shows nothing."""

    def begin(self, units: int) -> None:
        """Nothing."""

    def started(self, unit: Unit) -> None:
        """Nothing."""

    def waits(self, unit: Unit, holder: str) -> None:
        """Nothing."""

    def event(self, event: Event) -> None:
        """Nothing."""

    def ended(self, outcome: Outcome) -> None:
        """Nothing."""

    def stopping(self, running: int) -> None:
        """Nothing."""
