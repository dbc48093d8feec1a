"""A training's state where the store is far away: what was saved on this machine is taken to where another one can go on from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from stiltsreport.modeling.interruption import Interrupted
from stiltsreport.modeling.state_file import State
from stiltsreport.modeling.state_keeper import StateKeeper


class SharingStateKeeper(StateKeeper):
    """Hands each state that was written to `share`, also the last one of a training that was asked to stop.

    A state that cannot be shared ends no training: this machine still goes on from it.
    """

    def __init__(self, share: Callable[[Path], None], *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._share = share
        self._shared: int | None = None
        self._unshared = False

    def write(self, state: State) -> None:
        """Write it, then share it. Raises Interrupted behind both, where the training was asked to stop.

        Peers end together: the first that ended would have the others killed while the leader still sends.
        """
        try:
            super().write(state)
        except Interrupted:
            self._send()
            self._peers.largest(0.0)
            raise
        self._send()

    def _send(self) -> None:
        try:
            written = self.file.stat().st_mtime_ns
            if written != self._shared:
                self._share(self.file)
                self._shared = written
        except FileNotFoundError:  # it could not be written, which was told
            return
        except OSError as error:
            if not self._unshared:
                what = error.strerror or error
                self._tell(f"its training's state cannot be taken to the store: {what}; another machine would start it over")
            self._unshared = True
