"""Gains by learning rate: whether a gain stands at every rate, or at one that suits the method and not the baseline."""

from __future__ import annotations

import statistics

from stiltsreport.plan.choices import TuningPoint
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import plural, shown
from stiltsreport.report.tables.cells import footnotes
from stiltsreport.report.tables.tuning import arm_words
from stiltsreport.study.study import BASELINE

_FEWEST = 2  # rates
_DETAIL = 2


def gains_by_rate(evidence: Evidence) -> list[Table]:
    """The table `gains-by-rate`, of target trainings on English dev data.

    None where the study tried one rate, or tuned no arm by itself beside the baseline.
    """
    points = [point for point in evidence.results.setup.tuning if point.stage == "target"]
    rates = sorted({point.learning_rate for point in points})
    if len(rates) < _FEWEST:
        return []
    groups = []
    for model in dict.fromkeys(point.model for point in points):
        own = [point for point in points if point.model == model]
        arms = [arm for arm in dict.fromkeys(point.arm for point in own) if arm != BASELINE]
        if arms and any(point.arm == BASELINE for point in own):
            title = evidence.model_title(model) if model != "all" else "All models"
            groups.append(RowGroup(title, tuple(_row(evidence, own, arm, rates) for arm in arms)))
    if not groups:
        return []
    seeds = sorted({point.seed for point in points})
    return [
        Table(
            id="gains-by-rate",
            title="Gains by learning rate of target training, on English dev data",
            caption=(
                f"Mean difference to {BASELINE} at the same rate, in points on English dev data, over {plural(len(seeds), 'seed')} "
                f"({', '.join(map(str, seeds))}), which no other table reports; ± beneath is the SD over these seeds. The last columns "
                f"compare each row at its own best rate with {BASELINE} at its own best one. {evidence.limits}"
            ).strip(),
            stub="Arm",
            columns=(*(Column(f"{rate:g}") for rate in rates), Column("Best rates", "each its own")),
            groups=tuple(groups),
            footnotes=footnotes(evidence, groups),
            source_notes=("Nothing is tested here: a gain in English on so few seeds says which rate to look at, not what transfers.",),
            signature=evidence.signature("gains-by-rate"),
            second_title="± SD",
        )
    ]


def _row(evidence: Evidence, points: list[TuningPoint], arm: str, rates: list[float]) -> Row:
    own, base = ({rate: _by_seed(points, name, rate) for rate in rates} for name in (arm, BASELINE))
    cells = [_cell(own[rate], base[rate]) for rate in rates]
    best, best_base = (_best(found) for found in (own, base))
    cells.append(_cell(own[best], base[best_base], f"{best:g} against {best_base:g}") if best and best_base else _cell({}, {}))
    return Row(arm_words(evidence, arm), tuple(cells))


def _by_seed(points: list[TuningPoint], arm: str, rate: float) -> dict[int, float]:
    return {point.seed: point.value for point in points if (point.arm, point.learning_rate) == (arm, rate) and point.value is not None}


def _best(found: dict[float, dict[int, float]]) -> float | None:
    """The rate of the highest mean; None where a rate has not run, since it might be the best."""
    if not all(found.values()):
        return None
    return max(found, key=lambda rate: statistics.fmean(found[rate].values()))


def _cell(own: dict[int, float], base: dict[int, float], rates: str = "") -> Cell:
    differences = [value - base[seed] for seed, value in own.items() if seed in base]
    if not differences:
        return Cell(marks=("not run",), details=(("missing", "not run yet, in this row or in the baseline"),))
    spread = statistics.stdev(differences) if len(differences) > 1 else None
    details = [("seeds", ", ".join(f"{seed}: {shown(own[seed] - base[seed], _DETAIL, signed=True)}" for seed in own if seed in base))]
    if rates:
        details.append(("rates", rates))
    return Cell(
        Number(statistics.fmean(differences), signed=True, grey=True),
        Number(spread, half_width=True, grey=True) if spread is not None else None,
        details=tuple(details),
    )
