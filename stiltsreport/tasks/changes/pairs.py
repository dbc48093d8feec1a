"""Pairs whose two sentences are in different languages: the generalized setting of Huang et al. 2021, made of parallel test sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stiltsreport.errors import StiltsReportError
from stiltsreport.tasks.examples import SentencePair

PARALLEL = 0.9  # the least share of equal labels: PAWS-X has 98.4 % or more, rows that do not belong together have chance
_ENOUGH = 20  # pairs from which that share says something


@dataclass(frozen=True)
class Paired:
    """`examples` with how many ids stood on one side alone, and how many pairs had two labels: those are left out."""

    examples: tuple[SentencePair, ...]
    without_partner: int
    unlike_labels: int


def pair_up(first: Sequence[SentencePair], second: Sequence[SentencePair], where: str = "") -> Paired:
    """Sentence 1 of `first` with sentence 2 of `second`, joined by id, in the order of `first`.

    By ids, never by place: a set may lack a row (the Korean one of google/xtreme does). An id is the publisher's, or the number of the row
    in its file where it has none. A pair whose sides have unlike gold labels has no gold label, and is left out. Raises StiltsReportError,
    which names `where` they are from, where the sets are not parallel.
    """
    others = {example.id: example for example in second}
    joined = [(example, others[example.id]) for example in first if example.id in others]
    if not joined:
        raise StiltsReportError("the two languages have no ids in common", where=where, hint="parallel sets, whose rows have the same ids")
    alike = [(one, other) for one, other in joined if one.label == other.label]
    if len(joined) >= _ENOUGH and len(alike) < PARALLEL * len(joined):
        share = 100 * len(alike) / len(joined)
        raise StiltsReportError(
            f"the two languages have the same label in {share:.1f} % of rows only: their rows do not belong together",
            where=where,
            hint="parallel sets, whose rows have the same ids",
        )
    if any(other.second is None for _, other in alike):
        raise StiltsReportError("there is no second sentence to take", where=where, hint="a task of sentence pairs")
    return Paired(
        tuple(replace(one, second=other.second) for one, other in alike),
        len(first) + len(second) - 2 * len(joined),
        len(joined) - len(alike),
    )


def paired(first: Sequence[SentencePair], second: Sequence[SentencePair], where: str = "") -> tuple[SentencePair, ...]:
    """The examples of `pair_up`."""
    return pair_up(first, second, where).examples
