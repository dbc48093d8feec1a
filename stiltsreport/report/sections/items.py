"""Items: what the statistics speak of, these test items or others like them too; and the transfer microscope, which looks at them."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.report.document import Block, Cite, Inline, Paragraph, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import counted, listed
from stiltsreport.results.microscope import MOST_CLASSES
from stiltsreport.stats.verdicts import MINIMUM_SEEDS


def items_in_words(evidence: Evidence) -> tuple[Inline, ...]:
    """Sentences on the scope of the tests, and on the second interval where there is one."""
    parts: list[Inline] = []
    if evidence.study.fewest_seeds >= MINIMUM_SEEDS:
        parts.append("Tests speak of retraining on these test items.")
    if not evidence.compared.resampled:
        return tuple(parts)
    second = (
        ", from a bootstrap in which questions on one paragraph, and items that are translations of each other, are drawn together, the "
        "same for every row, seed and language. The noise of single runs on single items, which both variances hold, is counted once. "
        "Degrees of freedom are Satterthwaite’s. It stands in the details of every gain and in comparisons.jsonl; a verdict holds “on new "
        "items too” where it agrees after the same correction."
    )
    told = "A second interval speaks of new test items as well: to the variance over seeds it adds the variance over items "
    parts += [" " if parts else "", told, Cite(("miller2024adding",)), second]
    if any(row.interval == "multi-bootstrap" for row in evidence.comparisons):
        parts += [" With ten seeds or more, seeds and items are resampled together too ", Cite(("sellam2022multiberts",)), "."]
    return tuple(parts)


def microscope(evidence: Evidence, tables: Sequence[Block]) -> tuple[Block, ...]:
    """The section of the transfer microscope: a sentence on what its tables are for, and they; nothing without any.

    Targets of so many classes that no table of them can be read are named.
    """
    kinds = {block.id.partition("-")[0] for block in tables if isinstance(block, Table)}
    if not kinds:
        return ()
    said = "The same items under the baseline and under a row"
    if "items" in kinds:
        said += ", in all their languages: how many turn, and those that turn in most languages"
    if kinds & {"confusion", "overlap", "hits"}:
        said += "; and what becomes of classes, spans and first hits"
    wide = [
        f"{entry.task.title} ({counted(len(entry.task.labels))} classes)"
        for entry in evidence.study.target
        if entry.task.type == "sequence_classification" and len(entry.task.labels) > MOST_CLASSES
    ]
    left_out = f" Which class is taken for which has no table for {listed(wide)}: it holds {MOST_CLASSES} classes at most." if wide else ""
    return (Paragraph((f"{said}. This shows where gains come from, and tests nothing.{left_out}",)), *tables)
