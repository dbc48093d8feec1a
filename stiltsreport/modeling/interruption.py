"""A request to stop, as a signal brings it: heeded at once where little is lost, and within a training's steps when a step is done."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class Interrupted(BaseException):
    """The work stops here, to be gone on with another time. As KeyboardInterrupt, it is no error that may be swallowed."""


class Interruption:
    """Guards whether it was asked for. `ask` may be called by a signal handler in the middle of anything."""

    def __init__(self) -> None:
        self.asked = False
        self._waits = False

    def ask(self) -> None:
        """Stop: raises Interrupted at once, or lets the loop of steps see it. Asked again, what is being left is left in peace."""
        before, self.asked = self.asked, True
        if not before:
            self.check()

    def check(self) -> None:
        """Raise Interrupted where it was asked for and nothing is waited for: a handler's raise may have been lost in a destructor."""
        if self.asked and not self._waits:
            raise Interrupted

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """While it lasts, a request is noted alone."""
        self.check()
        with self._set(waits=True):
            yield

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """While it lasts, within `waiting`, a request ends the work at once."""
        with self._set(waits=False):
            self.check()
            yield

    @contextlib.contextmanager
    def _set(self, *, waits: bool) -> Iterator[None]:
        before, self._waits = self._waits, waits
        try:
            yield
        finally:
            self._waits = before
