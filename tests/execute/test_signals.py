"""A request to stop that comes within a destructor: Python loses what is raised there, and prints it."""

from __future__ import annotations

import os
import signal

import pytest

from stiltsreport.execute.signals import heeded
from stiltsreport.modeling.interruption import Interrupted, Interruption


class Dying:
    """An object in whose end the process is asked to stop, or something goes wrong."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def __del__(self) -> None:
        if self.error:
            raise self.error
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):  # where the handler gets its turn
            pass


def test_a_request_that_a_destructor_loses_is_heeded_at_the_next_step(capfd: pytest.CaptureFixture[str]) -> None:
    interruption = Interruption()
    with heeded(interruption):
        Dying()
        with pytest.raises(Interrupted):
            interruption.check()
    assert capfd.readouterr().err == ""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_other_errors_of_destructors_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    monkeypatch.setattr("sys.unraisablehook", lambda lost: told.append(lost.exc_type))
    with heeded(Interruption()):
        Dying(ValueError("x"))
    assert told == [ValueError]
