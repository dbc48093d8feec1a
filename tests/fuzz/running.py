"""One input tried: read whole, or refused with a clear error in time; and many inputs of one kind, counted."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import hypothesis
from hypothesis import strategies as st

from stiltsreport.errors import StiltsReportError, StudyErrors

SECONDS = 10.0  # the time that an input of a few kilobytes may take, on a machine that has other things to do
LONGEST = 2_000  # characters of an error: longer ones show what is wrong to nobody


@dataclass
class Count:
    """How many inputs were tried, and how many of them were refused."""

    tried: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Target:
    """Something that reads: what it is given, and the reading."""

    name: str
    inputs: st.SearchStrategy[Any]
    read: Callable[[Any], object]
    share: int = 1  # of all inputs, beside the other kinds


@contextmanager
def _in_time(seconds: float) -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError(f"it takes more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def tried(target: Target, given: Any, count: Count) -> None:
    """Read one input. Whatever is raised but a StiltsReportError with a place goes through, and so does the lack of an end."""
    count.tried += 1
    try:
        with _in_time(SECONDS):
            target.read(given)
    except StiltsReportError as refused:
        count.refused += 1
        for error in refused.errors if isinstance(refused, StudyErrors) else (refused,):
            assert error.what, "an error that says nothing"
            assert error.where, f"an error without a place: {error}"
            assert len(str(error)) <= LONGEST, f"an error of {len(str(error))} characters: {str(error)[:200]}"
            assert "Traceback" not in str(error)


def many(target: Target, inputs: int, seed: int) -> Count:
    """So many inputs, the same ones for the same seed. What is found goes through as hypothesis shows it, made small."""
    count = Count()

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=inputs, deadline=None, database=None, print_blob=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(target.inputs)
    def attempt(given: Any) -> None:
        tried(target, given, count)

    attempt()
    return count
