"""The steps of a training, one after another: their numbers read, dev data looked at, its state saved."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import nullcontext

from stiltsreport.errors import StiltsReportError
from stiltsreport.modeling.course import Course
from stiltsreport.modeling.evaluation import Evaluation
from stiltsreport.modeling.interruption import Interrupted
from stiltsreport.modeling.loop import Step, Taken
from stiltsreport.modeling.state_keeper import StateKeeper

Listener = Callable[[Step, int], None]
Devs = dict[str, Evaluation]
UNREAD_STEPS = 16  # a GPU is never waited for more often than this: every read empties its queue


def evaluation_steps(total: int, evaluations: int) -> set[int]:
    """Where in the run the dev set is evaluated: evenly spread, the end always.

    >>> sorted(evaluation_steps(10, 3))
    [3, 6, 10]
    """
    return {total * i // evaluations for i in range(1, evaluations + 1)} - {0} | {total}


def take_steps(
    course: Course, steps: Iterable[Taken], total: int, at: Collection[int], dev: Callable[[], tuple[Devs, float]] | None,
    listen: Listener, keeper: StateKeeper | None,
) -> Devs:  # fmt: skip
    """Take the steps until they, or patience, end; the dev evaluations of the kept checkpoint, if this process made them.

    A state is that behind a step and before it is looked at: who goes on from one looks first. Raises StiltsReportError where a loss is not
    finite, Interrupted where the keeper was asked to stop.
    """
    unread: list[Taken] = []
    most = UNREAD_STEPS if course.device.type == "cuda" else 1
    look = _Look(course, total, at, dev, keeper)
    with keeper.interruption.waiting() if keeper else nullcontext():
        if look.due(course.step) and look.ends():
            return look.devs
        began = time.perf_counter()
        for taken in steps:
            course.decay *= taken.decay
            unread.append(taken)
            looking = look.due(taken.number)
            if not ((keeper and keeper.presses) or looking or taken.number == total or len(unread) >= most):
                continue
            course.curve += _read(unread, total, listen)
            unread.clear()
            course.spent += time.perf_counter() - began
            if keeper and keeper.due:
                keeper.write(course.state())
            if looking and look.ends():
                break
            began = time.perf_counter()
    return look.devs


class _Look:
    """Guards the dev evaluations of the kept checkpoint."""

    def __init__(
        self, course: Course, total: int, at: Collection[int], dev: Callable[[], tuple[Devs, float]] | None, keeper: StateKeeper | None
    ) -> None:
        self._course, self._total, self._at, self._dev, self._keeper = course, total, at, dev, keeper
        self.devs: Devs = {}

    def due(self, step: int) -> bool:
        """Whether the checkpoint after that step is looked at."""
        return step in self._at and (self._dev is not None or self._course.kept.averages)

    def ends(self) -> bool:
        """Look at the checkpoint that the model holds; True where patience has run out."""
        course, kept = self._course, self._course.kept
        if self._dev is None:
            kept.add(course.step, course.decay, course.whole)
            return False
        found, value = self._evaluated(self._dev)
        first = next(iter(found.values()))
        ended = kept.consider(course.step, course.decay, course.whole, first, value, last=course.step == self._total)
        self.devs = found if kept.step == course.step else self.devs
        return ended

    def _evaluated(self, dev: Callable[[], tuple[Devs, float]]) -> tuple[Devs, float]:
        """An evaluation changes nothing: it is ended at once by who asks to stop, with the state before it saved."""
        if self._keeper is None or not self._keeper.ends_looks:
            return dev()
        try:
            with self._keeper.interruption.at_once():
                return dev()
        except Interrupted:
            self._keeper.write(self._course.state())
            raise


def _read(unread: Sequence[Taken], total: int, listen: Listener) -> list[Step]:
    """The numbers of those steps, told to the listener. Raises StiltsReportError where one is not finite."""
    steps = []
    for taken in unread:
        step = taken.read()
        if not (math.isfinite(step.loss) and math.isfinite(step.gradient_norm)):
            what = f"the loss is {step.loss} and the gradient's norm {step.gradient_norm} at step {step.number} of {total}"
            raise StiltsReportError(what, where=step.part, hint="a lower learning rate, or float32")
        listen(step, total)
        steps.append(step)
    return steps
