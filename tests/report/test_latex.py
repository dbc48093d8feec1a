"""Tables on paper: nothing is lost between panels, nothing is wider than the page, and it compiles."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.document import Cell, Column, Figure, Number, Report, Row, RowGroup, Section, Spanner, Table
from stiltsreport.report.formats import latex, pdf
from stiltsreport.report.formats.latex_layout import TEXT_WIDTH, layout

needs_latex = pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex: apt-get install texlive-latex-recommended lmodern")


def wide(columns: int, groups: int, rows: int, *, second: bool = True, spanner: int = 0) -> Table:
    made = tuple(Column(f"L{place}", key=f"c{place}") for place in range(columns))
    body = tuple(
        RowGroup(
            f"Model {number}",
            tuple(
                Row(
                    f"Intermediate {row}",
                    tuple(
                        Cell(Number(10.0 + place, marks=("best", "own-data", "partial")), Number(-1.5, signed=True) if second else None)
                        for place in range(columns)
                    ),
                    key=f"m{number}/r{row}",
                )
                for row in range(rows)
            ),
        )
        for number in range(groups)
    )
    spanners = (
        tuple(Spanner(f"Group {first}", first, min(first + spanner, columns) - 1) for first in range(0, columns, spanner))
        if spanner
        else ()
    )
    return Table("wide", "Wide", "A caption.", "Intermediate", made, body, spanners, second_title="gain")


@pytest.mark.parametrize(
    ("columns", "groups", "rows", "spanner"), [(1, 1, 1, 0), (8, 2, 3, 4), (51, 5, 12, 0), (51, 1, 60, 7), (17, 4, 12, 17), (0, 1, 2, 0)]
)
def test_every_cell_stands_once(columns: int, groups: int, rows: int, spanner: int) -> None:
    table = wide(columns, groups, rows, spanner=spanner)
    found = [
        (row.key, place)
        for pieces in layout(table).floats
        for piece in pieces
        for group in piece.groups
        for row in group.rows
        for place in piece.columns
    ]
    expected = [(row.key, place) for row in table.rows for place in range(columns)]
    assert sorted(found) == sorted(expected)


def test_panels_are_about_equally_wide() -> None:
    pieces = [piece for pieces in layout(wide(20, 1, 2)).floats for piece in pieces]
    sizes = [len(piece.columns) for piece in pieces]
    assert max(sizes) - min(sizes) <= 1, sizes


def test_numbers_and_bold_and_marks(report: Report) -> None:
    table = next(table for table in report.tables if table.id == "xtreme")
    text = latex.render_table(table, report.digest)
    lines = text.split("\n")
    assert lines[0] == "% needs: booktabs"
    assert lines[1] == f"% table: xtreme; study: {report.digest}"
    assert re.fullmatch(r"% signature: own-tasks\|\[xnli\|accuracy\|languages:3\|.*\|stiltsreport:[\d.]+\w*", lines[2])
    assert "% columns: xnli/* | pawsx/* | group:classification | udpos/* | xquad/* | tatoeba/* | average" in lines
    assert "% row: multilingual-e5-small/mnli" in lines
    assert r"\underline{\textbf{62.4}}$^{\mathrm{t}}$" in text
    assert r"\label{tab:xtreme}" in text
    averages = latex.render_table(next(table for table in report.tables if table.id == "averages"), report.digest)
    assert (
        r"\stiltssecond{+1.9$^{\dagger}$}" in averages
    )  # MNLI's gain without its own data is in the confirmatory family: black, and marked
    assert r"\stiltssecond{\stiltsgrey{+1.9}" in averages
    rows = [line for line in lines if line.endswith(r"\\") and "&" in line and "multicolumn" not in line]
    places = {tuple(match.start() for match in re.finditer("&", line)) for line in rows}
    assert len(places) == 1, "the columns of the source stand under each other"
    assert not re.search(r"\\usepackage|\\multirow|\\SI|\\textcolor", text)


def compiled(folder: Path, body: str, classes: str = r"\documentclass{article}") -> str:
    """The log of a document of that body, which needs booktabs alone."""
    (folder / "main.tex").write_text(
        f"{classes}\n\\usepackage{{booktabs}}\n\\begin{{document}}\n{body}\n\\end{{document}}\n", encoding="utf-8"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "main.tex"],
        cwd=folder,
        capture_output=True,
        timeout=120,
        check=False,
    )
    log = (folder / "main.log").read_text(encoding="latin-1")
    assert done.returncode == 0, [line for line in log.split("\n") if line.startswith("!")][:3]
    return log


@needs_latex
def test_every_table_compiles_alone_and_fits_a_plain_article(report: Report, tmp_path: Path) -> None:
    tables = [*report.tables, wide(51, 5, 12), wide(30, 3, 12, spanner=6)]
    log = compiled(tmp_path, "\n\\clearpage\n".join(latex.render_table(table, report.digest) for table in tables if table.rows))
    assert TEXT_WIDTH == 345
    assert not re.findall(r"Overfull \\[hv]box.*", log)
    assert "too large" not in log  # a float that is longer than its page


def without_figures(section: Section) -> Section:
    return replace(section, blocks=tuple(block for block in section.blocks if not isinstance(block, Figure)))


@needs_latex
@pytest.mark.skipif(bool(pdf.missing()), reason="no latexmk, nor pdflatex with bibtex")
def test_a_hostile_report_compiles(nasty: Report, tmp_path: Path) -> None:
    from stiltsreport.report.write import _write_latex

    folder = tmp_path / "report"
    _write_latex(replace(nasty, sections=tuple(without_figures(section) for section in nasty.sections)), folder)
    made, note = pdf.compile_pdf(folder)
    assert note == ""
    assert made is not None
    assert made.startswith(b"%PDF")


def test_without_latex_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    made, note = pdf.compile_pdf(tmp_path)
    assert made is None
    assert "apt-get install" in note
    assert "\n" not in note
