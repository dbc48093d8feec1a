"""The second interval of every comparison: over other test items too, not over other seeds alone (statistics: Miller 2024; Sellam 2021).

The t interval speaks of retraining on these items. Here the variance of the seeds is joined by that of the items, from a bootstrap of
clusters of the difference of the means over seeds. From 10 seeds on, seeds and items are resampled together as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from stiltsreport.results.items import Items
from stiltsreport.results.score import Score
from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.items.families import Key, corrected, key_of, planned_tests
from stiltsreport.stats.items.quantities import Quantity, quantities
from stiltsreport.stats.items.variance import ItemVariance, item_variances
from stiltsreport.stats.items.weights import DRAWS
from stiltsreport.stats.items.welch_satterthwaite import Combined, combined
from stiltsreport.stats.significance import Floats
from stiltsreport.stats.verdicts import DEPENDS_ON_COLLAPSE, DRIVEN_BY_RETRIEVAL, verdict
from stiltsreport.study.study import Study

BOOTSTRAP, MULTI = "bootstrap", "multi-bootstrap"  # `interval` of the rows
SECOND = "t, seeds and items"  # `test` of the first of them
STILL = "the same difference in every seed"


def with_items(study: Study, scores: Iterable[Score], rows: Sequence[Comparison], items: Items, draws: int = DRAWS) -> list[Comparison]:
    """The comparisons, each that a test was made of followed by its row over seeds and items, and from 10 seeds by the multi-bootstrap's.

    What could not be resampled has a row without numbers, whose note says why.
    """
    aggregates = Aggregates(study, scores)
    rows = [row for row in rows if row.interval == "t"]
    asked = list(quantities(aggregates, [row for row in rows if row.seeds]))
    variances = item_variances(aggregates, [quantity for _, quantity in asked], items, draws)
    tested = [row for row, _ in asked]
    made = [_tested(row, quantity, one) for (row, quantity), one in zip(asked, variances, strict=True)]
    p_values = [_p_values(row, one) for row, one in zip(tested, made, strict=True)]
    adjusted = corrected(study, tested, p_values, planned_tests(aggregates, tested))
    second: dict[Key, list[Comparison]] = {}
    for row, one, variance, raw, pair in zip(tested, made, variances, p_values, adjusted, strict=True):
        second[key_of(row)] = _rows(study, row, one, variance, (*raw, *pair), draws)
    return [each for row in rows for each in (row, *second.get(key_of(row), ()))]


def claimed(row: Comparison) -> bool:
    """Whether its verdict claims anything."""
    return row.verdict in ("better", "worse", "better but negligible", "worse but negligible", "equivalent")


def new_items(row: Comparison, second: Comparison | None) -> bool | None:
    """Whether a verdict stands on new test items too: the second row, corrected in its own family, has the same.

    None where nothing is claimed, or the second interval could not be computed.
    """
    if not claimed(row) or second is None or second.low is None:
        return None
    return second.verdict == row.verdict or (row.verdict in ("better", "worse") and second.verdict.startswith(row.verdict))


def _tested(row: Comparison, quantity: Quantity, found: ItemVariance) -> Combined | str:
    """The t over seeds and items, or why there is none."""
    seeds = quantity.seed_variances
    if found.missing:
        return found.missing
    if not seeds:
        return "one seed"
    if row.low is None or not sum(variance for variance, _ in seeds) > 0:
        return STILL
    return combined(row.difference, [*seeds, (found.variance, found.df)]) or "nothing varies"


def _p_values(row: Comparison, one: Combined | str) -> tuple[float | None, float | None]:
    """Of the difference, and of equivalence. A system against itself has p = 1, as in the first row."""
    if isinstance(one, Combined):
        return one.p_value(), one.outside(row.margin) if row.margin is not None else None
    return (1.0 if one == STILL and row.difference == 0 and row.p_value == 1 else None), None


def _rows(
    study: Study, row: Comparison, one: Combined | str, found: ItemVariance, p_values: tuple[float | None, ...], draws: int
) -> list[Comparison]:
    """The row over seeds and items, then that of the multi-bootstrap."""
    alpha = study.statistics.alpha
    p_value, equivalence, adjusted, adjusted_equivalence = p_values
    made = isinstance(one, Combined)
    low, high = one.interval(1 - alpha) if isinstance(one, Combined) else (None, None)
    called: str = row.verdict
    if called not in ("descriptive only", DEPENDS_ON_COLLAPSE):
        called = verdict(row.difference, adjusted, adjusted_equivalence, len(row.seeds), alpha) if made else "undecided"
        if DRIVEN_BY_RETRIEVAL in row.note and called.startswith(("better", "worse")):
            called = "undecided"
    note = f"{found.clusters} clusters of items, {draws} draws" if made else f"no interval over items: {one}"
    second = replace(
        row, low=low, high=high, p_value=p_value, adjusted_p_value=adjusted, test=SECOND, interval=BOOTSTRAP, verdict=called,
        sign_flip_p_value=None, smallest_sign_flip_p_value=None, equivalence_p_value=equivalence,
        adjusted_equivalence_p_value=adjusted_equivalence, note=note,
        standard_error=one.error if isinstance(one, Combined) else None, degrees_of_freedom=one.df if isinstance(one, Combined) else None,
    )  # fmt: skip
    return [second] if found.multi is None or not made else [second, _multi(second, found.multi, alpha)]


def _multi(second: Comparison, draws: Floats, alpha: float) -> Comparison:
    """Percentiles over draws of seeds and items together (Sellam et al. 2021, section 3); p is twice the smaller tail."""
    low, high = (float(end) for end in np.quantile(draws, [alpha / 2, 1 - alpha / 2]))
    tail = min(int((draws <= 0).sum()), int((draws >= 0).sum()))
    p_value = min(1.0, 2 * (tail + 1) / (len(draws) + 1))
    return replace(
        second, low=low, high=high, p_value=p_value, adjusted_p_value=None, test=MULTI, interval=MULTI, verdict="descriptive only",
        equivalence_p_value=None, adjusted_equivalence_p_value=None, margin=None, standard_error=None, degrees_of_freedom=None,
    )  # fmt: skip
