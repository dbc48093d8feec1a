"""From results to the report folder: tests, tables and files, all computed anew."""

from __future__ import annotations

from pathlib import Path

from stiltsreport.cli.comparing import compared
from stiltsreport.cli.examples import examples_of
from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal
from stiltsreport.plan.plan import Plan
from stiltsreport.results import Results
from stiltsreport.store import Store
from stiltsreport.study.study import Study


def render(study: Study, results: Results, options: Options, terminal: Terminal, source: Store | Path, plan: Plan | None = None) -> None:
    """Test, write the report folder, and print the paths of what was written for reading.

    `source`: where the results are from; `plan`: the jobs behind those of a store, which examples are looked up by.
    """
    from stiltsreport.report.write import write_report

    folder = options.reports / study.name
    comparisons, answers = compared(study, results, source)
    written = write_report(study, results, comparisons, folder, answers, examples_of(study, plan, source))
    for note in written.notes:
        terminal.note(note)
    shown = [path for path in written.paths if path.suffix in (".html", ".pdf") and path.parent == folder]
    for path in shown or [folder]:
        terminal.result(str(path))
    terminal.detail(f"{len(written.paths)} files in {folder}")
