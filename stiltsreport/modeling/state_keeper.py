"""Who keeps a training's state: when it is to be written, whether one that is found may be gone on with, and what is said of either."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from stiltsreport.modeling.distributed.peers import ALONE, Peers
from stiltsreport.modeling.interruption import Interrupted, Interruption
from stiltsreport.modeling.state_file import DamagedStateError, State, help_write, read_state, write_state

MINUTES = 10.0  # between two states, where the study does not say


class StateKeeper:
    """Guards the state of one training in a file, and when it was written last.

    `identity`: what must be equal where a state is gone on with (the job, versions, the kind of device), by what it is called; `place`: the
    processor or GPU, by name. `tell` is told what the user should know. A state that cannot be written ends no training. Of `peers` the
    leader reads and writes for all, and all end where one was asked to stop.
    """

    def __init__(
        self, file: Path, identity: Mapping[str, str], place: str = "", seconds: float = 60 * MINUTES,
        interruption: Interruption | None = None, tell: Callable[[str], None] = lambda _text: None,
        clock: Callable[[], float] = time.monotonic, peers: Peers = ALONE,
    ) -> None:  # fmt: skip
        self.file, self.identity, self.place, self.seconds = file, dict(identity), place, seconds
        self.interruption = interruption or Interruption()
        self._tell, self._clock, self._peers = tell, clock, peers
        self._last, self._refused = clock(), False

    def read(self, unlike: Callable[[State], str | None]) -> State | None:
        """The state to go on from; None where the training begins at its beginning, said where there is a file: `unlike` says why not."""
        state = self._checked(unlike) if self._peers.leads else None
        if self._peers.of_leader(state is not None) and state is None:
            return read_state(self.file, check=False)
        return state

    def _checked(self, unlike: Callable[[State], str | None]) -> State | None:
        for torn in self.file.parent.glob(f".{self.file.name}-*"):  # of a process that was killed while it wrote
            with contextlib.suppress(OSError):
                torn.unlink()
        if not self.file.exists():
            return None
        try:
            state = read_state(self.file)
            why = self._another(state) or unlike(state)
        except (DamagedStateError, OSError) as error:
            why = f"is damaged: {error}"
        if why is None:
            return state
        with contextlib.suppress(OSError):
            self.file.unlink()
        self._tell(f"its training starts over: the state that it had saved {why}")
        return None

    def _another(self, state: State) -> str | None:
        """What it is of that this is not."""
        found = state.record.get("identity") or {}
        differ = [name for name in (*self.identity, *found) if found.get(name) != self.identity.get(name)]
        return f"is of {differ[0]} {found.get(differ[0])}, this is {self.identity.get(differ[0])}" if differ else None

    @property
    def ends_looks(self) -> bool:
        """Whether who asks to stop is heard while dev data are looked at: not among peers, who look together."""
        return self._peers.alone

    @property
    def due(self) -> bool:
        """Whether a state is to be written now. It is asked of all peers after the same step."""
        return self._peers.any(self.interruption.asked or self._clock() - self._last >= self.seconds)

    @property
    def presses(self) -> bool:
        """Whether it is worth while to ask after any step: among peers that takes a moment."""
        return self._peers.alone and self.due

    def write(self, state: State) -> None:
        """Write it. Raises Interrupted, behind that, where the training was asked to stop."""
        record = {**state.record, "identity": self.identity, "place": self.place}
        try:
            if self._peers.leads:
                write_state(self.file, replace(state, record=record))
            else:
                help_write(state)
        except OSError as error:
            if not self._refused:
                self._tell(f"its training's state cannot be saved: {error.strerror or error}; if it is killed, it starts over")
            self._refused = True
        self._last = self._clock()
        if self._peers.any(self.interruption.asked):
            raise Interrupted
