"""Views of a table's cells, and tables of one target by several metrics."""

from __future__ import annotations

import re
from typing import Any

from stiltsreport.report.document import Report, Table
from tests.report.browser.conftest import Visit, stands

ID = "languages-xnli"


def cells(page: Any, table: str) -> list[list[str]]:
    found = page.evaluate(
        """(table) => [...document.querySelectorAll(`#table-${table} tbody tr:not(.group)`)].map((row) => [...row.cells].slice(1)
            .map((cell) => { const copy = cell.cloneNode(true); copy.querySelectorAll("sup").forEach((sign) => sign.remove()); return copy.textContent.trim(); }))""",
        table,
    )
    return [[str(text) for text in row] for row in found]


def table_of(report: Report, name: str = ID) -> Table:
    return next(table for table in report.tables if table.id == name)


def test_means_gains_and_both(visit: Visit, report: Report) -> None:
    page = visit()
    rows = table_of(report).rows
    first = [[cell.number.text if cell.number else "–" for cell in row.cells] for row in rows]
    second = [[cell.second.text if cell.second else "" for cell in row.cells] for row in rows]
    both = [[one + two for one, two in zip(*pair, strict=True)] for pair in zip(first, second, strict=True)]
    assert cells(page, ID) == both
    views = page.locator(f"#table-{ID} .tools select").first
    for name, expected in (("means", first), ("gains", second), ("means", first), ("means and gains", both)):
        views.select_option(label=name)
        assert cells(page, ID) == expected, name


def test_one_seed_s_values(visit: Visit, report: Report) -> None:
    page = visit()
    page.locator(f"#table-{ID} .tools select").first.select_option(label="one seed")
    seeds = page.locator(f"#table-{ID} .tools label:has-text('seed') select").last
    page.wait_for_selector(f"#table-{ID} .tools select:has(option[value='4'])")
    seeds.select_option("4")
    page.wait_for_timeout(50)
    expected = [[re.findall(r"4: ([\d.]+)", dict(cell.details)["seeds"])[0] for cell in row.cells] for row in table_of(report).rows]
    assert cells(page, ID) == expected


def test_a_seed_that_is_missing_is_shown_as_missing(visit: Visit) -> None:
    """HellaSwag lacks Finnish POS in seed 3."""
    page = visit()
    page.locator("#table-languages-udpos .tools label:has(span:text-is('Show')) select").select_option(label="one seed")
    page.wait_for_selector("#table-languages-udpos .tools select:has(option[value='3'])")
    page.locator("#table-languages-udpos .tools select:has(option[value='3'])").select_option("3")
    page.wait_for_timeout(50)
    assert cells(page, "languages-udpos")[3][2] == "–"
    assert page.locator("#table-languages-udpos tbody:first-of-type tr:nth-child(5) td:nth-child(4)").get_attribute("class") == "m"


def test_sorting_goes_by_what_is_in_view(visit: Visit, report: Report) -> None:
    page = visit()
    page.locator("#table-xtreme .tools select").first.select_option(label="gains")
    page.click("#table-xtreme thead tr:last-child th:nth-child(2) button")
    group = table_of(report, "xtreme").groups[0]
    gains = sorted(row.cells[0].second.value for row in group.rows if row.cells[0].second)
    assert [row[0] for row in cells(page, "xtreme")][1:4] == [f"{gain:+.1f}".replace("-", "−") for gain in gains]


def test_metrics_of_one_target_take_turns(visit: Visit) -> None:
    page = visit()
    family = ["languages-xquad", "languages-xquad-exact-match", "languages-xquad-f1"]
    visible = lambda: [name for name in family if stands(page, f"#table-{name}")]  # noqa: E731
    assert visible() == family[:1]
    for shown, label, then in (("languages-xquad", "EM", 1), ("languages-xquad-exact-match", "F1", 2), ("languages-xquad-f1", "F1/EM", 0)):
        page.locator(f"#table-{shown} .metric select").select_option(label=label)
        assert visible() == [family[then]]
        assert page.evaluate("document.activeElement.closest('figure').id") == f"table-{family[then]}"
