"""The families that the p values of the second interval are corrected in: those of the first, test by test."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stiltsreport.stats.aggregate import Aggregates
from stiltsreport.stats.candidates import candidates
from stiltsreport.stats.claims.family import planned_tests as claimed_tests
from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.corrections import CORRECTIONS
from stiltsreport.stats.verdicts import enough_seeds
from stiltsreport.study.study import Study

Key = tuple[str, ...]
Family = tuple[str, str]  # model ("" over models), name
P = tuple[float | None, float | None]  # of the difference, of equivalence
_DECLARED = {"confirmatory": "averages", "methods": "method averages"}  # and what they are where claims are declared in their place


@dataclass(frozen=True)
class Tests:
    """The tests that a study plans: of each comparison the number of its test, and by family how many tests it has."""

    number: Mapping[Key, int]
    family: Mapping[Key, Family]
    sizes: Mapping[Family, int]


def key_of(row: Comparison) -> Key:
    """What a comparison is about."""
    return row.model, row.variant, row.intermediate, row.baseline, row.target, row.scope


def planned_tests(aggregates: Aggregates, rows: Iterable[Comparison]) -> Tests:
    """Of every comparison. Averages over the same tasks are one test; what is missing counts in its family's size.

    Where a study declares claims, the rows that they are about are one family over all models, and other averages are explored.
    """
    study = aggregates.study
    claimed = {key_of(row) for row in rows if study.claims and row.family == "confirmatory"}
    number: dict[Key, int] = {}
    family: dict[Key, Family] = {}
    sizes: dict[Family, int] = {}
    for model in study.models:
        for one in candidates(aggregates, model.name):
            keys = [(*one.arm, one.baseline, name, one.scope) for name in one.names]
            name: str = _DECLARED.get(one.family, one.family) if study.claims else one.family
            own = ("", "claims") if claimed & set(keys) else (model.name, name)
            sizes[own] = sizes.get(own, 0) + 1
            place = len(number)
            for key in keys:
                number[key], family[key] = place, own
    if study.claims:
        sizes["", "claims"] = claimed_tests(study)  # of differences, equivalences and sizes together
    return Tests(number, family, sizes)


def corrected(study: Study, rows: Sequence[Comparison], p_values: Sequence[P], tests: Tests) -> list[P]:
    """The p values of each row adjusted as `compare` does: under Holm those of equivalence stand beside those of the differences.

    Under 5 seeds they count as missing, and what is missing as p = 1.
    """
    by_family: dict[Family, dict[int, tuple[int, P]]] = {}
    for place, (row, both) in enumerate(zip(rows, p_values, strict=True)):
        if key_of(row) in tests.family:
            by_family.setdefault(tests.family[key_of(row)], {}).setdefault(tests.number[key_of(row)], (place, both))
    adjusted: dict[int, P] = {}
    for family, members in by_family.items():
        method = study.statistics.correction if family[1] in ("confirmatory", "methods", "claims") else "benjamini-hochberg"
        method = "none" if study.statistics.correction == "none" else method
        table = np.full((len(members), 2), np.nan)
        for line, (place, pair) in enumerate(members.values()):
            if enough_seeds(rows[place]):
                table[line] = [np.nan if p is None else p for p in pair]
        margins = any(rows[place].margin is not None for place, _ in members.values())
        correct, size = CORRECTIONS[method], max(tests.sizes[family], len(members))
        if method == "holm" and margins:
            found = correct(table.T.reshape(-1), size if family[1] == "claims" else 2 * size).reshape(2, -1).T
        else:
            found = np.stack([correct(column, size) for column in table.T], axis=1)
        for number, (p_value, equivalence) in zip(members, [(float(one), float(other)) for one, other in found], strict=True):
            adjusted[number] = _number(p_value), _number(equivalence)
    return [adjusted.get(tests.number.get(key_of(row), -1), (None, None)) for row in rows]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
