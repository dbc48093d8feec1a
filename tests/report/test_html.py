"""report.html: one sound page that asks for nothing."""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from stiltsreport.report.document import Report

VOID = {"meta", "link", "br", "img", "source", "hr", "input"}
IMPLIED = ("p", "td", "th", "tr", "tbody")  # whose end tags a table does without
CLOSES = {"td": IMPLIED[:3], "th": IMPLIED[:3], "tr": IMPLIED[:4], "tbody": IMPLIED}


class Page(HTMLParser):
    """Elements with their attributes, checked for nesting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        while self.open and self.open[-1] in CLOSES.get(tag, ()):
            self.open.pop()
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag == "table" and self.open[-1] in IMPLIED:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text.setdefault(self.open[-1], []).append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def source(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_it_asks_for_nothing_outside(source: str, page: Page) -> None:
    for _, attributes in page.elements:
        for name in ("src", "srcset", "href", "action", "data"):
            if name in attributes:
                assert attributes[name].startswith(("#", "data:")), attributes
    assert "@import" not in source
    assert not re.search(r"url\((?!#)", source)


def test_its_security_policy_allows_its_own_style_and_script_alone(page: Page) -> None:
    policy = next(one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert [one.get("type", "") for one in page.all("script")] == ["application/gzip", "module"]
    for tag in ("style", "script"):
        text = page.text[tag][-1]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not any("style" in attributes or any(name.startswith("on") for name in attributes) for _, attributes in page.elements)


def test_links_and_ids(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [one["href"][1:] for one in page.all("a")]
    assert targets
    assert set(targets) <= set(ids)
    for _, attributes in page.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set(attributes.get(name, "").split()) <= set(ids)


def test_landmarks_and_tables_for_screen_readers(page: Page, report: Report) -> None:
    tags = [tag for tag, _ in page.elements]
    assert page.all("html")[0]["lang"] == "en"
    for tag in ("header", "nav", "main", "footer", "h1"):
        assert tag in tags
    assert page.all("a")[0]["href"] == "#content"
    tables = len([table for table in report.tables if table.rows])
    assert tags.count("table") == tags.count("caption") == tables
    assert all("scope" in one for one in page.all("th"))
    boxes = [one for one in page.all("div") if "scroll" in one.get("class", "")]
    assert len(boxes) == tables + len(report.figures)
    assert all(one["tabindex"] == "0" and one["role"] == "region" and one["aria-label"] for one in boxes)
    assert all(one["alt"] for one in page.all("img"))


@pytest.fixture(scope="module")
def data(page: Page) -> dict[str, Any]:
    """The page's data, unpacked as its script does it."""
    return dict(json.loads(gzip.decompress(base64.b64decode(page.text["script"][0]))))


def test_every_cell_s_details_are_in_the_data(data: dict[str, Any], report: Report) -> None:
    shown = [table for table in report.tables if table.rows]
    assert [(table["id"], table["rows"], table["columns"]) for table in data["tables"]] == [
        (table.id, [row.key for row in table.rows], [column.key for column in table.columns]) for table in shown
    ]
    found: dict[int, list[tuple[str, str]]] = {}
    for label, column in data["details"].items():
        for number, text in zip(itertools.accumulate(column["cells"]), column["texts"], strict=True):
            found.setdefault(number, []).append((label, text))
    cells = [cell for table in shown for row in table.rows for cell in row.cells]
    assert [sorted(found.get(number, ())) for number in range(len(cells))] == [sorted(cell.details) for cell in cells]
    order = list(data["details"])
    assert order.index("mean") < order.index("seeds") < order.index("n") < order.index("gain") < order.index("verdict")


def test_facets_name_what_keys_name(data: dict[str, Any]) -> None:
    facets = {(one["kind"], one["name"]): one for one in data["facets"]}
    assert facets["language", "sw"]["groups"] == [["family", "Niger-Congo"], ["script", "Latin"]]
    assert facets["target", "udpos"]["groups"] == [["group", "Structured"]]
    main = next(table for table in data["tables"] if table["id"] == "xtreme")
    assert {("model", key.partition("/")[0]) for key in main["rows"]} <= set(facets)


def test_cells_say_what_stands_behind_them(report: Report) -> None:
    table = next(table for table in report.tables if table.id == "xtreme")
    cell = next(
        cell
        for row in table.rows
        for cell, column in zip(row.cells, table.columns, strict=True)
        if table.address(row, column) == "multilingual-e5-small/mnli|pawsx/*"
    )
    lines = dict(cell.details)
    assert set(lines) >= {"mean", "seeds", "n", "gain", "test", "verdict"}
    assert re.fullmatch(r"\d+\.\d\d \(SD over 5 seeds: \d\.\d\d\)", lines["mean"])
    assert lines["n"] == "400 examples"
    assert "95 % t interval [" in lines["gain"]


def test_rows_are_as_wide_as_the_head(source: str) -> None:
    for table in re.findall(r"<table[ >].*?</table>", source, re.DOTALL):
        rows = re.split(r"(?=<tr)", table)[1:]
        widths = {
            sum(int(found.group(1) if (found := re.search(r'colspan="(\d+)"', cell)) else 1) for cell in re.findall(r"<t[hd][^>]*>", row))
            for row in rows
        }
        assert len(widths) == 1, table[:300]


def test_tables_by_metric_name_the_table_that_they_belong_to(page: Page) -> None:
    told = {one["data-name"]: (one.get("data-of"), one.get("data-metric")) for one in page.all("figure") if "data-name" in one}
    assert told["languages-xquad"] == (None, "F1/EM")
    assert told["languages-xquad-exact-match"] == ("table-languages-xquad", "EM")
    assert told["languages-udpos-token-accuracy"] == ("table-languages-udpos", "token acc")
    assert told["significance-exploratory"] == told["xtreme"] == (None, None)


def test_a_tuned_model_has_a_banner(source: str) -> None:
    assert "Gains here say nothing about untuned encoders" in source
