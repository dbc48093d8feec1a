"""report.html in a real browser: no request, no error, no page that scrolls sideways; cells by keyboard, copying, dark mode."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install playwright")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def opened(browser: Any, folder: Path, width: int, **settings: Any) -> tuple[Any, list[str]]:
    context = browser.new_context(viewport={"width": width, "height": 800}, offline=True, **settings)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else troubles.append(request.url))
    page.goto((folder / "report.html").as_uri())
    return page, troubles


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_the_page_never_scrolls_sideways(browser: Any, folder: Path, width: int) -> None:
    page, troubles = opened(browser, folder, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert troubles == []


def test_cells_by_keyboard(browser: Any, folder: Path) -> None:
    page, troubles = opened(browser, folder, 1200)
    page.focus("#table-xtreme .scroll")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    asked = page.locator("#asked")
    assert asked.is_visible()
    assert asked.inner_text().startswith("MNLI · PAWS-X\nmean: ")
    page.keyboard.press("Escape")
    assert not asked.is_visible()
    assert page.evaluate("document.activeElement.className") == "scroll"
    assert troubles == []


def test_copying_a_table(browser: Any, folder: Path) -> None:
    page, troubles = opened(browser, folder, 1200, permissions=["clipboard-read", "clipboard-write"])
    page.click("#table-xtreme button[aria-label='Copy the table as LaTeX']")
    page.wait_for_selector("#table-xtreme button.done")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == (folder / "tables" / "xtreme.tex").read_text(encoding="utf-8").strip()
    assert troubles == []


def test_without_javascript_it_is_a_readable_document(browser: Any, folder: Path) -> None:
    page, _ = opened(browser, folder, 1200, java_script_enabled=False)
    assert page.locator("button").count() == 0
    page.click("#table-xtreme details summary")
    assert page.locator("#table-xtreme pre").first.is_visible()


def test_dark_pages_are_dark(browser: Any, folder: Path) -> None:
    page, _ = opened(browser, folder, 1200, color_scheme="dark")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")) < 64
    assert "base64" in page.evaluate("document.querySelector('picture img').currentSrc.slice(0, 40)")
