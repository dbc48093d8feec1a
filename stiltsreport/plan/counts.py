"""How many examples a set holds as a job uses it."""

from __future__ import annotations

from collections.abc import Callable

from stiltsreport.methods import Sampled, SynonymCopies
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.figure import Figure
from stiltsreport.tasks.limit import HELD_OUT_SHARE
from stiltsreport.tasks.sources import Source
from stiltsreport.tasks.task import Task

Count = Callable[[Task, Source], int | None]
UNCOUNTED = 1_000  # examples of an evaluation set that nobody has counted


def evaluated_in(use: DataUse, count: Count) -> Figure:
    """The examples of an evaluation set; one on the Hub whose size no record knows is taken as middling."""
    found = examples_in(use, count)
    if found is None:
        return Figure(UNCOUNTED, "estimated", f"sets of unknown size taken as {UNCOUNTED:,} examples")
    return Figure(found, "measured")


def examples_in(use: DataUse, count: Count) -> int | None:
    """The examples of a set as a job uses it; None where nobody has counted it and nothing caps it."""
    found = count(use.task, use.source)
    if found is not None and use.part != "all":
        share = found // HELD_OUT_SHARE
        found = found - share if use.part == "training" else share
    known = [value for value in (found, use.limit) if value is not None]
    if isinstance(use.change, Sampled):
        known.append(use.change.examples)
    copies = use.change.copies if isinstance(use.change, SynonymCopies) else 1
    return min(known) * copies if known else None
