"""What a report says of looks at the results: those that were declared, and seeds that were added after one."""

from __future__ import annotations

from stiltsreport.report.document import Banner, Strong
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed
from stiltsreport.stats.looks import levels_of
from stiltsreport.stats.verdicts import EXTENDED

_SPENDING = {"obrien-fleming": "O'Brien and Fleming's", "pocock": "Pocock's"}


def declared(evidence: Evidence) -> str:
    """The looks of the study and the level of each; "" where none were declared."""
    looks = evidence.study.looks
    if looks is None or looks.alpha is None:
        return ""
    levels = [f"{level:.2g}" for level in levels_of(evidence.study)]
    shown = f"the results are those of look {looks.at} of {len(looks.seeds)}, with {looks.seeds[looks.at - 1]} seeds"
    return (
        f"Looks at the results were declared beforehand, after {listed([str(count) for count in looks.seeds])} seeds: {shown}. "
        f"The error of {looks.alpha:g} is spent over them in {_SPENDING[looks.spending]} manner (Lan and DeMets 1983): p values stand "
        f"against {listed(levels)} in turn, and intervals are of that level. A study may stop at a look that has decided its claims. "
    )


def added(evidence: Evidence) -> tuple[Banner, ...]:
    """What must be read first where seeds were added outside any plan of looks."""
    if not evidence.study.extended:
        return ()
    text = "Seeds were added after results with fewer of them had been seen, outside any declared plan of looks. "
    return (Banner((text, Strong(f"Every p value is {EXTENDED}"), ": nothing is marked, and no claim is decided.")),)
