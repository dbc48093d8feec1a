"""How Ray's tasks end becomes an outcome as at home: what the user can mend is not tried again, what is lost is."""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from typing import cast

import pytest

from stiltsreport.errors import DataError, StiltsReportError
from stiltsreport.execute.executors.ray import outcome_of
from stiltsreport.execute.progress import Outcome
from stiltsreport.execute.remote import ended_text
from stiltsreport.plan.units import Unit

UNIT = cast("Unit", None)
ray = pytest.importorskip("ray")


def ending(value: object) -> Outcome:
    future: Future[str] = Future()
    if isinstance(value, BaseException):
        future.set_exception(value)
    else:
        future.set_result(cast("str", value))
    return outcome_of(future, UNIT)


def raised(cause: Exception) -> Exception:
    """What Ray raises for an error of a task: of the class of that error, too."""
    found = ray.exceptions.RayTaskError("work", "Traceback ...", cause).as_instanceof_cause()
    assert isinstance(found, type(cause))
    return cast("Exception", found)


@pytest.mark.parametrize("mendable", [True, False])
def test_what_a_worker_says_is_what_is_told(mendable: bool) -> None:
    done = Outcome(UNIT, "failed", 3.0, "x.tsv:3: no label", mendable)
    assert ending(ended_text(done)) == done


@pytest.mark.parametrize(
    ("error", "said", "mendable"),
    [
        (raised(StiltsReportError("no such folder", where="--store x")), "--store x: no such folder", True),
        (raised(DataError("no label", where="x.tsv:3")), "x.tsv:3: no label", True),
        (raised(ValueError("a bug")), "ValueError: a bug", False),
        (ray.exceptions.WorkerCrashedError(), "WorkerCrashedError", False),
        (ray.exceptions.OutOfMemoryError("the node was full"), "OutOfMemoryError: the node was full", False),
        (CancelledError(), "CancelledError", False),
    ],
)
def test_what_is_raised_is_a_failure(error: BaseException, said: str, mendable: bool) -> None:
    found = ending(error)
    assert (found.state, found.mendable) == ("failed", mendable)
    assert said in found.error


@pytest.mark.parametrize("text", ["", "[]", '{"state": "done"}', '{"state": "well", "seconds": 1, "error": "", "mendable": false}'])
def test_what_is_no_outcome_ends_the_unit_all_the_same(text: str) -> None:
    """An error in the callback would be swallowed, and the build would wait for ever."""
    assert ending(text).state == "failed"
