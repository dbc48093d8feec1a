"""The methods of a study in words: a sentence or two for each variant, mixture and control, and what translation dropped."""

from __future__ import annotations

from stiltsreport.report.arms import NOT_ZERO_SHOT, Arm, not_zero_shot
from stiltsreport.report.document import Block, Bullets, Cite, Inline, Paragraph, Strong
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted
from stiltsreport.results import TranslationFacts
from stiltsreport.study.study import BASELINE
from stiltsreport.tasks.citations import CITATIONS


def variants(evidence: Evidence) -> list[Block]:
    """A list of methods with their sources; nothing where the study has plain single tasks alone."""
    items: list[tuple[Inline, ...]] = []
    for fact in evidence.results.setup.methods:
        own: list[Inline] = [Strong(fact.title if fact.title == fact.variant else f"{fact.title} ({fact.variant})")]
        if fact.citation in CITATIONS:
            own += [" ", Cite((fact.citation,))]
        flag = f" Its rows are flagged “{NOT_ZERO_SHOT}”." if _flagged(evidence, fact.variant) else ""
        items.append((*own, f": {fact.text or 'no more is known of it.'}{flag}"))
    items += [(_translation(evidence, fact),) for fact in evidence.results.setup.translations]
    if not items:
        return []
    lead = "Rows are named by what stands before the target training"
    if evidence.study.variants:
        lead += ", with the method behind a plus sign; a method is compared with plain of the same intermediate, beside the baseline"
    return [Paragraph((f"{lead}.",)), Bullets(tuple(items))]


def _flagged(evidence: Evidence, variant: str) -> bool:
    return evidence.study.variant(variant) is not None and not_zero_shot(evidence.study, Arm("", variant, BASELINE))


def _translation(evidence: Evidence, fact: TranslationFacts) -> str:
    task = evidence.study.tasks.get(fact.task)
    title = task.title if task else fact.task
    dropped = f"{counted(fact.dropped)} of {counted(fact.kept + fact.dropped)} examples"
    why = f"{dropped} are left out, since an answer, or a line, did not survive" if fact.dropped else "every example is kept"
    return f"{title} in {fact.language} is a machine translation by {fact.translator}: {why}."
