"""The report folder: every file of it, each written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from stiltsreport.report.build import report_of
from stiltsreport.report.claim_sentences import worded
from stiltsreport.report.document import Report
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats import examples as example_pages
from stiltsreport.report.formats import html, latex, pdf
from stiltsreport.report.formats.svg import standalone
from stiltsreport.results import Results
from stiltsreport.results.example_items import Examples
from stiltsreport.results.files import CLAIMS, write_lines, write_results, write_whole
from stiltsreport.stats.claims.answer import Answer
from stiltsreport.stats.comparison import Comparison
from stiltsreport.study.study import Study
from stiltsreport.tasks.citations import bibtex


@dataclass(frozen=True)
class Written:
    """The files of a report folder, and a line for each that could not be made."""

    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def write_report(
    study: Study,
    results: Results,
    comparisons: Sequence[Comparison],
    folder: Path,
    answers: Sequence[Answer] = (),
    examples: Examples | None = None,
) -> Written:
    """Write what the study asks for; files of an earlier report that this one does not have are removed.

    scores.jsonl and its like are always written: they alone render the report again; claims.jsonl where the study has claims. The texts of
    `examples` stand on their own pages alone.
    """
    examples = examples or Examples()
    evidence = Evidence(study, results, comparisons, answers, example_pages.links(examples.pages))
    report = report_of(evidence)
    paths = write_results(folder, results, map(vars, comparisons))
    if study.claims:
        paths.append(write_lines(folder / CLAIMS, (asdict(worded(evidence, answer)) for answer in answers)))
    notes = list(examples.notes)
    for page in examples.pages:
        file = folder / example_pages.FOLDER / example_pages.file_name(page)
        paths.append(write_whole(file, example_pages.render_examples(page, study)))
    for figure in report.figures:
        paths.append(write_whole(folder / "figures" / f"{figure.id}.svg", standalone(figure)))
        paths.append(write_whole(folder / "figures" / f"{figure.id}.pdf", figure.pdf))
    formats = study.report.formats
    tables = latex.render_tables(report)  # the page holds them too
    if "html" in formats:
        paths.append(write_whole(folder / "report.html", html.render_html(report, tables)))
    if "latex" in formats or "pdf" in formats:
        paths.extend(_write_latex(report, tables, folder))
    if "pdf" in formats:
        made, note = pdf.compile_pdf(folder)
        if made is None:
            notes.append(note)
        else:
            paths.append(write_whole(folder / "report.pdf", made))
    _remove_stale(folder, paths)
    return Written(tuple(paths), tuple(notes))


def _write_latex(report: Report, tables: Mapping[str, str], folder: Path) -> list[Path]:
    paths = [write_whole(folder / "tables" / f"{name}.tex", text) for name, text in tables.items()]
    paths.append(write_whole(folder / "tables" / "preamble.tex", latex.preamble(report.typesetting)))
    paths.append(write_whole(folder / "report.tex", latex.render_latex(report)))
    paths.append(write_whole(folder / "references.bib", bibtex(list(report.citations))))
    return paths


def _remove_stale(folder: Path, paths: Sequence[Path]) -> None:
    """Files by our own names that an earlier report left behind: a reader must not take them for this one's."""
    kept = set(paths)
    ours = [*folder.glob("tables/*.tex"), *folder.glob("figures/*.svg"), *folder.glob("figures/*.pdf")]
    ours += folder.glob(f"{example_pages.FOLDER}/*.html")
    ours += [folder / name for name in ("report.html", "report.tex", "report.pdf", "references.bib", CLAIMS)]
    for file in ours:
        if file not in kept:
            file.unlink(missing_ok=True)
