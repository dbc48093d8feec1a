"""What is in view as a link: filters and sorts in the page's address, and figures under the filters."""

from __future__ import annotations

from tests.report.browser.conftest import Visit, heads, lines, stands, wait_until


def fragment(page: object) -> str:
    return str(page.evaluate("location.hash"))  # type: ignore[attr-defined]


def test_a_link_shows_what_was_in_view(visit: Visit) -> None:
    page = visit()
    columns = heads(page, "xtreme")
    page.click("#filters .opener")
    page.check("#choices label:has(span:text-is('MNLI')) input")
    page.check("#choices label:has(span:text-is('Retrieval')) input")
    page.fill("#filters input[type=search]", "n")
    page.click("#table-xtreme thead tr:last-child th:last-child button")
    last = len(columns) - 1
    address = fragment(page)
    assert address == f"#?arm=mnli&group=Retrieval&rows=n&sort=table-xtreme:{last}:ascending"
    other = visit(address)
    wait_until(other, "!document.querySelector('#filters .clear').hidden")
    for table in ("xtreme", "gains"):
        assert (lines(other, table), heads(other, table)) == (lines(page, table), heads(page, table))
    assert other.input_value("#filters input[type=search]") == "n"
    assert other.get_attribute("#table-xtreme th[aria-sort]", "aria-sort") == "ascending"
    other.click("#filters .opener")
    assert other.is_checked("#choices label:has(span:text-is('MNLI')) input")
    other.click("#filters .clear")
    assert fragment(other) == f"#?sort=table-xtreme:{last}:ascending"


def test_a_link_to_a_cell_and_to_what_is_in_view_at_once(visit: Visit) -> None:
    page = visit("#table-xtreme:xlmr-base/mnli|xnli/*?model=xlmr-base")
    wait_until(page, "document.querySelector('td.linked') !== null")
    assert set(page.evaluate("[...document.querySelectorAll('#table-xtreme tbody')].map((body) => body.hidden)")) == {True, False}
    assert page.text_content("#asked .of") is not None
    page.evaluate("location.hash = '#table-gains'")
    wait_until(page, "location.hash === '#table-gains?model=xlmr-base'")


def test_what_a_link_names_and_the_report_lacks_is_said(visit: Visit) -> None:
    page = visit("#?model=xlmr-base,gone&constructor=x&__proto__=y&sort=table-none:1:ascending&sort=table-xtreme:length:ascending&rows=%zz")
    wait_until(page, "document.querySelector('#said').textContent.startsWith('The link names')")
    assert page.input_value("#filters input[type=search]") == "%zz"
    assert page.inner_text("#filters .state .on") == "Model: XLM-R base; Rows named “%zz”"


def veiled(page: object, figure: str) -> list[str]:
    return sorted(
        page.evaluate(  # type: ignore[attr-defined]
            "(name) => [...document.querySelectorAll(`#figure-${name} .veils .on`)].map((one) => `${one.parentElement.dataset.kind} ${one.dataset.name}`)",
            figure,
        )
    )


def test_figures_follow_the_filters(visit: Visit) -> None:
    page = visit()
    assert page.locator("figure.picture .veils .on").count() == 0
    page.click("#filters .opener")
    page.check("#choices label:has(span:text-is('MNLI')) input")
    assert veiled(page, "heatmap") == ["arm hellaswag", "arm squad"]
    assert veiled(page, "gains") == ["arm hellaswag", "arm squad"]
    page.check("#choices label:has(span:text-is('Retrieval')) input")
    assert {name for name in veiled(page, "heatmap") if name.startswith("target")} == {
        "target pawsx", "target udpos", "target xnli", "target xquad",
    }  # fmt: skip
    assert page.text_content("#figure-profile-xlmr-base > .none") == "This figure is not filtered by group of targets."
    page.check("#choices label:has(span:text-is('XLM-R base')) input")
    assert not stands(page, "#figure-profile-multilingual-e5-small .scroll")
    assert page.text_content("#figure-profile-multilingual-e5-small > .none") == "The filter hides this figure."
    assert stands(page, "#figure-profile-xlmr-base .scroll")
    page.check("#choices label:has(span:text-is('Niger-Congo')) input")
    assert "language sw" not in veiled(page, "profile-xlmr-base")
    assert "language de" in veiled(page, "profile-xlmr-base")
    page.click("#filters .clear")
    assert page.locator("figure.picture .veils .on").count() == 0
    assert page.locator("figure.picture > .none:not([hidden])").count() == 0
