"""Units that another build on the same store is at: they are waited for, and taken over when it dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from stiltsreport.plan.units import Unit
from stiltsreport.store import Holder, Store, Watch

_LOOK_SECONDS = 1.0


class Elsewhere:
    """Units that wait for another process, looked at once a second."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._watch = Watch(store.attempts, clock=clock)
        self._waiting: dict[str, Unit] = {}
        self._looked = 0.0

    def holder(self, unit: Unit) -> Holder | None:
        """Who else is at the unit."""
        return self._watch.holder(unit.id)

    def wait_for(self, unit: Unit) -> bool:
        """Put the unit aside until its holder has ended; whether that is news."""
        new = unit.id not in self._waiting
        self._waiting[unit.id] = unit
        return new

    def freed(self) -> Iterator[Unit]:
        """Units whose holder has ended, well or not."""
        if not self._waiting or self._clock() - self._looked < _LOOK_SECONDS:
            return
        self._looked = self._clock()
        for name, unit in list(self._waiting.items()):
            if self._watch.holder(name) is None:
                del self._waiting[name]
                yield unit


def is_stored(unit: Unit, store: Store) -> bool:
    """Whether everything that the unit makes is there."""
    if unit.translation is not None:
        return store.has_now("translations", unit.translation.id)
    return (
        all(store.has_now("trainings", train.id) for train in unit.chain)
        and all(store.has_now("checkpoints", job) for job in unit.keep)
        and all(store.has_now("evaluations", job.id) for job in unit.evaluations)
        and all(store.has_now("evaluations", job.id) for job in unit.prompts)
    )
