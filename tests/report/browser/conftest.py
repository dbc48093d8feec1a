"""A browser, and pages in it that must stay silent: no error, no warning, no request."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]
SECONDS = 20  # a loaded machine is slow
Visit = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install playwright")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any, folder: Path) -> Iterator[Visit]:
    """Opens report.html, or another file, at a fragment; afterwards no page may have complained or asked for anything."""
    troubles: list[str] = []
    contexts = []

    def opened(fragment: str = "", *, width: int = 1280, file: Path | None = None, before: str = "", **settings: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 800}, offline=True, **settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * SECONDS)
        page.on("console", lambda message: troubles.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else troubles.append(request.url))
        if before:
            page.add_init_script(before)
        page.goto((file or folder / "report.html").as_uri() + fragment)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def wait_until(page: Any, expression: str) -> None:
    """Until it is true. Playwright's own wait evaluates text in the page, which the page's policy forbids."""
    deadline = time.monotonic() + SECONDS
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


TEXT = """(cell) => { const copy = cell.cloneNode(true);
    if (!cell.closest("figure").classList.contains("across")) copy.querySelectorAll(".of").forEach((group) => group.remove());
    return copy.textContent.trim(); }"""  # not innerText, which is empty while a table is far from view and not laid out


def lines(page: Any, table: str, column: int = 0) -> list[str]:
    """The texts of a column's visible cells, in their order; of the stubs for 0."""
    found = page.evaluate(
        f"""([table, column]) => [...document.querySelectorAll(`#table-${{table}} tbody tr:not(.group)`)]
            .filter((row) => row.checkVisibility()).map((row) => ({TEXT})(row.cells[column]))""",
        [table, column],
    )
    return [str(text) for text in found]


def heads(page: Any, table: str) -> list[str]:
    """The titles of a table's visible columns."""
    found = page.evaluate(
        """(table) => [...document.querySelectorAll(`#table-${table} thead tr:last-child th`)]
            .filter((head) => head.checkVisibility()).map((head) => (head.querySelector("button") ?? head).firstChild.data)""",
        table,
    )
    return [str(text) for text in found]


def stands(page: Any, selector: str) -> bool:
    """Whether the element is a part of the page as laid out, in view or not."""
    return bool(page.evaluate("(selector) => document.querySelector(selector).checkVisibility()", selector))
