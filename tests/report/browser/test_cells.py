"""What stands behind a number: by mouse, keyboard and touch; and links that open the page at a cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stiltsreport.report.document import Report
from tests.report.browser.conftest import Visit, lines, stands, wait_until

CELL = "#table-xtreme tbody:nth-of-type(2) tr:nth-child(3) td:nth-child(3)"  # XLM-R base after MNLI on PAWS-X
LINK = "#table-xtreme:xlmr-base/mnli|pawsx/*"


@pytest.fixture
def expected(report: Report) -> list[tuple[str, str]]:
    """What that cell has to say."""
    table = next(table for table in report.tables if table.id == "xtreme")
    return next(
        list(cell.details)
        for row in table.rows
        for cell, column in zip(row.cells, table.columns, strict=True)
        if table.address(row, column) == "xlmr-base/mnli|pawsx/*"
    )


def told(page: Any) -> list[tuple[str, str]]:
    page.wait_for_selector("#asked:not([hidden])")
    pairs = page.eval_on_selector_all("#asked dl > div", "(all) => all.map((one) => [...one.children].map((part) => part.textContent))")
    return [(label, text) for label, text in pairs]


def test_by_mouse(visit: Visit, expected: list[tuple[str, str]]) -> None:
    page = visit()
    page.hover(CELL)
    assert sorted(told(page)) == sorted(expected)
    assert page.inner_text("#asked > .of") == "XLM-R base · MNLI · PAWS-X"
    box, cell = page.locator("#asked").bounding_box(), page.locator(CELL).bounding_box()
    assert box["y"] >= cell["y"] + cell["height"] or box["y"] + box["height"] <= cell["y"]  # near the cell, and not over it
    page.mouse.move(5, 5)
    page.wait_for_selector("#asked", state="hidden")


def test_the_mouse_can_reach_the_card(visit: Visit) -> None:
    page = visit()
    page.hover(CELL)
    told(page)
    page.hover("#asked")
    page.wait_for_timeout(500)
    page.click("#asked summary")
    assert "seeds:" in page.inner_text("#asked code")


def test_a_click_pins_and_another_closes(visit: Visit, expected: list[tuple[str, str]]) -> None:
    page = visit()
    page.click(CELL)
    assert sorted(told(page)) == sorted(expected)
    page.mouse.move(5, 5)
    page.wait_for_timeout(500)
    assert page.locator("#asked").is_visible()
    page.click(CELL)
    assert not page.locator("#asked").is_visible()


def test_by_touch(visit: Visit, expected: list[tuple[str, str]]) -> None:
    page = visit(width=360, has_touch=True)
    page.locator(CELL).scroll_into_view_if_needed()
    page.tap(CELL)
    assert sorted(told(page)) == sorted(expected)
    box = page.locator("#asked").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    cell = page.locator(CELL).bounding_box()
    assert cell["y"] + cell["height"] <= box["y"]  # not covered


def test_by_keyboard(visit: Visit) -> None:
    page = visit()
    page.focus("#table-xtreme .scroll")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    wait_until(page, "document.querySelector('#asked > .of')?.textContent === 'mE5-small · MNLI · PAWS-X'")
    wait_until(page, "document.getElementById('said').textContent.startsWith('mE5-small · MNLI · PAWS-X. mean: ')")  # aloud
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.textContent") == "PAWS-Xacc"  # the column's head, which sorts
    page.keyboard.press("Escape")
    assert not page.locator("#asked").is_visible()
    assert page.evaluate("document.activeElement.className") == "scroll"


def test_the_cell_in_focus_is_not_behind_the_row_s_name(visit: Visit) -> None:
    page = visit(width=360)
    page.focus("#table-xtreme .scroll")
    page.keyboard.press("Enter")
    for key in ["ArrowRight"] * 4 + ["ArrowLeft"] * 3:
        page.keyboard.press(key)
        left, stub, right, box = page.evaluate(
            """() => { const cell = document.activeElement, box = cell.closest(".scroll").getBoundingClientRect();
                return [cell.getBoundingClientRect().left, cell.parentElement.cells[0].getBoundingClientRect().right,
                    cell.getBoundingClientRect().right, box.right]; }"""
        )
        assert left >= stub - 1
        assert right <= box + 1


def test_every_cell_says_its_own(visit: Visit, report: Report) -> None:
    """Of the table that is sorted and filtered too: a cell's details go with it."""
    page = visit()
    page.click("#table-languages-xnli thead tr:last-child th:nth-child(3) button")
    page.fill("#filters input[type=search]", "n")
    table = next(table for table in report.tables if table.id == "languages-xnli")
    for group in table.groups:
        for row in group.rows:
            if "n" not in row.stub.lower():
                continue
            cell = page.locator(
                f"#table-languages-xnli tbody:has(.group:has-text('{group.title}')) tr:has(th:text-is('{row.stub}')) td"
            ).nth(3)
            cell.click()
            assert sorted(told(page)) == sorted(row.cells[3].details)


def test_a_typed_link_opens_the_page_at_its_cell(visit: Visit, expected: list[tuple[str, str]]) -> None:
    page = visit(LINK)
    assert sorted(told(page)) == sorted(expected)
    cell = page.locator("td.linked")
    assert cell.evaluate("(cell) => cell.parentElement.cells[0].textContent") == "MNLI"
    box = cell.bounding_box()
    assert 0 <= box["y"] <= 800


def test_a_copied_link_opens_the_same_cell(visit: Visit, folder: Path) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.click(CELL)
    told(page)
    page.click("#asked button:has-text('Copy link')")
    wait_until(page, "document.getElementById('said').textContent === 'Copied: the link to this cell.'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith((folder / "report.html").as_uri())
    again = visit("#" + copied.partition("#")[2])
    told(again)
    assert again.inner_text("#asked > .of") == "XLM-R base · MNLI · PAWS-X"


def test_a_link_clears_the_filter_that_hides_its_cell(visit: Visit) -> None:
    page = visit()
    page.fill("#filters input[type=search]", "SQuAD")
    assert set(lines(page, "xtreme")) == {"SQuAD 1.1"}
    page.evaluate(f"location.hash = '{LINK}'")
    told(page)
    assert page.inner_text("#said") == "The filter hid the cell of this link: it is cleared."
    assert "none" in lines(page, "xtreme")


def test_a_link_into_a_metric_that_is_not_shown(visit: Visit) -> None:
    page = visit("#table-languages-xquad-f1:xlmr-base/squad|xquad/es%3Af1")
    told(page)
    assert page.inner_text("#asked > .of") == "XLM-R base · SQuAD 1.1 · es"
    assert not stands(page, "#table-languages-xquad")


def test_a_link_to_nowhere_says_so(visit: Visit) -> None:
    page = visit("#table-xtreme:xlmr-base/none-such|xnli/*")
    wait_until(page, "document.getElementById('said').textContent === 'The cell of this link is not in this report.'")


def test_plain_links_go_on_working(visit: Visit) -> None:
    for fragment in ("#table-typology", "#section-ledger", "#table-languages-xquad-exact-match"):
        page = visit(fragment)
        top = page.evaluate("(id) => document.getElementById(id).getBoundingClientRect().top", fragment[1:])
        assert 0 <= top < 200, fragment
