"""Rows and columns: sorted, filtered."""

from __future__ import annotations

from pathlib import Path

import pytest

from stiltsreport.report.document import Cell, Column, Number, Report, Row, RowGroup, Section, Table
from stiltsreport.report.formats.html import render_html
from tests.report.browser.conftest import Visit, heads, lines, stands


def head(table: str, place: int) -> str:
    return f"#table-{table} thead tr:last-child th:nth-child({place}) button"


def ordered(table: Table, place: int, *, reverse: bool) -> list[str]:
    """Stubs as they should stand, in each group: the baseline, the others by what is shown, missing results last."""
    found = []
    for group in table.groups:
        shown = [(float(row.cells[place].number.text), row.stub) for row in group.rows if row.cells[place].number and not row.baseline]  # type: ignore[union-attr]
        missing = [row.stub for row in group.rows if row.cells[place].number is None]
        found += [row.stub for row in group.rows if row.baseline]
        found += [stub for _, stub in sorted(shown, key=lambda one: one[0], reverse=reverse)] + missing
    return found


def test_a_head_sorts_up_and_down_and_back(visit: Visit, report: Report) -> None:
    page = visit()
    table = next(table for table in report.tables if table.id == "xtreme")
    place = [column.title for column in table.columns].index("PAWS-X")
    assert any(row.cells[place].missing for row in table.rows)
    original = lines(page, "xtreme")
    for direction in ("ascending", "descending"):
        page.click(head("xtreme", place + 2))
        assert lines(page, "xtreme") == ordered(table, place, reverse=direction == "descending")
        assert page.get_attribute("#table-xtreme th[aria-sort]", "aria-sort") == direction
    page.click(head("xtreme", place + 2))
    assert lines(page, "xtreme") == original
    assert page.locator("#table-xtreme th[aria-sort]").count() == 0


def test_sorting_by_keyboard(visit: Visit) -> None:
    page = visit()
    page.focus(head("xtreme", 1))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.text_content("#table-xtreme th[aria-sort=ascending]").startswith("PAWS-X")
    assert page.text_content("#said") == "Sorted by PAWS-X, ascending."


def test_sorting_over_all_groups(visit: Visit, report: Report) -> None:
    page = visit()
    table = next(table for table in report.tables if table.id == "xtreme")
    page.check("#table-xtreme input[type=checkbox]")
    page.click(head("xtreme", 2))
    rows = [
        (float(row.cells[0].number.text), f"{group.title} · {row.stub}")
        for group in table.groups
        for row in group.rows
        if row.cells[0].number
    ]
    assert lines(page, "xtreme") == [name for _, name in sorted(rows, key=lambda one: one[0])]
    page.uncheck("#table-xtreme input[type=checkbox]")
    assert lines(page, "xtreme")[:1] == ["none"]


TEXTS = ["−3", "−0.25", "< .001", ".031", "0.5", "+1", "35 s", "1.2 h", "2 d", "1,070,000", "2M", "1.5B", " ", ""]


def test_numbers_of_all_kinds_sort_by_their_value(visit: Visit, tmp_path: Path) -> None:
    cells = [Cell(text=text, details=()) for text in TEXTS]
    cells[4] = Cell(Number(0.5, half_width=True))
    shuffled = [cells[place] for place in (5, 13, 0, 8, 3, 11, 6, 1, 12, 4, 9, 2, 10, 7)]
    table = Table(
        "odd", "Odd", "", "row", (Column("value"),), (RowGroup("", tuple(Row(str(cells.index(cell)), (cell,)) for cell in shuffled)),)
    )
    file = tmp_path / "odd.html"
    file.write_text(render_html(Report("Odd", "", (), (Section("odd", "Odd", (table,)),), (), "", "1")), encoding="utf-8")
    page = visit(file=file)
    page.click(head("odd", 2))
    assert lines(page, "odd")[:12] == [str(place) for place in range(12)]
    page.click(head("odd", 2))
    assert lines(page, "odd")[:12] == [str(place) for place in reversed(range(12))]
    assert set(lines(page, "odd")[12:]) == {"12", "13"}  # blank and missing: last in both directions


@pytest.mark.parametrize(
    ("choice", "table", "stubs", "columns"),
    [
        ("XLM-R base", "xtreme", ["none", "MNLI", "SQuAD 1.1", "HellaSwag"], None),
        ("MNLI", "xtreme", ["none", "MNLI"] * 2, None),
        ("Retrieval", "xtreme", None, ["Intermediate", "Tatoeba", "Average"]),
        ("Niger-Congo", "languages-xnli", None, ["Intermediate", "mean", "sw"]),
        ("Niger-Congo", "typology", ["Swahili (sw)"] * 2, None),
        ("Han", "languages-xquad", None, ["Intermediate", "mean", "zh"]),
        ("Retrieval", "averages", None, None),
    ],
)  # fmt: skip
def test_a_choice_leaves_what_it_names(visit: Visit, choice: str, table: str, stubs: list[str] | None, columns: list[str] | None) -> None:
    page = visit()
    rows, titles = lines(page, table), heads(page, table)
    page.click("#filters .opener")
    page.check(f"#choices label:has(span:text-is('{choice}')) input")
    assert lines(page, table) == (rows if stubs is None else stubs)
    assert heads(page, table) == (titles if columns is None else columns)
    hidden = page.evaluate(
        """() => [document.querySelectorAll("figure.table tbody tr[hidden]:not(.group)").length,
            document.querySelectorAll("figure.table thead tr:last-child th[hidden]").length]"""
    )
    said = "{:,} row{}, {:,} column{} hidden".format(*(part for count in hidden for part in (count, "" if count == 1 else "s")))
    assert said in page.inner_text("#filters .state")
    assert choice in page.inner_text("#filters .state .on")
    page.click("#filters .clear")
    assert lines(page, table) == rows
    assert heads(page, table) == titles
    assert page.locator("figure.table :is(tbody, tr, th, td)[hidden]").count() == 0


def test_spanners_and_rows_stay_in_step(visit: Visit) -> None:
    """However columns are hidden, every line of a table is as wide as its head."""
    page = visit()
    page.click("#filters .opener")
    for choice in ("QA", "Retrieval", "Niger-Congo", "MNLI"):
        page.check(f"#choices label:has(span:text-is('{choice}')) input")
        widths = page.evaluate(
            """() => [...document.querySelectorAll("figure.table table")].map((table) => [...new Set([...table.rows].filter((row) => !row.hidden)
                .map((row) => [...row.cells].filter((cell) => !cell.hidden).reduce((sum, cell) => sum + cell.colSpan, 0)))])"""
        )
        assert all(len(found) == 1 for found in widths), choice


def test_a_table_without_a_row_left_says_so(visit: Visit) -> None:
    page = visit()
    page.fill("#filters input[type=search]", "no such row")
    assert lines(page, "xtreme") == []
    assert page.locator("#table-xtreme > .none").text_content() == "The filter hides all of this table."
    page.click("#filters .clear")
    assert not stands(page, "#table-xtreme > .none")
    assert page.input_value("#filters input[type=search]") == ""


def test_sorting_keeps_what_is_filtered(visit: Visit) -> None:
    page = visit()
    page.fill("#filters input[type=search]", "squad")
    page.click(head("xtreme", 2))
    assert lines(page, "xtreme") == ["SQuAD 1.1"] * 2
