"""What verification reads: tables in LaTeX and HTML, read back from the files that we write, cell by cell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest

from stiltsreport.metrics import METRICS
from stiltsreport.report.document import SIGNS, Cell, Column, Number, Report, Row, RowGroup, Spanner, Table, Typesetting
from stiltsreport.report.formats import html, latex
from stiltsreport.report.verification.grid import Grid, Shown, ShownCell, differences
from stiltsreport.report.verification.html_tables import Page
from stiltsreport.report.verification.latex_cells import plain, shown
from stiltsreport.report.verification.latex_tables import grid, tables_in
from tests.report.test_snapshots import methods_report, small_report


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    return [small_report(), methods_report()]


def tables(reports: list[Report]) -> Iterator[tuple[Table, str]]:
    for report in reports:
        for table in report.tables:
            if table.rows:
                yield table, report.digest


def of_number(number: Number) -> Shown:
    """A number of the document, as a reader of any format should see it."""
    marks = "".join(sign for mark, sign in SIGNS.items() if mark in number.marks)
    return Shown(number.text, marks, "best" in number.marks, "tied" in number.marks, number.grey)


def compare(table: Table, found: Grid, *, underlined: bool = True) -> None:
    """Numbers, marks and type of the grid are the document's own; texts are there."""
    assert (len(found.rows), len(found.columns)) == (len(table.rows), len(table.columns)), table.id
    for name, row in zip(found.rows, table.rows, strict=True):
        for column, cell in zip(found.columns, row.cells, strict=True):
            read = found.cells[name, column]
            for number, one in ((cell.number, read.first), (cell.second, read.second)):
                if number is not None:
                    assert one is not None, (table.id, row.key)
                    meant = of_number(number)
                    lined = meant.underlined if underlined else one.underlined
                    assert one == replace(meant, underlined=lined), (table.id, row.key, column)
            if cell.second is None:
                assert read.second is None


@pytest.mark.parametrize("kind", ["booktabs", "siunitx"])
@pytest.mark.parametrize("paper", ["article", "neurips", "acl"])
def test_latex_is_read_back(
    kind: Literal["booktabs", "siunitx"], paper: Literal["article", "neurips", "acl"], reports: list[Report]
) -> None:
    """In panels or whole, padded or in S columns (where a number of fewer decimals than its column's has no line under it)."""
    for table, digest in tables(reports):
        [pasted] = tables_in(latex.render_table(table, digest, Typesetting(kind, paper)))
        found, lost = grid(pasted, pasted)
        assert (pasted.id, pasted.study, pasted.signature, lost) == (table.id, digest, table.signature, [])
        compare(table, found, underlined=kind == "booktabs")
        assert [row.key for row in found.rows.values()] == [row.key for row in table.rows]


def test_html_is_read_back(reports: list[Report]) -> None:
    for table, digest in tables(reports):
        compare(table, Page(html.render_table(table, digest)).tables[table.id])


def test_hostile_names_are_read_back(nasty: Report) -> None:
    for table, digest in tables([nasty]):
        [pasted] = tables_in(latex.render_table(table, digest, nasty.typesetting))
        compare(table, grid(pasted, pasted)[0])
        compare(table, Page(html.render_table(table, digest)).tables[table.id])


def wide_table(columns: int = 40, rows: int = 70) -> Table:
    """So wide and long that it is cut into panels of columns and pieces of rows; titles repeat under each spanner."""
    numbers = [
        [Cell(Number(10 * row + column / 10), Number(0.1 * column, signed=True)) for column in range(columns)] for row in range(rows)
    ]
    groups = tuple(
        RowGroup(
            f"Model {part}",
            tuple(Row(f"Row {row % 7}", tuple(numbers[row]), f"model-{part}/{row}") for row in range(part * 7, part * 7 + 7)),
        )
        for part in range(rows // 7)
    )
    titles = tuple(Column(f"{index % 4}", "acc", key=f"task-{index // 4}/{index % 4}") for index in range(columns))
    spanners = tuple(Spanner(f"Task {index}", 4 * index, 4 * index + 3) for index in range(columns // 4))
    return Table("wide", "Wide", "Caption.", "Row", titles, groups, spanners, second_title="gain")


def test_a_table_in_many_panels_is_one() -> None:
    table = wide_table()
    text = latex.render_table(table, "0123456789ab")
    assert text.count(r"\begin{tabular}") > 5  # panels and pieces
    [pasted] = tables_in(text)
    compare(table, grid(pasted, pasted)[0])


def test_columns_are_known_by_titles_and_keys() -> None:
    """A pasted table with columns taken out and turned around, whose titles repeat: spanners and keys tell them apart."""
    table = wide_table(columns=8, rows=7)
    [right] = tables_in(latex.render_table(table, "0123456789ab"))
    order = (4, 1, 0)
    fewer = replace(
        table,
        columns=tuple(table.columns[index] for index in order),
        groups=tuple(
            replace(group, rows=tuple(replace(row, cells=tuple(row.cells[index] for index in order)) for row in group.rows))
            for group in table.groups
        ),
        spanners=(),
    )
    [pasted] = tables_in(latex.render_table(fewer, "0123456789ab"))
    meant, _ = grid(right, right)
    found, lost = grid(pasted, right)
    assert lost == []
    assert set(found.columns.values()) == {"task-1/0", "task-0/1", "task-0/0"}
    assert list(differences(found, meant, "f", "wide", whole=False)) == []


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        (r"\textbf{62.4}$^{\dagger\mathrm{t}}$\phantom{$^{\mathrm{t}}$}", Shown("62.4", "†t", bold=True)),
        (r"{\bf 62.4}$^\dagger$", Shown("62.4", "†", bold=True)),
        (r"62.4\textsuperscript{t}", Shown("62.4", "t")),
        (r"\pm 0.4", Shown("±0.4")),
        (r"\stiltssmaller\bfseries{} \pm0.4", Shown("±0.4", bold=True)),
        ("$-12.3$", Shown("−12.3")),
        ("-12.3", Shown("−12.3")),
        (r"$-$12.3", Shown("−12.3")),
        (r"\underline{\textbf{1.0}}", Shown("1.0", bold=True, underlined=True)),
        (r"\stiltsgrey{+1.2}$^{\diamond}$", Shown("+1.2", "⋄", grey=True)),
        (r"\textcolor{gray}{+1.2}", Shown("+1.2", grey=True)),
        (r"$\pm$0.3", Shown("±0.3")),
        (r"\textendash{}$^{\mathrm{n}}$", Shown("–", "n")),
        (r"\parbox[t]{80pt}{\raggedright{}R\&D, 5~\%\strut}", Shown("R&D, 5 %")),
        (r"\stiltsother{ế}{e}", Shown("ế")),
        (r"pre-trained 2-3", Shown("pre-trained 2-3")),
        ("", Shown("")),
    ],
)
def test_a_cell_says_the_same_however_it_is_typed(cell: str, meant: Shown) -> None:
    assert shown(cell) == meant


@pytest.mark.parametrize("text", ['a_b & c % {d} #1 $x$ ~ ^ \\ | < > ` "q" …', "5 × 3 ≤ 20 ± 1 → ∞", "中文 עברית Tiếng", "naïve – so — it"])
def test_what_latex_escapes_is_read_as_it_was(text: str) -> None:
    from stiltsreport.report.formats.latex_text import latex as escaped

    assert plain(escaped(text)).translate(str.maketrans("“”", '""')) == text


def test_marks_alone_or_a_lost_second_number_are_differences() -> None:
    row = {"r": Page('<figure class="table" data-name="x"><table><tr><th scope=row>a<td>1</table></figure>').tables["x"]}["r"]
    name, column = next(iter(row.rows)), ("c", 0)

    def one(cell: ShownCell) -> Grid:
        return Grid(row.rows, {column: "c"}, {(name, column): cell})

    plain_cell, marked = ShownCell(Shown("1.0"), Shown("+0.1")), ShownCell(Shown("1.0", "†"))
    found = list(differences(one(marked), one(plain_cell), "f", "x", whole=True))
    assert [(item.what, item.shown, item.right) for item in found] == [("marks", "1.0†", "1.0"), ("second number", "", "+0.1")]
    grey = ShownCell(Shown("1.0", grey=True), Shown("+0.1"))
    assert list(differences(one(grey), one(plain_cell), "f", "x", whole=False)) == []
    assert [item.what for item in differences(one(grey), one(plain_cell), "f", "x", whole=True)] == ["grey"]


@pytest.mark.parametrize("key", sorted(METRICS))
def test_predictions_count_the_same_when_they_were_written(key: str) -> None:
    """JSON turns tuples into lists and keeps None: every metric gives the counts of the prediction as it was made."""
    examples: list[tuple[Any, Any]]
    if key.startswith(("span", "token")):
        examples = [(("B-PER", "I-PER", "O"), ("B-PER", "O", "O")), (("O",), ("O",)), (("NOUN", "VERB"), ("NOUN", "NOUN"))]
    elif key == "mining_f1":
        examples = [("de-1", ("de-1",)), (None, ()), (None, ("de-2",)), ("de-3", ())]
    elif key in ("map_20", "retrieval_accuracy"):
        examples = [(("a", "b", "c"), ("b", "z")), (("a",), ("a",)), ((), ("a",))]
    elif METRICS[key].counts[-1] == "questions":
        examples = [("The Eiffel Tower", ("Eiffel Tower", "tower")), ("", ()), ("the", ("a",))]
    else:
        examples = [("0", "0"), ("1", "0")]
    for prediction, gold in examples:
        written = json.loads(json.dumps({"prediction": prediction, "gold": gold}))
        count = METRICS[key].count
        assert count(written["prediction"], written["gold"], "en") == count(prediction, gold, "en")


def test_a_paper_without_our_tables_has_none() -> None:
    assert tables_in(r"\begin{tabular}{l} a \\ \end{tabular} % table of ours") == []
