"""English dev scores against zero-shot scores: rank correlations by target."""

from __future__ import annotations

import numpy as np

from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Spanner, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed, plural, shown
from stiltsreport.report.tables.cells import footnotes
from stiltsreport.stats.dev_correlation import DevCorrelation, dev_correlations
from stiltsreport.stats.rank_correlation import FEWEST, RankCorrelation
from stiltsreport.stats.selection_scores import SelectionScores

_DECIMALS = 2


def correlations(evidence: Evidence) -> dict[str, list[DevCorrelation]]:
    """By model; empty where under three rows can be ranked."""
    study = evidence.study
    scores = SelectionScores(study, evidence.results.setup.selection)
    found = {model.name: dev_correlations(study, evidence.aggregates, scores, model.name) for model in study.models}
    return {model: rows for model, rows in found.items() if any(row.arms_alone.n >= FEWEST for row in rows)}


def dev_correlation(evidence: Evidence) -> list[Table]:
    """The table `dev-correlation`; none without dev scores of three rows."""
    found = correlations(evidence)
    if not found:
        return []
    groups = tuple(RowGroup(evidence.model_title(model), tuple(_row(evidence, row) for row in rows)) for model, rows in found.items())
    level = f"{100 * (1 - evidence.study.statistics.alpha):g} %"
    elsewhere = [
        f"{entry.task.title} on {evidence.study.tasks[name].title}"
        for entry in evidence.study.target
        if (name := next((row.task for row in evidence.results.setup.selection if row.target == entry.task.name), entry.task.name))
        != entry.task.name
        and name in evidence.study.tasks
    ]
    shared = [entry.task.title for entry in evidence.study.target if entry.train and evidence.data.shares_file(entry)]
    return [
        Table(
            id="dev-correlation",
            title="Do English dev scores tell what transfers?",
            caption=(
                f"Spearman's rank correlation of a target training's English dev score with its mean over the other languages, over the "
                f"zero-shot rows of a model and {evidence.seeds}. Rows: of their means over seeds, with Fisher's {level} interval. "
                f"Within a seed: over the rows of one seed, mean over seeds with its {level} t interval. Checkpoints: all trainings at "
                f"once. {evidence.limits}"
            ).strip(),
            stub="Target",
            columns=(
                Column("rho"), Column("Interval"), Column("n", "rows"),
                Column("mean rho"), Column("Interval"), Column("n", "seeds"),
                Column("rho"), Column("n", "trainings"),
            ),
            groups=groups,
            spanners=(Spanner("Rows", 0, 2), Spanner("Within a seed", 3, 5), Spanner("Checkpoints", 6, 7)),
            footnotes=footnotes(evidence, groups),
            source_notes=(
                ("Near 1 the choice by English dev data is the right one for other languages; near 0 it is a draw. With few rows the "
                "interval of rows is approximate, and its width says how little is known. The trainings of a row resemble each other, so "
                "that no interval is given over checkpoints. Nothing is tested here."),
                *([f"Selected on the dev set of another task: {'; '.join(elsewhere)}."] if elsewhere else []),
                *([f"On {listed(shared)} the English dev set is the reported English file; it enters one side."] if shared else []),
            ),
            signature=evidence.signature("dev-correlation", evidence.study.benchmark or "own-tasks"),
        )
    ]  # fmt: skip


def _row(evidence: Evidence, row: DevCorrelation) -> Row:
    alone = row.arms_alone
    seeds = int((~np.isnan(row.by_seed)).sum())
    details = tuple(
        (f"seed {seed}", shown(float(rho), _DECIMALS))
        for seed, rho in zip(evidence.study.seeds, row.by_seed, strict=True)
        if not np.isnan(rho)
    )
    return Row(
        evidence.entries[row.target].task.title,
        (
            _rho(alone), _interval(alone.low, alone.high, alone.reason), Cell(text=str(alone.n)),
            Cell(Number(row.mean, _DECIMALS), details=details) if row.mean is not None else Cell(text=" "),
            _interval(row.low, row.high, f"not defined over {plural(seeds, 'seed')}"), Cell(text=str(seeds)),
            _rho(row.checkpoints), Cell(text=str(row.checkpoints.n)),
        ),
    )  # fmt: skip


def _rho(found: RankCorrelation) -> Cell:
    if found.rho is None:
        return Cell(text=found.reason)
    return Cell(Number(found.rho, _DECIMALS), details=(("note", found.reason),) if found.reason else ())


def _interval(low: float | None, high: float | None, reason: str) -> Cell:
    if low is None or high is None:
        return Cell(text=" ", details=(("why", reason),) if reason else ())
    return Cell(text=f"[{shown(low, _DECIMALS)}, {shown(high, _DECIMALS)}]")
