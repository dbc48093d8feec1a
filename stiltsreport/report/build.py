"""The sections of a report, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import stiltsreport
from stiltsreport.report.document import (
    Banner,
    Block,
    Bullets,
    Cite,
    Figure,
    Findings,
    Inline,
    Paragraph,
    Report,
    Section,
    Table,
    Typesetting,
)
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.facets import facets
from stiltsreport.report.figures import FIGURES
from stiltsreport.report.numbers import counted
from stiltsreport.report.sections.abstract import abstract
from stiltsreport.report.sections.checklist import checklist
from stiltsreport.report.sections.claims import claims
from stiltsreport.report.sections.findings import findings
from stiltsreport.report.sections.health import health
from stiltsreport.report.sections.items import microscope
from stiltsreport.report.sections.leads import lead
from stiltsreport.report.sections.limitations import limitations
from stiltsreport.report.sections.method import method
from stiltsreport.report.sections.reproducibility import reproducibility, study_file
from stiltsreport.report.show import made
from stiltsreport.report.side_by_side import side_by_side
from stiltsreport.report.tables import TABLES
from stiltsreport.report.tables.ledger import ledger_blocks
from stiltsreport.results import Results
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.comparison import Comparison
from stiltsreport.study.study import Study

_TABLE, _FIGURE = "table ", "figure "  # what parts' names begin with
# Made by processes of their own in large studies, as all figures are; what takes longest is begun first.
_LONGEST = ("table languages-like-these", "figure profile", "figure seeds", "figure heatmap", "table typology-regression")


def build_report(
    study: Study, results: Results, comparisons: Sequence[Comparison], answers: Sequence[Answer] = (), *, drawn: bool = True
) -> Report:
    """The report of a study, as `report_of`."""
    return report_of(Evidence(study, results, comparisons, answers), drawn=drawn)


def report_of(evidence: Evidence, *, drawn: bool = True) -> Report:
    """The report of a study. Without `drawn` it has no figures, which is enough to show a table."""
    asked = evidence.study.report
    wanted_tables = tuple(TABLES) if isinstance(asked.tables, str) else asked.tables
    wanted_figures = () if not drawn else tuple(FIGURES) if isinstance(asked.figures, str) else asked.figures
    makers = {_TABLE + name: partial(_made, name=name) for name in wanted_tables} | {
        _FIGURE + name: FIGURES[name] for name in wanted_figures
    }
    beside = [name for name in _LONGEST if name in makers] + [name for name in makers if name.startswith(_FIGURE) and name not in _LONGEST]
    with side_by_side(evidence, {name: makers[name] for name in beside} if drawn else {}) as make:
        return _report(
            evidence, wanted_tables, wanted_figures, lambda name: make(name) if drawn and name in beside else makers[name](evidence)
        )


def _made(evidence: Evidence, name: str) -> list[Table]:
    return list(made(evidence, name))


def _report(evidence: Evidence, wanted_tables: Sequence[str], wanted_figures: Sequence[str], part: Callable[[str], list[Any]]) -> Report:
    study = evidence.study

    def tables(*names: str) -> list[Block]:
        return [table for name in names if name in wanted_tables for table in part(_TABLE + name)]

    def figures(*names: str) -> list[Figure]:
        return [figure for name in names if name in wanted_figures for figure in part(_FIGURE + name)]

    def section(name: str, title: str, blocks: Sequence[Block], *, appendix: bool = False) -> Section:
        return Section(name, title, (*lead(name, blocks), *blocks), appendix)

    tests = tables("significance")
    exploratory = [table for table in tests if isinstance(table, Table) and table.id.endswith("-exploratory")]
    setup = Section("setup", "Set-up", (*method(evidence), *tables("models", "exposure", "tasks", "overlaps")))
    recipes = tables("recipes", "data")
    parts = [
        *claims(evidence, tables("claims", "claim-parts")),
        findings(evidence),
        setup,
        section(
            "results", "Results", [*tables("xtreme"), *figures("gains", "heatmap"), *tables("gains", "methods", "averages", "transfer-gap")]
        ),
        section("pairs", "Sentence pairs in two languages", [*tables("pairs"), *figures("pairs")]),
        section(
            "analyses",
            "Where the gains lie",
            [
                *tables("group-gains", "seen-gains", "gains-by-examples"),
                *figures("examples"),
                *tables("gains-by-rate", "gains-at-rates", "best-per-target"),
                *tables("dev-correlation"),
                *figures("dev-correlation"),
                *tables("size"),
                *figures("size"),
                *tables("adaptations", "prompting"),
                *tables("typology-regression"),
                *figures("typology"),
            ],
        ),
        section("significance", "Significance", [*(table for table in tests if table not in exploratory), *tables("languages-like-these")]),
        Section("health", "Collapsed runs", tuple(health(evidence, [*figures("collapse"), *tables("collapse")]))),
        section("intermediate", "Intermediate tasks", [*tables("intermediate"), *figures("curves")]),
        section("choices", "Learning rates and layers", [*tables("tuning"), *figures("tuning", "layers")]),
        section("efficiency", "Efficiency", [*tables("efficiency", "per"), *figures("pareto"), *tables("pareto")]),
        Section("ledger", "Reproduction ledger", tuple(ledger_blocks(evidence, tables("ledger") if "ledger" in wanted_tables else []))),
        section("gaps", "Gaps", tables("gaps")),
        limitations(evidence),
        reproducibility(evidence, recipes),
        section("exploratory", "Exploratory tests", [*exploratory, *tables("counts", "further-tests")], appendix=True),
        section("languages", "Results by language", [*figures("profile"), *tables("typology", "languages")], appendix=True),
        Section(
            "microscope",
            "Transfer microscope",
            microscope(evidence, tables("flips", "items", "confusion", "span-overlap", "hits")),
            appendix=True,
        ),
        section("seeds", "Scores by seed", figures("seeds"), appendix=True),
        section("pair-matrices", "Sentence pairs by language", tables("pair-matrices"), appendix=True),
        section("recipes", "Recipes and data", recipes, appendix=True),
        study_file(evidence),
    ]
    sections = tuple(section for section in parts if section.blocks)
    sections = (*sections, checklist(evidence, sections))
    return Report(
        title=study.title,
        description=study.description,
        facts=_facts(evidence),
        sections=sections,
        citations=tuple(sorted(set(_citations(sections)))),
        digest=evidence.digest,
        version=stiltsreport.__version__,
        facets=tuple(facets(evidence.study)),
        typesetting=Typesetting(study.report.latex, study.report.paper, study.report.signature),
        abstract=abstract(evidence),
    )


def _facts(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    study, cells = evidence.study, evidence.results.setup.cells
    stored = sum(cell.state == "stored" for cell in cells)
    languages = {language for entry in study.target for language in entry.languages}
    found = [
        ("Models", counted(len(study.models))),
        ("Intermediate tasks", counted(len(study.intermediate))),
        *([("Methods", counted(len(study.variants)))] if study.variants else []),
        ("Targets", counted(len(study.target))),
        ("Languages", counted(len(languages))),
        ("Seeds", f"{_seeds(study)} × 1 (intermediate × target)"),
    ]
    if cells:
        found.append(("Evaluations", counted(stored) if stored == len(cells) else f"{counted(stored)} of {counted(len(cells))}"))
    limit = study.limit
    if limit.train or limit.evaluate:
        train, evaluate = (counted(number) if number else "all" for number in (limit.train, limit.evaluate))
        found.append(("Limit", f"{train} training, {evaluate} evaluation"))
    found.append(("Study", evidence.digest))
    return tuple(found)


def _seeds(study: Study) -> str:
    """How many; the fewest and the most where rows have seeds of their own."""
    counts = sorted({len(seeds) for _, seeds in study.arm_seeds} or {len(study.seeds)})
    return counted(counts[0]) if len(counts) == 1 else f"{counted(counts[0])} to {counted(counts[-1])}"


def _citations(sections: Sequence[Section]) -> Iterator[str]:
    for section in sections:
        for block in section.blocks:
            for part in _inlines(block):
                if isinstance(part, Cite):
                    yield from part.keys


def _inlines(block: Block) -> Iterator[Inline]:
    match block:
        case Paragraph(parts) | Banner(parts):
            yield from parts
        case Bullets(items):
            for item in items:
                yield from item
        case Findings(items):
            for finding in items:
                yield from finding.parts
