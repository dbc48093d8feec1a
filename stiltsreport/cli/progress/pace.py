"""How long work takes: by what the plan expects of it, drawn towards what the work that has run took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_TRUSTED = 60.0  # seconds of work that the plan's word weighs as much as
_ENOUGH = 20.0  # seconds of work from which a pace is guessed where the plan knows none


@dataclass(frozen=True)
class Amount:
    """What a unit's trainings and evaluations take: seconds, or work in any measure that is the same for all units."""

    training: float = 0.0
    evaluation: float = 0.0

    @property
    def whole(self) -> float:
        """Both together."""
        return self.training + self.evaluation

    def done(self, trained: float, evaluated: float) -> float:
        """How much of it is done, from what is done of each part, 0 to 1."""
        return self.training * trained + self.evaluation * evaluated


@dataclass(frozen=True)
class Work:
    """The amounts of units by their ids, and whether they are `seconds` of one worker. `usual`: of a unit that is not among them."""

    amounts: Mapping[str, Amount] = field(default_factory=dict)
    seconds: bool = False
    usual: Amount = Amount(0.85, 0.15)

    def of(self, unit: str) -> Amount:
        """A unit's amount."""
        return self.amounts.get(unit, self.usual)

    def pace(self, took: float, done: float) -> float | None:
        """Seconds that an amount of 1 takes, after an amount `done` took so many seconds; None while nothing can be said.

        An expectation in seconds weighs as much as a minute of work: one first job, which may be slow or small, turns it little, and an
        hour's jobs outweigh it.

        >>> Work({}, seconds=True).pace(0, 0), Work({}, seconds=True).pace(540, 240)
        (1.0, 2.0)
        """
        if self.seconds:
            return (_TRUSTED + took) / (_TRUSTED + done)
        return took / done if took >= _ENOUGH and done > 0 else None
