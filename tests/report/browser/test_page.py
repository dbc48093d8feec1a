"""report.html as a page: no request, no error, nothing sideways; dark, printed, without JavaScript, with an old browser."""

from __future__ import annotations

import pytest

from stiltsreport.report.document import Report
from tests.report.browser.conftest import Visit, lines, stands


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_the_page_never_scrolls_sideways(visit: Visit, width: int) -> None:
    page = visit(width=width)
    page.click("#filters .opener")
    page.wait_for_selector("#choices fieldset")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_it_is_a_readable_document(visit: Visit, report: Report) -> None:
    page = visit(java_script_enabled=False)
    assert page.locator("button, select, input").count() == 0
    assert not page.locator(".tools").first.is_visible()
    for table in report.tables:
        assert stands(page, f"figure.table[data-name='{table.id}'] table")
    assert lines(page, "xtreme") == [row.stub for table in report.tables if table.id == "xtreme" for row in table.rows]


def test_dark_pages_are_dark(visit: Visit) -> None:
    page = visit(color_scheme="dark")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")) < 64


def test_on_paper_everything_stands(visit: Visit, report: Report) -> None:
    page = visit()
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible()
    assert not page.locator(".tools").first.is_visible()
    for table in report.tables:
        assert stands(page, f"figure.table[data-name='{table.id}'] table")
    hidden = page.evaluate("[...document.querySelectorAll('.long')].filter((box) => box.scrollHeight > box.clientHeight + 1).length")
    assert hidden == 0


def test_long_tables_scroll_in_their_box_until_opened(visit: Visit, report: Report) -> None:
    table = max(report.tables, key=lambda one: len(one.rows))
    assert len(table.rows) > 24
    page = visit(f"#table-{table.id}")
    box = page.locator(f"#table-{table.id} .scroll")
    heights = "(box) => [box.clientHeight, box.scrollHeight]"
    shown, whole = box.evaluate(heights)
    assert shown < whole
    assert shown <= 0.8 * 800
    page.click(f"#table-{table.id} .more")
    shown, whole = box.evaluate(heights)
    assert shown == whole


def test_a_browser_that_cannot_unpack_says_so(visit: Visit) -> None:
    page = visit(before="delete window.DecompressionStream")
    page.click("#table-xtreme tbody tr:nth-child(3) td:nth-child(3)")
    page.wait_for_selector("#said.seen")
    assert page.inner_text("#said") == "This browser cannot unpack the details of this report; a newer one can."
    assert not page.locator("#asked").is_visible()


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_jumps_when_the_script_starts(visit: Visit, width: int) -> None:
    """What the script adds has its room before it runs: no layout shift, in the browser's own measure."""
    page = visit("#table-xtreme", width=width, before=SHIFTS)
    page.wait_for_timeout(300)
    assert page.evaluate("shifts") < 0.01


SHIFTS = """window.shifts = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries()) shifts += one.value; }).observe({ type: "layout-shift", buffered: true });"""
