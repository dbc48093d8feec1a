"""The confirmatory family: all p values of all claims of all models, corrected together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stiltsreport.stats.claims.calling import Adjusted
from stiltsreport.stats.claims.raw import Raw
from stiltsreport.stats.compare import margin_of
from stiltsreport.stats.corrections import CORRECTIONS
from stiltsreport.stats.significance import Floats
from stiltsreport.study.claims import PAIRS, Claim, Paired, Trend
from stiltsreport.study.study import Study


def planned_tests(study: Study) -> int:
    """How many p values the declared claims have, whether or not their results are there.

    One an answer; one more of equivalence for better and worse where the study has a margin, and for equivalent; one more for a published
    size.
    """
    return sum(_tests(study, claim) * _answers(claim) for claim in study.claims)


def _answers(claim: Claim) -> int:
    """One over all models for a trend over size, else one a model."""
    return 1 if isinstance(claim.statement, Trend) and claim.statement.axis == "parameters" else len(claim.models)


def _tests(study: Study, claim: Claim) -> int:
    said = claim.statement
    if not isinstance(said, Paired):
        return 1
    if said.kind == "equivalent":
        return 2
    if said.kind not in ("better", "worse"):
        return 1
    margins = [margin_of(study.statistics.margin, _scope(study, name)) for name in claim.on]
    return 1 + (None not in margins) + bool(said.by)


def _scope(study: Study, name: str) -> str:
    target, _, language = name.partition("/")
    return "language" if language else "task" if any(entry.task.name == target.removeprefix(PAIRS) for entry in study.target) else "average"


def adjusted(study: Study, raws: Sequence[Raw]) -> list[Adjusted]:
    """The p values of each claim adjusted over them all, those that are missing counting as 1.

    Under Benjamini and Hochberg's correction differences are one family and equivalences and sizes another, as in comparisons: among many
    true equivalences the share of false claims would leave room for false differences.
    """
    differences = _column([None if raw.reasons else raw.p_value for raw in raws])
    others = _column([None if raw.reasons else p for raw in raws for p in (raw.equivalence_p_value, raw.size_p_value)])
    correct = CORRECTIONS[study.statistics.correction]
    planned = planned_tests(study)
    if study.statistics.correction == "holm":
        both = correct(np.concatenate((differences, others))[_present(differences, others)], planned)
        found = np.full(len(differences) + len(others), np.nan)
        found[_present(differences, others)] = both
        differences, others = found[: len(raws)], found[len(raws) :]
    else:
        rest = ~np.isnan(others)
        differences = correct(differences, len(raws))
        others[rest] = correct(others[rest], planned - len(raws))
    return [
        Adjusted(_number(difference), _number(equivalence), _number(size))
        for difference, (equivalence, size) in zip(differences, others.reshape(-1, 2), strict=True)
    ]


def _present(first: Floats, second: Floats) -> NDArray[np.bool_]:
    return ~np.isnan(np.concatenate((first, second)))


def _column(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
