"""Copies of a table: LaTeX as written, CSV and Markdown of what is in view; all of it where nothing is filtered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stiltsreport.report.document import Report
from stiltsreport.report.formats import csv, markdown
from stiltsreport.report.formats.html import render_html
from tests.report.browser.conftest import Visit

CATCH = "window.copied = []; Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { copied.push(text); }}});"


def copied(page: Any, table: str, form: str) -> str:
    return str(
        page.evaluate(
            """async ([table, form]) => {
                copied.length = 0;
                document.querySelector(`#table-${table} button[aria-label="Copy the table as ${form}"]`).click();
                while (!copied.length) await new Promise((go) => setTimeout(go, 5));
                return copied[0];
            }""",
            [table, form],
        )
    )


def test_every_table_s_csv_and_markdown_are_those_of_the_formats(visit: Visit, report: Report) -> None:
    page = visit(before=CATCH)
    for table in report.tables:
        if table.rows:
            assert copied(page, table.id, "CSV") == csv.render_table(table), table.id
            assert copied(page, table.id, "Markdown") == markdown.render_table(table), table.id


def test_hostile_words_come_through(visit: Visit, nasty: Report, tmp_path: Path) -> None:
    """But for U+0000, which no HTML can hold."""
    file = tmp_path / "nasty.html"
    file.write_text(render_html(nasty), encoding="utf-8")
    page = visit(file=file, before=CATCH)
    compared = 0
    for table in nasty.tables:
        if table.rows and "\0" not in csv.render_table(table) + markdown.render_table(table):
            compared += 1
            assert copied(page, table.id, "CSV") == csv.render_table(table), table.id
            assert copied(page, table.id, "Markdown") == markdown.render_table(table), table.id
    assert compared > 10


def test_latex_is_the_file_s(visit: Visit, folder: Path, report: Report) -> None:
    page = visit(before=CATCH)
    for table in report.tables:
        if table.rows:
            assert copied(page, table.id, "LaTeX").strip() == (folder / "tables" / f"{table.id}.tex").read_text(encoding="utf-8").strip()


def test_through_the_clipboard_itself(visit: Visit, report: Report) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.click("#table-xtreme button[aria-label='Copy the table as CSV']")
    page.wait_for_selector("#said.seen")
    assert page.inner_text("#said") == "Copied: the table as CSV."
    table = next(table for table in report.tables if table.id == "xtreme")
    assert page.evaluate("navigator.clipboard.readText()") == csv.render_table(table)


def test_a_copy_is_what_is_in_view(visit: Visit) -> None:
    page = visit(before=CATCH)
    page.click("#filters .opener")
    page.check("#choices label:has(span:text-is('XLM-R base')) input")
    page.check("#choices label:has(span:text-is('Retrieval')) input")
    page.locator("#table-xtreme .tools select").first.select_option(label="gains")
    page.click("#table-xtreme thead tr:last-child th:nth-child(1) button")
    lines = copied(page, "xtreme", "CSV").splitlines()
    assert lines[0] == "group,Intermediate,Tatoeba (acc): gain,Average (5 tasks): gain"
    assert [line.split(",")[1] for line in lines[1:]] == ["none", "HellaSwag", "MNLI", "SQuAD 1.1"]
    assert lines[1] == "XLM-R base,none,,"
    marked = copied(page, "xtreme", "Markdown")
    assert "mE5-small**" not in marked
    assert "Left out by a filter: rows 4, columns 5." in marked


@pytest.mark.parametrize("form", ["CSV", "Markdown"])
def test_a_copy_says_of_which_seed_it_is(visit: Visit, form: str) -> None:
    page = visit(before=CATCH)
    page.locator("#table-languages-xnli .tools select").first.select_option(label="one seed")
    page.wait_for_selector("#table-languages-xnli .tools select:has(option[value='2'])")
    page.locator("#table-languages-xnli .tools select:has(option[value='2'])").select_option("2")
    page.wait_for_timeout(50)
    assert "seed 2" in copied(page, "languages-xnli", form)
