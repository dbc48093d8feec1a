"""Comparisons where claims are declared: the averages that they are about are the confirmatory family, with the claims' p values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.verdicts import DEPENDS_ON_COLLAPSE, DRIVEN_BY_RETRIEVAL, EXTENDED, enough_seeds, verdict
from stiltsreport.study.study import Study

AGAINST_NOTHING = ("better", "worse")  # claims whose test is that of a comparison: the difference against 0
Key = tuple[str, ...]


def declared(study: Study, rows: Sequence[Comparison], answers: Iterable[Answer]) -> list[Comparison]:
    """The comparisons, each average that a claim of better or worse is about made confirmatory: its adjusted p values are the claim's.

    All others are exploratory, which `compare` has already corrected them as. Averages over the same tasks are one comparison. Without
    claims nothing changes.
    """
    if not study.claims:
        return list(rows)
    claimed = _claimed(rows, answers)
    return [_as_claimed(study, row, claimed[_same(row)]) if _same(row) in claimed else row for row in rows]


def _claimed(rows: Sequence[Comparison], answers: Iterable[Answer]) -> dict[Key, Answer]:
    """The claims by what their comparison rests on; of two about one comparison the first."""
    by_key = {_key(row): row for row in rows if row.interval == "t"}
    found: dict[Key, Answer] = {}
    for answer in answers:
        key = _key_of(answer)
        if answer.kind in AGAINST_NOTHING and key in by_key and by_key[key].scope == "average":
            found.setdefault(_same(by_key[key]), answer)
    return found


def _as_claimed(study: Study, row: Comparison, answer: Answer) -> Comparison:
    called: str = verdict(
        row.difference, answer.adjusted_p_value, answer.adjusted_equivalence_p_value, len(row.seeds), study.statistics.alpha
    )
    if EXTENDED in answer.reasons or study.extended or not enough_seeds(row):
        called = "descriptive only"
    elif DRIVEN_BY_RETRIEVAL in row.note and called.startswith(("better", "worse")):
        called = "undecided"
    if any(reason.startswith(DEPENDS_ON_COLLAPSE) for reason in answer.reasons):
        called = DEPENDS_ON_COLLAPSE
    return replace(
        row,
        family="confirmatory",
        verdict=called,
        adjusted_p_value=answer.adjusted_p_value,
        adjusted_equivalence_p_value=answer.adjusted_equivalence_p_value,
    )


def _key(row: Comparison) -> Key:
    return row.model, row.variant, row.intermediate, row.baseline, row.target, row.scope


def _key_of(answer: Answer) -> Key:
    if answer.comparison is None:
        return ()
    intermediate, variant, baseline, _, target, scope = answer.comparison
    return answer.model, variant, intermediate, baseline, target, scope


def _same(row: Comparison) -> Key:
    """Averages of one arm over the same tasks rest on the same jobs: they are one comparison under several names."""
    return row.model, row.variant, row.intermediate, row.baseline, row.scope, row.inputs
