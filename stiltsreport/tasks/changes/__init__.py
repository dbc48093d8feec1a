"""What a method does to the examples of a set, as `stiltsreport.methods` names it: one file a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stiltsreport.methods import Change, Sampled, ShuffledLabels, SynonymCopies, Texts
from stiltsreport.tasks.changes.sampled import sampled
from stiltsreport.tasks.changes.shuffled import shuffled
from stiltsreport.tasks.changes.synonyms import synonym_copies
from stiltsreport.tasks.changes.texts import as_texts
from stiltsreport.tasks.examples import Example
from stiltsreport.tasks.task import Task


def apply(
    change: Change,
    examples: Sequence[Example],
    task: Task,
    *,
    synonyms: Mapping[str, Sequence[str]] | None = None,
    translated: Sequence[Example] | None = None,
) -> tuple[Example, ...]:
    """The examples of a set of `task` as the change makes them.

    What a change needs beside is handed in: the `synonyms` of SynonymCopies, and the examples `translated` by a translation's job, which
    then take the place of all. Raises StiltsReportError where the set does not allow the change: fewer examples than are to be drawn, or a
    form that it has no meaning for.
    """
    if isinstance(change, ShuffledLabels):
        return shuffled(examples, change.seed)
    if isinstance(change, Sampled):
        return sampled(examples, change, task)
    if isinstance(change, Texts):
        return as_texts(examples)
    if isinstance(change, SynonymCopies):
        if synonyms is None:
            raise TypeError("synonym copies need synonyms")
        return synonym_copies(examples, change, synonyms, task)
    if translated is None:
        raise TypeError("a translation needs the examples that its job made")
    return tuple(translated)
