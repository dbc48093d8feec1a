"""The figures of a report by name: each a function of the evidence that gives one figure, several, or none."""

from __future__ import annotations

from collections.abc import Callable

from stiltsreport.report.document import Figure
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures.choices import layers, tuning
from stiltsreport.report.figures.collapse import collapse
from stiltsreport.report.figures.curves import curves
from stiltsreport.report.figures.dev_correlation import dev_correlation
from stiltsreport.report.figures.gains_by_examples import gains_by_examples
from stiltsreport.report.figures.heatmap import heatmap
from stiltsreport.report.figures.language_profile import language_profile
from stiltsreport.report.figures.pairs import pairs
from stiltsreport.report.figures.pareto import pareto
from stiltsreport.report.figures.seed_strips import seed_strips
from stiltsreport.report.figures.size import size_figure
from stiltsreport.report.figures.transfer_gains import transfer_gains
from stiltsreport.report.figures.typology import typology_figure

FIGURES: dict[str, Callable[[Evidence], list[Figure]]] = {
    "gains": transfer_gains,
    "heatmap": heatmap,
    "seeds": seed_strips,
    "collapse": collapse,
    "profile": language_profile,
    "pairs": pairs,
    "tuning": tuning,
    "layers": layers,
    "curves": curves,
    "examples": gains_by_examples,
    "dev-correlation": dev_correlation,
    "size": size_figure,
    "typology": typology_figure,
    "pareto": pareto,
}

__all__ = ["FIGURES"]
