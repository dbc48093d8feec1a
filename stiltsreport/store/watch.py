"""Leases as one who waits sees them: who works on a unit, and whether he still lives.

On this machine a process can be asked for. Of another machine there is its heart, which beats into the lease's time: one that has not
beaten for a while of the waiter's own clock is dead. No two clocks are compared, and a clock that is set has no say.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from stiltsreport.store.attempts import Attempts, Holder

SILENT_SECONDS = 60.0


class Watch:
    """Remembers when it saw each heart beat."""

    def __init__(self, attempts: Attempts, silent: float = SILENT_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._attempts, self._silent, self._clock = attempts, silent, clock
        self._seen: dict[str, tuple[tuple[str, int], float]] = {}

    def holder(self, unit: str) -> Holder | None:
        """Who works on the unit; None where nobody does, or he is dead: his lease is then taken from him."""
        holder = self._attempts.holder(unit)
        if holder is None:
            self._seen.pop(unit, None)
            return None
        beat = (holder.token, holder.beat)
        last, since = self._seen.get(unit, (None, 0.0))
        now = self._clock()
        if last != beat:
            self._seen[unit] = (beat, now)
            since = now
        if holder.alive and (holder.here or now - since < self._silent):
            return holder
        self._attempts.free(unit, holder)
        self._seen.pop(unit, None)
        return None
