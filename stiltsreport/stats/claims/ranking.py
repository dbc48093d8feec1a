"""Claims of an order: each arm better than the next, on each quantity."""

from __future__ import annotations

from stiltsreport.stats.claims.combined import all_of
from stiltsreport.stats.claims.facts import Facts, quantity
from stiltsreport.stats.claims.raw import Raw
from stiltsreport.stats.claims.single import compared
from stiltsreport.stats.compare import margin_of
from stiltsreport.study.claims import Claim, Ranking


def answer_ranking(facts: Facts, claim: Claim, said: Ranking) -> list[Raw]:
    """A Raw for each model. An average leaves out the own data of every arm in the order: all neighbours are over the same tasks."""
    settings = facts.study.statistics
    of = [quantity(facts, name, (*said.arms, *said.rivals)) for name in claim.on]
    margins = [margin for one in of if (margin := margin_of(settings.margin, one.scope)) is not None]
    several = len(of) > 1
    found = []
    for model in claim.models:
        singles = [
            compared(facts, f"{first.label} > {second.label}" + (f" on {one.name}" if several else ""), model, (first, second), one)
            for one in of
            for first, second in said.pairs
        ]
        test = f"intersection-union of {len(singles)} ({settings.test})" if len(singles) > 1 else settings.test
        found.append(all_of(singles, model, test, settings.alpha, interest=min(margins, default=None)))
    return found
