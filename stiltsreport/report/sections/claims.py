"""The declared claims and what the data say of each, before anything else; with sentences to paste."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from stiltsreport.report.claim_sentences import worded
from stiltsreport.report.claim_tests import test_words
from stiltsreport.report.design_words import declared_correction
from stiltsreport.report.document import Block, Finding, Findings, Inline, Paragraph, Reference, Section, Source, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import plural, shown
from stiltsreport.report.sections.findings import banner
from stiltsreport.report.sections.looks import added
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.claims.family import planned_tests

_TONES: dict[str, Literal["up", "down", "neutral"]] = {"supported": "up", "contradicted": "down"}


def claims(evidence: Evidence, tables: Sequence[Block]) -> tuple[Section, ...]:
    """The section "Claims" with its tables; none where no claim is declared, or none was answered."""
    if not evidence.answers:
        return ()
    answers = [worded(evidence, answer) for answer in evidence.answers]
    named: list[Inline] = []
    for table in (one for one in tables if isinstance(one, Table)):
        named += [", " if named else " Numbers stand in ", Reference(table.id)]
    tests = planned_tests(evidence.study)
    chosen, correction = evidence.study.statistics, declared_correction(evidence.study)
    lead = (
        f"{plural(len(evidence.study.claims), 'claim')}, declared before the results, with {plural(tests, 'p value')} in all: they are the "
        f"confirmatory family, at {chosen.alpha:g} {correction}. Verdicts are on these test items, unless new ones "
        "are named."
    )
    pasted = "".join(f"% {answer.claim}\n{answer.latex}\n\n" for answer in answers).rstrip() + "\n"
    blocks: list[Block] = [
        *banner(evidence),
        *added(evidence),
        Paragraph((lead, *named, "." if named else "")),
        Findings(tuple(_finding(answer) for answer in answers)),
        *tables,
        Source("Sentences to paste into a paper (LaTeX)", pasted),
    ]
    return (Section("claims", "Claims", tuple(blocks)),)


def _finding(answer: Answer) -> Finding:
    verdict = answer.verdict + (" (new items too)" if answer.new_items else "")
    return Finding(verdict, (answer.sentence,), _details(answer), _TONES.get(answer.verdict, "neutral"))


def _details(answer: Answer) -> str:
    """What a reader may ask next: name, test, what it could have seen, what it lacks, why it is undecided, where it was said."""
    parts = [answer.claim, test_words(answer)]
    if answer.smallest_detectable is not None:
        parts.append(f"smallest detectable effect {shown(answer.smallest_detectable)} points (power 80 %, Holm's first step)")
    if answer.more_seeds is not None:
        parts.append(f"{plural(answer.more_seeds, 'more seed')} would decide it at the declared smallest effect of interest")
    parts += [*answer.reasons, *answer.notes]
    if answer.new_items is False:
        parts.append("not on new items: the interval over seeds and items does not agree")
    if answer.source:
        parts.append(f"said in: {answer.source}")
    return "; ".join(parts)
