"""One study with made-up scores, a gap, a failure and data of its own, as a report; made once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.build import build_report
from stiltsreport.report.document import Report
from stiltsreport.report.evidence import Evidence
from stiltsreport.results import Results
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_results, fabricated_scores, fabricated_study, without
from tests.report.hostile import hostile_report


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return fabricated_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def results(study: Study) -> Results:
    """HellaSwag lacks Finnish POS in seed 3 (failed), and XLM-R base after HellaSwag lacks PAWS-X altogether (not run)."""
    scores = without(
        fabricated_scores(study), model="multilingual-e5-small", intermediate="hellaswag", target="udpos", language="fi", seed=3
    )
    scores = without(scores, model="xlmr-base", intermediate="hellaswag", target="pawsx")
    made = fabricated_results(study, scores)
    cells = tuple(
        replace(cell, state="failed", reason="out of memory") if (cell.state, cell.target) == ("missing", "udpos") else cell
        for cell in made.setup.cells
    )
    setup = replace(made.setup, cells=cells)
    return replace(made, setup=setup, provenance=made.provenance | {"setup": setup.to_json()})


@pytest.fixture(scope="session")
def comparisons(study: Study, results: Results) -> list[Comparison]:
    return compare(study, results.scores)


@pytest.fixture(scope="session")
def evidence(study: Study, results: Results, comparisons: list[Comparison]) -> Evidence:
    return Evidence(study, results, comparisons)


@pytest.fixture(scope="session")
def report(study: Study, results: Results, comparisons: list[Comparison]) -> Report:
    return build_report(study, results, comparisons)


@pytest.fixture(scope="session")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return hostile_report(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def folder(study: Study, results: Results, comparisons: list[Comparison], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report as written, without a PDF."""
    from stiltsreport.report.write import write_report

    place = tmp_path_factory.mktemp("reports") / "fabricated"
    quick = replace(study, report=replace(study.report, formats=("html", "latex")))
    write_report(quick, results, comparisons, place)
    return place
