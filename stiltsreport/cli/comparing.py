"""The comparisons of a study's results, with second intervals of the store's items or kept in a folder; and the answers to its claims."""

from __future__ import annotations

from pathlib import Path

from stiltsreport.errors import StiltsReportError
from stiltsreport.results import Results
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.comparison import Comparison
from stiltsreport.store import Store
from stiltsreport.study.study import Study


def compared(study: Study, results: Results, source: Store | Path) -> tuple[list[Comparison], tuple[Answer, ...]]:
    """Every comparison, and the answers to the study's claims. `source` is where the results are from: a store, or a report folder."""
    from stiltsreport.stats.claims.answering import answer_claims
    from stiltsreport.stats.collapse import judged
    from stiltsreport.stats.declared import declared
    from stiltsreport.stats.items.kept import with_kept
    from stiltsreport.stats.items.second import with_items

    answers = answer_claims(study, results)
    rows = declared(study, judged(study, results.scores, results.setup.health), answers)
    if isinstance(source, Path):
        rows = with_kept(rows, _kept(source))
    else:
        from stiltsreport.results.items import StoredItems

        rows = with_items(study, results.scores, rows, StoredItems(source))
    return rows, answer_claims(study, results, rows) if answers else answers


def _kept(folder: Path) -> tuple[Comparison, ...]:
    """The comparisons that the folder holds; none where it has none, or another version wrote them."""
    from stiltsreport.results.files import COMPARISONS, read_lines
    from stiltsreport.stats.items.kept import comparison_of

    try:
        return read_lines(folder / COMPARISONS, comparison_of)
    except StiltsReportError:
        return ()
