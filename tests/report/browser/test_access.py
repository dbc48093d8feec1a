"""No serious finding by axe: light and dark, narrow and wide, with the filter open and a card shown, and without JavaScript."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser.conftest import Visit


def findings(page: Any) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install axe-playwright-python")
    found = axe.Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1440])
def test_with_everything_open(visit: Visit, width: int, scheme: str) -> None:
    page = visit("#table-xtreme:xlmr-base/mnli|pawsx/*", width=width, color_scheme=scheme)
    page.wait_for_selector("#asked:not([hidden])")
    page.click("#filters .opener")
    page.wait_for_selector("#choices fieldset")
    page.click("#table-xtreme thead tr:last-child th:nth-child(2) button")
    page.click("#table-xtreme tbody tr:nth-child(3) td:nth-child(2)")
    page.wait_for_selector("#asked:not([hidden])")
    assert findings(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_its_script(visit: Visit, folder: Path, tmp_path: Path, scheme: str) -> None:
    """The script taken out, since axe itself needs a browser that runs some."""
    bare = re.sub(r'<script type="module">.*?</script>', "", (folder / "report.html").read_text(encoding="utf-8"), flags=re.DOTALL)
    file = tmp_path / "bare.html"
    file.write_text(bare, encoding="utf-8")
    page = visit(file=file, width=768, color_scheme=scheme)
    assert page.locator("button").count() == 0
    assert findings(page) == []
