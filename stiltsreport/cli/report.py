"""`report`: statistics and rendering alone, from the store where it holds results, else from a report folder's scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stiltsreport.cli.comparing import compared
from stiltsreport.cli.device import gpus, named_device
from stiltsreport.cli.looking import seen
from stiltsreport.cli.mending import damage
from stiltsreport.cli.opening import open_study, read
from stiltsreport.cli.options import Options
from stiltsreport.cli.rendering import render
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError
from stiltsreport.results import Results
from stiltsreport.store import Store, open_store
from stiltsreport.study.reading import find_study
from stiltsreport.study.study import Study


def run(options: Options, terminal: Terminal) -> int:
    """Write the report, or print one table of it with --show."""
    study, results, source = found(options, terminal)
    if options.show is None:
        asked = study.report.examples and isinstance(source, Store)
        plan = open_study(options, named_device(options.device, gpus())).plan if asked else None
        render(study, results, options, terminal, source, plan)
        return 0
    from stiltsreport.cli.showing import print_table
    from stiltsreport.report.evidence import Evidence

    print_table(Evidence(study, results, *compared(study, results, source)), options.show, options.form, terminal)
    return 0


def found(options: Options, terminal: Terminal) -> tuple[Study, Results, Store | Path]:
    """The study, its results and where they are from: --from, the store, or the study's report folder, in this order.

    Raises StiltsReportError where none of them holds any.
    """
    if options.source is not None:
        return *_anew(options, options.source, terminal), options.source
    if open_store(options.store).exists():
        from stiltsreport.results.collect import gather

        opened = open_study(options, named_device(options.device, gpus()))
        if any(opened.store.has("evaluations", job) for job in opened.plan.evaluations):
            terminal.detail(f"results of {opened.store.place}")
            results = gather(opened.plan, opened.store)
            for line in damage(opened.store):
                terminal.warning(line)
            return *seen(opened.study, results, opened.store), opened.store
    folder = options.reports / find_study(options.study).stem
    if (folder / "scores.jsonl").is_file():
        return *_anew(options, folder, terminal), folder
    study = read(options)
    raise StiltsReportError(
        f"no results: neither {open_store(options.store).place} nor {folder} holds any",
        where=str(study.path),
        hint=f"`stiltsreport build {options.study}` makes them; --from DIR names a report folder",
    )


def _anew(options: Options, folder: Path, terminal: Terminal) -> tuple[Study, Results]:
    """A folder's results under the study as it is now, which its provenance then says."""
    from stiltsreport.results.provenance import kept_folders, reported_anew

    found = _of_folder(folder, terminal)
    study, results = seen(read(options, kept_folders(found.provenance)), found, None)
    return study, replace(results, provenance=reported_anew(results.provenance, study))


def _of_folder(folder: Path, terminal: Terminal) -> Results:
    from stiltsreport.results.files import read_results

    if not (folder / "scores.jsonl").is_file():
        raise StiltsReportError("there is no scores.jsonl", where=str(folder), hint="a report folder")
    terminal.detail(f"results of {folder / 'scores.jsonl'}")
    return read_results(folder)
