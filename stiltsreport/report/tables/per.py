"""PER: accuracy, throughput, memory and latency of a study's models in one number, which is relative to the compared set."""

from __future__ import annotations

import numpy as np

from stiltsreport.report.document import Cell, Column, Number, Row, RowGroup, Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.numbers import listed
from stiltsreport.report.tables.cells import text_column
from stiltsreport.results import EfficiencyRow
from stiltsreport.stats.aggregate import average_title
from stiltsreport.stats.efficiency import performance_efficiency_ratio
from stiltsreport.study.study import BASELINE, PLAIN

_GIB = 2**30
_MILLI = 1000


def per(evidence: Evidence) -> list[Table]:
    """The table `per`, a row a model; none under two models, or where evaluations were not measured."""
    models = evidence.study.models
    if len(models) < 2 or not any(row.kind == "evaluate" for row in evidence.results.efficiency):  # noqa: PLR2004 - a set
        return []
    measures = np.array([_measures(evidence, model.name) for model in models])
    devices = [_devices(evidence, model.name) for model in models]
    known = {device for one, row in zip(devices, measures, strict=True) if not np.isnan(row).any() for device in one}
    together = len(known) == 1
    found = performance_efficiency_ratio(*measures.T) if together else np.full(len(models), np.nan)
    rows = []
    for model, row, device, value in zip(models, measures, devices, found, strict=True):
        lacks = [name for name, one in zip(("average", "throughput", "memory", "latency"), row, strict=True) if np.isnan(one)]
        reason = f"not measured: {listed(lacks)}" if lacks else "" if together else "the models ran on unlike devices"
        reason = reason or ("fewer than two models to compare, or all alike on an axis" if np.isnan(value) else "")
        cells = [_cell(one, decimals, reason) for one, decimals in ((row[0], 1), (row[1], 1), (row[2] / _GIB, 1), (row[3] * _MILLI, 1))]
        cells += [_cell(value, 2, reason), Cell(text=", ".join(sorted(device)) or " "), Cell(text=reason or " ")]
        rows.append(Row(model.title, tuple(cells), key=model.name))
    return [
        Table(
            id="per",
            title="PER of the compared models",
            caption=(
                f"{average_title(evidence.study)[0].upper()}{average_title(evidence.study)[1:]} of {BASELINE} over {evidence.seeds}. "
                "Throughput (harmonic) and latency are means over the evaluations, memory is their highest peak."
            ),
            stub="Model",
            columns=(
                Column("Average"),
                Column("Examples/s"),
                Column("Memory", "GiB"),
                Column("Latency", "ms"),
                Column("PER"),
                text_column("Device"),
                text_column("No PER because", wide=True),
            ),
            groups=(RowGroup("", tuple(rows)),),
            source_notes=(_note([model.title for model, value in zip(models, found, strict=True) if not np.isnan(value)]),),
            signature=evidence.signature("per", "set:" + ",".join(model.name for model in models)),
        )
    ]


def _note(compared: list[str]) -> str:
    relative = f"here it is {listed(compared)}" if compared else "here no two models have all four measures on one device"
    return (
        "PER (Cao et al. 2026): the fourth root of average, throughput, memory and latency, each between the worst (0) and the best (1) of "
        f"the compared set: {relative}. Another model in the set changes every value, and whoever is worst on one axis has 0: PER carries "
        "no claim."
    )


def _measures(evidence: Evidence, model: str) -> tuple[float, float, float, float]:
    """Average in percent, examples a second, bytes, seconds; NaN where it was not measured."""
    series = evidence.aggregates.average(model, PLAIN, BASELINE, "average")
    rows = _evaluations(evidence, model)
    peaks = [row.peak_bytes for row in rows if row.peak_bytes is not None]
    latencies = [(row.latency_seconds, row.jobs) for row in rows if row.latency_seconds is not None]
    # Each row worked on its own examples: a mean over jobs of time an example, turned round.
    seconds = sum(row.jobs / row.examples_per_second for row in rows if row.examples_per_second > 0)
    return (
        series.mean() if series else np.nan,
        sum(row.jobs for row in rows) / seconds if seconds else np.nan,
        float(max(peaks)) if peaks else np.nan,
        sum(one * jobs for one, jobs in latencies) / sum(jobs for _, jobs in latencies) if latencies else np.nan,
    )


def _evaluations(evidence: Evidence, model: str) -> list[EfficiencyRow]:
    return [row for row in evidence.results.efficiency if row.model == model and row.kind == "evaluate"]


def _devices(evidence: Evidence, model: str) -> set[str]:
    return {row.device for row in _evaluations(evidence, model)}


def _cell(value: float, decimals: int, reason: str) -> Cell:
    return Cell(details=(("missing", reason or "not measured"),)) if np.isnan(value) else Cell(Number(float(value), decimals))
