"""`report` of a study file: formats, and names of tables and figures, all of which are known before a report is made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from stiltsreport.registry import did_you_mean
from stiltsreport.study.problems import Problems
from stiltsreport.study.schema import ReportEntry
from stiltsreport.study.study import ReportSettings

TABLE_NAMES = (
    "models", "tasks", "exposure", "overlaps", "xtreme", "gains", "methods", "averages", "transfer-gap", "group-gains", "seen-gains",
    "gains-by-examples", "gains-by-rate", "gains-at-rates", "best-per-target", "dev-correlation", "claims", "claim-parts", "size",
    "adaptations", "prompting", "typology-regression", "significance", "languages-like-these", "counts", "further-tests", "ledger", "pairs",
    "collapse", "intermediate", "tuning", "efficiency", "per", "pareto", "gaps", "languages", "typology", "flips", "items", "confusion",
    "span-overlap", "hits", "pair-matrices", "recipes", "data",
)  # fmt: skip
FIGURE_NAMES = (
    "gains", "heatmap", "seeds", "collapse", "profile", "pairs", "tuning", "layers", "curves", "examples", "dev-correlation", "size",
    "typology", "pareto",
)  # fmt: skip


def report_settings(written: ReportEntry, problems: Problems) -> ReportSettings:
    """The settings; every name that no report has is noted at its place."""
    return ReportSettings(
        tuple(written.formats),
        _named(written.tables, "table", TABLE_NAMES, problems),
        _named(written.figures, "figure", FIGURE_NAMES, problems),
        written.latex,
        written.paper,
        written.signature,
        written.examples,
    )


def _named(
    names: Sequence[str] | Literal["default"], kind: str, known: Collection[str], problems: Problems
) -> tuple[str, ...] | Literal["default"]:
    if isinstance(names, str):
        return "default"
    for index, name in enumerate(names):
        keys = ("report", f"{kind}s", index)
        if name not in known:
            problems.note(f"unknown {kind} {name!r}", *keys, hint=did_you_mean(name, known) or ", ".join(known))
        elif name in names[:index]:
            problems.note(f"{kind} {name!r} stands twice", *keys, hint="keep one of the two")
    return tuple(names)
