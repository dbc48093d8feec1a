"""How long the report of a large study takes to render, and how large it is: 5 models, 11 intermediates, 12 targets, 50 languages, 5 seeds.

    python -m benchmarks.rendering [FOLDER]

Prints one line of JSON: seconds on the processor by part, seconds on the wall of the whole as `stiltsreport report` does it without a PDF,
the peak of memory, and the bytes of report.html and of the figures. The report stays in FOLDER where one is named.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from stiltsreport.cli.comparing import compared
from stiltsreport.report.build import report_of
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.figures import FIGURES
from stiltsreport.report.formats import html, latex
from stiltsreport.report.formats.svg import on_page
from stiltsreport.report.write import write_report
from stiltsreport.results import Results
from stiltsreport.study.study import Study
from tests.fabricated import fabricated_scores, fabricated_study, method_results

STUDY = """\
title: A large study
models: [multilingual-e5-small, mbert, xlmr-base, xlmr-large, xlmr-xl]
intermediate:
  [anli-plus, mnli, qqp, squad2, squad, hellaswag, ccg, cosmosqa, csqa, siqa,
   {name: all-9, tasks: [anli-plus, mnli, qqp, squad2, squad, hellaswag, ccg, cosmosqa, csqa], sampling: {cap: 131072}}]
target: [xnli, pawsx, udpos, panx, xquad, mlqa, tydiqa, bucc2018, tatoeba, xcopa, lareqa, mewslix]
seeds: [1, 2, 3, 4, 5]
claims:
  - {name: squad-helps, better: squad, than: none, on: average}
report: {formats: [html, latex]}
"""


def large(folder: Path) -> tuple[Study, Results]:
    """The study with made-up scores, and everything that a report tells of beside them."""
    study = fabricated_study(folder, STUDY)
    return study, method_results(study, fabricated_scores(study), collapsed=False)


def measured(folder: Path) -> dict[str, Any]:
    """The figures; the report is written to the folder."""
    seconds: dict[str, float] = {}

    @contextmanager
    def part(name: str) -> Iterator[None]:
        began = time.process_time()
        yield
        seconds[f"{name}_seconds"] = time.process_time() - began

    study, results = large(folder)
    with part("statistics"):
        comparisons, answers = compared(study, results, folder / "nothing")
    with part("tables"):
        evidence = Evidence(study, results, comparisons, answers)
        report = report_of(evidence, drawn=False)
    with part("figures"):
        figures = [figure for make in FIGURES.values() for figure in make(evidence)]
    with part("html"):
        html.render_html(report)
    with part("latex"):
        latex.render_latex(report)
        for table in report.tables:
            latex.render_table(table, report.digest, report.typesetting)
    began, worked = time.perf_counter(), time.process_time()
    write_report(study, results, comparisons, folder, answers)
    return {
        "scores": len(results.scores),
        "tables": len(report.tables),
        "cells": sum(len(row.cells) for table in report.tables for row in table.rows),
        **seconds,
        "whole_seconds": time.process_time() - worked,
        "whole_wall_seconds": time.perf_counter() - began,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "html_bytes": (folder / "report.html").stat().st_size,
        "figure_bytes": sum(len(on_page(figure)) for figure in figures),
    }


def main() -> None:
    """Print the line."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        print(json.dumps({"benchmark": "rendering", "case": "large", "machine": machine(), **measured(folder)}))


if __name__ == "__main__":
    main()
