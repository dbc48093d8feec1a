"""So many examples of a set, drawn by a seed: few-shot sets, and arms with equal data."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import Sampled
from stiltsreport.tasks.examples import Example
from stiltsreport.tasks.limit import limited
from stiltsreport.tasks.task import Task


def sampled(examples: Sequence[Example], change: Sampled, task: Task) -> tuple[Example, ...]:
    """A plain draw without replacement, in the order of the set; not balanced by label, which no paper that we follow asks for.

    The draw goes by ids: parallel sets give the same items in every language. Raises StiltsReportError where the set has fewer.
    """
    if len(examples) < change.examples:
        raise StiltsReportError(
            f"{change.examples} examples were asked for, its set has {len(examples)}",
            where=task.title,
            hint=f"at most {len(examples)}",
        )
    found = limited(tuple(examples), change.examples, f"sampled\x1f{change.seed}")
    assert isinstance(found, tuple)
    return found
