"""What the statistics speak of: these test items, or others like them too."""

from __future__ import annotations

from stiltsreport.report.document import Cite, Inline
from stiltsreport.report.evidence import Evidence
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
