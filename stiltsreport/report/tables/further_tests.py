"""Tests that the study asks for beside its own: Wilcoxon's and almost stochastic order, with what each cannot say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stiltsreport.report.arms import Arm
from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import probability
from stiltsreport.report.tables.cells import text_column
from stiltsreport.report.tables.significance import target_title
from stiltsreport.report.tables.xtreme import row_key
from stiltsreport.stats.aggregate import Floats
from stiltsreport.stats.almost_stochastic_order import DRAWS, FEWEST_SEEDS, StochasticOrder, stochastic_order
from stiltsreport.stats.candidates import WITHOUT_OWN_DATA
from stiltsreport.stats.verdicts import MINIMUM_SEEDS
from stiltsreport.stats.wilcoxon import SignedRank, signed_rank
from stiltsreport.study.study import BASELINE, PLAIN

_SEED = 20190728  # of the bootstrap; each row starts anew, so that no row depends on another
_QUARTER = 0.25


def further_tests(evidence: Evidence) -> list[Table]:
    """The table `further-tests`; none where the study asks for no further test."""
    also = evidence.study.statistics.also
    if not also:
        return []
    groups = []
    for model in evidence.study.models:
        base = Arm(model.name, PLAIN, BASELINE)
        for arm in evidence.arms(model.name):
            if not arm.baseline:
                several = f" ({evidence.model_title(model.name)})" if len(evidence.study.models) > 1 else ""
                rows = [_row(evidence, arm, base, name) for name in (WITHOUT_OWN_DATA, *evidence.entries)]
                groups.append(RowGroup(evidence.arm_title(arm) + several, tuple(rows)))
    if not groups:
        return []
    columns = [Column("Gain"), Column("IQM")]
    columns += [Column("Wilcoxon", "p"), Column("smallest", "p")] if "wilcoxon" in also else []
    columns += [Column("ASO", "ratio"), Column("bound")] if "aso" in also else []
    return [
        Table(
            id="further-tests",
            title="Further tests on request",
            caption=f"Differences to {BASELINE} in points, over {evidence.seeds}. IQM: the mean of the middle half of the differences. "
            f"Exploratory and uncorrected: no verdict rests on these. {evidence.limits}".strip(),
            stub="Quantity",
            columns=(*columns, text_column("Not tested because", wide=True)),
            groups=tuple(groups),
            source_notes=tuple(_notes(evidence)),
            signature=evidence.signature("further-tests", *(f"also:{name}" for name in also)),
        )
    ]


def _row(evidence: Evidence, arm: Arm, base: Arm, name: str) -> Row:
    also, reasons = evidence.study.statistics.also, list[str]()
    (values, still), (baseline, still_baseline) = (_values(evidence, one, arm, name) for one in (arm, base))
    differences = values - baseline
    there = differences[~np.isnan(differences)]
    if not len(there):
        reasons.append("no seed in both arms")
    elif still and still_baseline:
        reasons.append("one constant against another")
    elif len(there) < MINIMUM_SEEDS:
        reasons.append(f"under {MINIMUM_SEEDS} seeds")
    cells = [Cell(Number(float(there.mean()), 2, signed=True)) if len(there) else _empty(reasons)]
    cells.append(Cell(Number(_middle(there), 2, signed=True)) if len(there) >= MINIMUM_SEEDS and not reasons else _empty(reasons))
    if "wilcoxon" in also:
        cells += _wilcoxon(SignedRank(None, None, 0) if reasons else signed_rank(differences), reasons)
    if "aso" in also:
        found = StochasticOrder(None, None)
        if not reasons and still_baseline:
            reasons.append(f"ASO: {BASELINE} is not trained, one score is no distribution")
        elif not reasons:
            found = stochastic_order(values, baseline, np.random.default_rng(_SEED), evidence.study.statistics.alpha)
            seeds = min(int((~np.isnan(side)).sum()) for side in (values, baseline))
            if found.ratio is None:
                reasons.append(f"ASO: {seeds} of {FEWEST_SEEDS} seeds" if seeds < FEWEST_SEEDS else "ASO: the same scores in both arms")
        cells += [Cell(Number(value, 2)) if value is not None else _empty(reasons) for value in (found.ratio, found.bound)]
    return Row(target_title(evidence, name), (*cells, Cell(text="; ".join(reasons) or " ")), key=row_key(arm))


def _values(evidence: Evidence, of: Arm, arm: Arm, name: str) -> tuple[Floats, bool]:
    """Values by the place of the seed, NaN for gaps, and whether they are a constant; averages without the own data of `arm`."""
    key = (of.model, of.variant, of.intermediate)
    aggregates = evidence.aggregates
    if name in evidence.entries:
        values, _, _, still = aggregates.task_values(key, name)
    else:
        values, _, _, still = aggregates.mean_over(key, aggregates.members(name, arm.intermediate))
    return values, still


def _middle(values: Floats) -> float:
    """The interquartile mean (Agarwal et al. 2021)."""
    from scipy import stats

    return float(stats.trim_mean(values, _QUARTER))


def _wilcoxon(found: SignedRank, reasons: Sequence[str]) -> list[Cell]:
    return [_empty(reasons) if value is None else Cell(text=probability(value)) for value in (found.p_value, found.smallest)]


def _empty(reasons: Sequence[str]) -> Cell:
    return Cell(details=(("missing", "; ".join(reasons) or "not defined"),))


def _notes(evidence: Evidence) -> list[str]:
    also, alpha, found = evidence.study.statistics.also, evidence.study.statistics.alpha, []
    if "wilcoxon" in also:
        least = 2.0 ** (1 - evidence.study.fewest_seeds)
        limit = f", so that it cannot reach {alpha:g}" if least > alpha else ", before any correction"
        found.append(
            f"Wilcoxon: the exact signed-rank test by seed, two-sided. With {evidence.study.fewest_seeds} seeds no p is under "
            f"{probability(least)}{limit}. It never stands over languages, which share a run."
        )
    if "aso" in also:
        level = f"{100 * (1 - alpha):g} %"
        found.append(
            f"ASO: almost stochastic order (Dror et al. 2019), from {FEWEST_SEEDS} seeds in both arms. Ratio: how far the arm is from "
            f"being better at every quantile, 0 always better, 1 always worse. Bound: its upper {level} bound by {DRAWS} bootstrap draws. "
            "The paper calls an arm better where it is under 0.5; of two arms alike this does so in about one of six studies of ten seeds, "
            "and a bound under 0.2 in about one of thirty. Seeds count as independent: their pairing is not used."
        )
    return found
