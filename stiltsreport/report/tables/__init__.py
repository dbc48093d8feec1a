"""The tables of a report by name: each a function of the evidence that gives one table, several, or none."""

from __future__ import annotations

from collections.abc import Callable

from stiltsreport.report.document import Table
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.tables.adaptations import adaptations
from stiltsreport.report.tables.averages import averages
from stiltsreport.report.tables.best_per_target import best_per_target
from stiltsreport.report.tables.claims import claim_parts, claims
from stiltsreport.report.tables.collapse import collapse
from stiltsreport.report.tables.confusion import confusion
from stiltsreport.report.tables.counts import counts
from stiltsreport.report.tables.data import data, overlaps
from stiltsreport.report.tables.dev_correlation import dev_correlation
from stiltsreport.report.tables.efficiency import efficiency
from stiltsreport.report.tables.exposure import exposure
from stiltsreport.report.tables.flips import flips
from stiltsreport.report.tables.further_tests import further_tests
from stiltsreport.report.tables.gains_at_rates import gains_at_rates
from stiltsreport.report.tables.gains_by_examples import gains_by_examples
from stiltsreport.report.tables.gains_by_rate import gains_by_rate
from stiltsreport.report.tables.gaps import gaps
from stiltsreport.report.tables.group_gains import group_gains
from stiltsreport.report.tables.intermediate import intermediate
from stiltsreport.report.tables.languages import languages
from stiltsreport.report.tables.ledger import ledger
from stiltsreport.report.tables.like_these import languages_like_these
from stiltsreport.report.tables.methods import methods
from stiltsreport.report.tables.pairs import pair_matrices, pairs
from stiltsreport.report.tables.pareto import pareto
from stiltsreport.report.tables.per import per
from stiltsreport.report.tables.prompting import prompting
from stiltsreport.report.tables.recipes import recipes
from stiltsreport.report.tables.seen_gains import seen_gains
from stiltsreport.report.tables.setup import models, tasks
from stiltsreport.report.tables.significance import significance
from stiltsreport.report.tables.size import size
from stiltsreport.report.tables.span_overlap import hits, span_overlap
from stiltsreport.report.tables.transfer_gains import transfer_gains
from stiltsreport.report.tables.transfer_gap import gap_table
from stiltsreport.report.tables.tuning import tuning
from stiltsreport.report.tables.turned_items import turned_items
from stiltsreport.report.tables.typology import typology, typology_regression
from stiltsreport.report.tables.xtreme import xtreme

TABLES: dict[str, Callable[[Evidence], list[Table]]] = {
    "models": models,
    "tasks": tasks,
    "exposure": exposure,
    "overlaps": overlaps,
    "xtreme": xtreme,
    "gains": transfer_gains,
    "methods": methods,
    "averages": averages,
    "transfer-gap": gap_table,
    "group-gains": group_gains,
    "seen-gains": seen_gains,
    "gains-by-examples": gains_by_examples,
    "gains-by-rate": gains_by_rate,
    "gains-at-rates": gains_at_rates,
    "best-per-target": best_per_target,
    "dev-correlation": dev_correlation,
    "claims": claims,
    "claim-parts": claim_parts,
    "size": size,
    "adaptations": adaptations,
    "prompting": prompting,
    "typology-regression": typology_regression,
    "significance": significance,
    "languages-like-these": languages_like_these,
    "counts": counts,
    "further-tests": further_tests,
    "ledger": ledger,
    "pairs": pairs,
    "collapse": collapse,
    "intermediate": intermediate,
    "tuning": tuning,
    "efficiency": efficiency,
    "per": per,
    "pareto": pareto,
    "gaps": gaps,
    "languages": languages,
    "typology": typology,
    "flips": flips,
    "items": turned_items,
    "confusion": confusion,
    "span-overlap": span_overlap,
    "hits": hits,
    "pair-matrices": pair_matrices,
    "recipes": recipes,
    "data": data,
}

__all__ = ["TABLES"]
