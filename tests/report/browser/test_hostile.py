"""Names that would be markup if anything let them: in filters, in details, in what is said."""

from __future__ import annotations

from pathlib import Path

from stiltsreport.report.document import Report
from stiltsreport.report.formats.html import render_html
from tests.report.browser.conftest import Visit
from tests.report.hostile import HOSTILE


def test_text_stays_text(visit: Visit, nasty: Report, tmp_path: Path) -> None:
    file = tmp_path / "nasty.html"
    file.write_text(render_html(nasty), encoding="utf-8")
    page = visit(file=file, before="window.alert = () => { document.title = 'alerted'; };")
    elements = page.evaluate("document.querySelectorAll('script, style, b, input').length")
    page.click("#filters .opener")
    page.wait_for_selector("#choices fieldset")
    labels = page.locator("#choices label").all_inner_texts()
    assert any(HOSTILE[1] in label for label in labels)
    for box in page.locator("#choices input").all()[:6]:
        box.check()
    page.click("#filters .clear")
    page.fill("#filters input[type=search]", HOSTILE[0])
    assert HOSTILE[0] in page.inner_text("#filters .state")
    page.click("#filters .clear")
    page.click("#filters .opener")
    asked = []
    for cell in page.locator("#table-tuning td, #table-models td, #table-gaps td").all()[:40]:
        cell.click()
        asked.append(page.inner_text("#asked"))
    assert any("<script>" in text or "</style>" in text for text in asked)
    boxes = page.locator("#choices input").count()
    assert page.evaluate("document.querySelectorAll('script, style, b, input').length") == elements + boxes
    assert page.title() != "alerted"
