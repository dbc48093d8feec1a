"""Tables on paper: nothing is lost between panels, numbers are marked as they should be, and a file says what it needs."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from stiltsreport.report.document import Cell, Column, Number, Report, Row, RowGroup, Spanner, Table, Typesetting
from stiltsreport.report.formats import latex
from stiltsreport.report.formats.latex_layout import layout
from stiltsreport.report.formats.latex_paper import PAPERS


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


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(
    ("columns", "groups", "rows", "spanner"), [(1, 1, 1, 0), (8, 2, 3, 4), (51, 5, 12, 0), (51, 1, 60, 7), (17, 4, 12, 17), (0, 1, 2, 0)]
)
def test_every_cell_stands_once(columns: int, groups: int, rows: int, spanner: int, paper: str) -> None:
    table = wide(columns, groups, rows, spanner=spanner)
    found = [
        (row.key, place)
        for pieces in layout(table, PAPERS[paper]).floats
        for piece in pieces
        for group in piece.groups
        for row in group.rows
        for place in piece.columns
    ]
    expected = [(row.key, place) for row in table.rows for place in range(columns)]
    assert sorted(found) == sorted(expected)


def test_panels_are_about_equally_wide() -> None:
    pieces = [piece for pieces in layout(wide(20, 1, 2), PAPERS["article"]).floats for piece in pieces]
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


def test_in_the_columns_of_siunitx(report: Report) -> None:
    table = next(table for table in report.tables if table.id == "xtreme")
    text = latex.render_table(table, report.digest, Typesetting("siunitx"))
    lines = text.split("\n")
    assert lines[0] == "% needs: booktabs, siunitx, threeparttable"
    # Two digits, one decimal and gains with signs, with room for the sign of own data and of a discovery.
    assert r"S[table-format=+2.1,table-space-text-post={$^{\diamond\mathrm{t}}$}]" in text or r"S[table-format=+2.1" in text
    assert r"\bfseries62.4\stiltsunder{\bfseries{}62.4}$^{\mathrm{t}}$" in text
    assert r"\stiltssmaller\stiltsgreyed-1" in text
    assert r"\begin{tablenotes}" in text
    assert r"\phantom{$" not in text
    keys = [line for line in lines if line.startswith(("% row:", "% columns:", "% table:"))]
    plain = latex.render_table(table, report.digest).split("\n")
    assert keys == [line for line in plain if line.startswith(("% row:", "% columns:", "% table:"))]


def test_half_widths_stand_under_the_numbers_sign() -> None:
    cells = (Cell(Number(3.14159, 2, signed=True), Number(0.5, 2, half_width=True)),)
    table = Table("t", "T", "C.", "Row", (Column("A"),), (RowGroup("", (Row("r", cells),)),), second_title="± SD")
    text = latex.render_table(table, "0", Typesetting("siunitx"))
    assert "S[table-format=+1.2]" in text
    assert r"\stiltssmaller\pm0.50" in text
    assert r"\stiltssecond{$\pm$0.50}" in latex.render_table(table, "0")
    assert r"\quad\stiltssecond{$\pm$ SD}" in text


def test_a_missing_cell_is_a_dash_with_its_reason_in_every_setting() -> None:
    cells = ((Cell(Number(81.25)),), (Cell(marks=("failed",)),))
    rows = tuple(Row(f"r{place}", found) for place, found in enumerate(cells))
    table = Table("t", "T", "C.", "Row", (Column("A"),), (RowGroup("", rows),))
    assert r"{\textendash{}$^{\mathrm{f}}$}" in latex.render_table(table, "0", Typesetting("siunitx"))
    assert r"\textendash{}$^{\mathrm{f}}$" in latex.render_table(table, "0")


def test_signatures_stand_in_captions_on_request(report: Report) -> None:
    table = next(table for table in report.tables if table.id == "gains")
    asked = latex.render_table(table, report.digest, Typesetting(signature=True))
    (caption,) = [line for line in asked.split("\n") if line.startswith(r"\caption{\textbf")]
    assert table.signature in caption.replace(r"\allowbreak{}", "").replace(r"\textbar{}", "|").replace(r"\_", "_")
    assert "Signature" not in latex.render_table(table, report.digest)


def test_narrow_tables_take_one_column_of_two() -> None:
    narrow, broad = wide(2, 1, 3), wide(9, 1, 3)
    assert latex.render_table(narrow, "0", Typesetting(paper="acl")).count(r"\begin{table}[!htbp]") == 1
    assert r"\begin{table*}[!htbp]" in latex.render_table(broad, "0", Typesetting(paper="acl"))
    assert r"\begin{table*}[!htbp]" in latex.render_table(narrow, "0")
    fewer = [len(layout(wide(10, 1, 3, second=False), PAPERS[paper]).floats[0]) for paper in ("article", "acl")]
    assert fewer == [2, 1], "the wider paper holds whole what the narrower one has in panels"


def test_row_titles_cannot_be_taken_for_options_of_the_line_before() -> None:
    rows = tuple(Row(title, (Cell(Number(1.0)),)) for title in ("a", "[3pt] b", "*c"))
    text = latex.render_table(Table("t", "T", "C.", "", (Column("A"),), (RowGroup("", rows),)), "0")
    assert "{}[3pt] b" in text
    assert "{}*c" in text


def test_pasted_text_of_the_report_stands_behind_it(report: Report) -> None:
    text = latex.render_latex(replace(report, typesetting=Typesetting(paper="acl")))
    assert "textwidth=16cm" in text
    assert text.index(r"\begin{document}") < text.index(r"\begin{abstract}") < text.index(r"\section{")
