"""The report folder: what stands in it, the same bytes each time, and from its own files alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from stiltsreport.errors import StiltsReportError
from stiltsreport.report.document import Report
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats import latex, pdf
from stiltsreport.report.show import made, makers, show
from stiltsreport.report.write import write_report
from stiltsreport.results import Results
from stiltsreport.results.files import read_results, write_results
from stiltsreport.shipped import shipped
from stiltsreport.stats.compare import compare
from stiltsreport.stats.comparison import Comparison
from stiltsreport.study.study import Study


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_every_file_of_the_contract_is_there(folder: Path, report: Report) -> None:
    names = set(contents(folder))
    assert names >= {
        "report.html",
        "report.tex",
        "references.bib",
        "scores.jsonl",
        "comparisons.jsonl",
        "efficiency.jsonl",
        "provenance.json",
    }
    assert {f"tables/{table.id}.tex" for table in report.tables if table.rows} | {"tables/preamble.tex"} == {
        n for n in names if n.startswith("tables/")
    }
    assert {"figures/gains.svg", "figures/gains.pdf", "figures/profile-xlmr-base.svg"} <= names
    keys = {line.split("{")[1].rstrip(",") for line in (folder / "references.bib").read_text().splitlines() if line.startswith("@")}
    assert keys == set(report.citations)


def test_the_folder_alone_gives_the_same_bytes(folder: Path, study: Study, tmp_path: Path) -> None:
    found = read_results(folder)
    quick = replace(study, report=replace(study.report, formats=("html", "latex")))
    write_report(quick, found, compare(study, found.scores), tmp_path / "again")
    assert contents(tmp_path / "again") == contents(folder)


def test_what_an_earlier_report_left_is_removed(study: Study, results: Results, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    (folder / "tables").mkdir(parents=True)
    for name in ("tables/languages-gone.tex", "report.pdf", "mine.txt"):
        (folder / name).write_text("old")
    quick = replace(study, report=replace(study.report, formats=(), tables=("xtreme",), figures=()))
    written = write_report(quick, results, [], folder)
    assert set(contents(folder)) == {"comparisons.jsonl", "efficiency.jsonl", "mine.txt", "provenance.json", "scores.jsonl"}
    assert set(written.paths) == {folder / name for name in contents(folder)} - {folder / "mine.txt"}


def test_without_latex_the_report_is_written_and_a_note_says_so(
    study: Study, results: Results, comparisons: Sequence[Comparison], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "missing", lambda: pdf.HOW_TO_GET)
    plain = replace(study, report=replace(study.report, formats=("latex", "pdf"), figures=()))
    written = write_report(plain, results, comparisons, tmp_path / "r")
    assert written.notes == (pdf.HOW_TO_GET,)
    assert (tmp_path / "r" / "report.tex").is_file()
    assert not (tmp_path / "r" / "report.pdf").exists()


def test_comparisons_are_plain_rows(folder: Path, comparisons: Sequence[Comparison]) -> None:
    rows = [json.loads(line) for line in (folder / "comparisons.jsonl").read_text().splitlines()]
    assert rows == json.loads(json.dumps([asdict(row) for row in comparisons]))


def test_no_date_and_no_path_of_this_machine(folder: Path) -> None:
    for name, content in contents(folder).items():
        assert str(Path.cwd()).encode() not in content, name
        assert str(folder).encode() not in content, name
        assert b"CreationDate" not in content
        assert b"<dc:date>" not in content


def test_figures_embed_their_fonts(folder: Path) -> None:
    content = (folder / "figures" / "gains.pdf").read_bytes()
    assert b"/FontFile2" in content  # TrueType outlines, not Type 3
    assert b"/Type3" not in content


@pytest.mark.parametrize(
    ("form", "title", "cell"),
    [
        ("text", "XNLI (acc)", "*62.4ᵗ (+2.3⋄)"),
        ("markdown", "XNLI (acc)", "<u>**62.4ᵗ**</u> (+2.3⋄)"),
        ("csv", "XNLI (acc),XNLI (acc): gain", ",62.4,2.3,"),
        ("latex", r"\caption{\textbf{Zero-shot", r"\underline{\textbf{62.4}}$^{\mathrm{t}}$"),
    ],
)
def test_show_prints_one_table(form: str, title: str, cell: str, evidence: Evidence) -> None:
    text = show(evidence, "xtreme", form)
    assert title in text
    assert cell in text
    if form == "latex":
        assert text == latex.render_table(next(made(evidence, "xtreme")), evidence.digest)


def test_show_knows_what_a_table_is_made_by(evidence: Evidence, report: Report) -> None:
    """So that no other table is made on the way: there are forty, and some take seconds in a large study."""
    with pytest.raises(StiltsReportError, match="did you mean 'xtreme'"):
        show(evidence, "xtrem")
    for table in report.tables:
        assert table in list(made(evidence, makers(table.id)[0])), table.id


def test_a_study_without_results_gives_a_report_of_gaps(study: Study, results: Results, tmp_path: Path) -> None:
    cells = tuple(replace(cell, state="missing", reason="not run yet") for cell in results.setup.cells)
    empty = Results((), (), replace(results.setup, cells=cells), results.provenance)
    quick = replace(study, report=replace(study.report, formats=("html", "latex")))
    write_report(quick, empty, compare(study, ()), tmp_path / "r")
    page = (tmp_path / "r" / "report.html").read_text()
    assert "No comparison could be made yet" in page
    assert "464 of 464 planned evaluations" in page
    assert ">nan<" not in page.lower()
    assert ">0.0<" not in page


def test_a_baseline_alone(study: Study, results: Results, tmp_path: Path) -> None:
    alone = replace(study, intermediate=(), report=replace(study.report, formats=("html", "latex")))
    scores = tuple(score for score in results.scores if score.intermediate == "none")
    write_report(alone, replace(results, scores=scores), compare(alone, scores), tmp_path / "r")
    assert "The study has the baseline alone" in (tmp_path / "r" / "report.html").read_text()


def test_templates_are_found_where_the_package_ships_them() -> None:
    names = {file.name for file in shipped("templates").iterdir()}
    assert names >= {
        "report.html.jinja2",
        "table.html.jinja2",
        "style.css",
        "page",
        "report.tex.jinja2",
        "table.tex.jinja2",
        "preamble.tex.jinja2",
    }


def test_results_survive_writing(results: Results, tmp_path: Path) -> None:
    write_results(tmp_path, results)
    assert read_results(tmp_path).scores == results.scores
