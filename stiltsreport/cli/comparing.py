"""The comparisons of a study's results, with the second interval: from the store's items, or from what a report folder keeps of it."""

from __future__ import annotations

from pathlib import Path

from stiltsreport.errors import StiltsReportError
from stiltsreport.results import Results
from stiltsreport.stats.comparison import Comparison
from stiltsreport.store import Store
from stiltsreport.study.study import Study


def compared(study: Study, results: Results, source: Store | Path) -> list[Comparison]:
    """Every comparison. `source` is where the results are from: a store, or a report folder."""
    from stiltsreport.stats.collapse import judged
    from stiltsreport.stats.items.kept import with_kept
    from stiltsreport.stats.items.second import with_items

    rows = judged(study, results.scores, results.setup.health)
    if isinstance(source, Path):
        return with_kept(rows, _kept(source))
    from stiltsreport.results.items import StoredItems

    return with_items(study, results.scores, rows, StoredItems(source))


def _kept(folder: Path) -> tuple[Comparison, ...]:
    """The comparisons that the folder holds; none where it has none, or another version wrote them."""
    from stiltsreport.results.files import COMPARISONS, read_lines
    from stiltsreport.stats.items.kept import comparison_of

    try:
        return read_lines(folder / COMPARISONS, comparison_of)
    except StiltsReportError:
        return ()
