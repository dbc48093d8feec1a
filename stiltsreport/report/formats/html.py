"""HTML: the report as one file that asks nothing of any network, and reads without JavaScript."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import jinja2
from markupsafe import Markup, escape

from stiltsreport.report.document import (
    MISSING,
    SIGNS,
    Cell,
    Cite,
    Code,
    Column,
    Inline,
    Mark,
    Number,
    Reference,
    Report,
    Row,
    Strong,
    Table,
)
from stiltsreport.report.formats.data import page_data
from stiltsreport.report.formats.latex_text import label
from stiltsreport.report.formats.svg import on_page
from stiltsreport.report.numbers import listed
from stiltsreport.report.titles import sentence
from stiltsreport.shipped import shipped
from stiltsreport.tasks.citations import CITATIONS, short

_STYLES = ("style.css", "controls.css", "figures.css")
_SCRIPTS = tuple(
    f"page/{name}.js"
    for name in (
        "tables", "said", "data", "read", "views", "sort", "names", "filter", "figures", "state", "filterbar", "copy", "metrics", "cells",
        "keyboard", "links", "start",
    )
)  # fmt: skip
_LARGE = 20_000  # cells of a page that a browser lays out as it is scrolled
_LONG = 26  # signs of a row's name that may be broken over lines
_LONG_TABLE = 24  # rows that a table shows in full: a longer one scrolls in its box


def render_html(report: Report, tables: Mapping[str, str] | None = None) -> str:
    """report.html: styles, script and pictures inside; a Content-Security-Policy allows these alone. `tables`: as `page_data`."""
    environment = _environment(report)
    style, script = _joined(*_STYLES), _packed(_joined(*_SCRIPTS))
    template = environment.get_template("report.html.jinja2")
    return template.render(
        report=report,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; base-uri 'none'; "
        f"form-action 'none'",
        large=sum(len(row.cells) for table in report.tables for row in table.rows) > _LARGE,
        data=page_data(report, tables),
        references=[(key, CITATIONS[key]) for key in report.citations if key in CITATIONS],
    )


def render_table(table: Table, digest: str = "") -> str:
    """One table alone, as it stands in report.html."""
    report = Report("", "", (), (), (), digest, "")
    module = _environment(report).get_template("table.html.jinja2").module
    return str(module.render(table, 1))  # type: ignore[attr-defined]


def _joined(*names: str) -> str:
    """Our own files, one after the other."""
    return "\n".join((shipped("templates") / name).read_text(encoding="utf-8") for name in names)


def _packed(script: str) -> str:
    """Our script without its indentation and its lines of comment: a page carries what runs."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _digest(text: str) -> str:
    """The hash by which a Content-Security-Policy knows an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _environment(report: Report) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(shipped("templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    places = {("table", item.id): number for number, item in enumerate(report.tables, 1)}
    places |= {("figure", item.id): number for number, item in enumerate(report.figures, 1)}
    titles = {section.id: section.title for section in report.sections}

    def inline(parts: Sequence[Inline]) -> Markup:
        return Markup("").join(_part(part, places, titles) for part in parts)

    made.filters |= {
        "inline": inline,
        "label": label,
        "kind": lambda block: type(block).__name__,
        "row": _row,
        "picture": lambda figure: Markup(on_page(figure)),  # noqa: S704 - our own drawing
        "spans": _spans,
        "head": _head,
        "authors": _authors,
        "seeded": _seeded,
        "sentence": sentence,
    }
    made.globals |= {"number_of": lambda kind, name: places[kind, name], "family_of": _families(report.tables).get, "long": _LONG_TABLE}
    return made


def _part(part: Inline, places: dict[tuple[str, str], int], titles: dict[str, str]) -> Markup:
    match part:
        case str():
            return escape(part)
        case Cite(keys, textual):
            links = [Markup('<a href="#ref-{}">{}</a>').format(label(key), _cited(key, textual=textual)) for key in keys]
            joined = Markup("; ").join(links)
            return joined if textual else Markup("({})").format(joined)
        case Code(text):
            return Markup("<code>{}</code>").format(text)
        case Strong(text):
            return Markup("<strong>{}</strong>").format(text)
        case Reference(name, kind):
            words = titles.get(name, name) if kind == "section" else f"{kind.title()} {places.get((kind, name), '')}".strip()
            return Markup('<a href="#{}-{}">{}</a>').format(kind, label(name), words)


def _cited(key: str, *, textual: bool) -> str:
    words = short(key)
    authors, _, year = words.rpartition(" ")
    return f"{authors} ({year})" if textual and authors else words


@dataclass(frozen=True)
class _Span:
    """A part of the line of spanners: a title over some columns, or nothing over some."""

    title: str
    width: int


def _spans(table: Table) -> list[_Span]:
    spans, place = [], 0
    for spanner in table.spanners:
        if spanner.first > place:
            spans.append(_Span("", spanner.first - place))
        spans.append(_Span(spanner.title, spanner.last - spanner.first + 1))
        place = spanner.last + 1
    if place < len(table.columns):
        spans.append(_Span("", len(table.columns) - place))
    return spans


@dataclass(frozen=True)
class _Family:
    """A table's place among those of one target by several metrics: the first of them, and its own metric."""

    base: str
    metric: str


def _families(tables: Sequence[Table]) -> dict[str, _Family]:
    """Tables whose columns are another's with a metric behind each key ("xquad/en:f1"), and those others."""
    bases = {tuple(column.key for column in table.columns): table for table in tables if table.rows}
    found: dict[str, _Family] = {}
    for table in tables:
        parts = [column.key.partition(":") for column in table.columns]
        base = bases.get(tuple(key for key, _, _ in parts))
        if base and table.rows and all(metric for _, _, metric in parts) and table.id.startswith(f"{base.id}-"):
            found |= {one.id: _Family(base.id, one.title.rpartition("(")[2].rstrip(")")) for one in (base, table)}
    return found


def _seeded(table: Table) -> bool:
    """Whether cells tell each seed's value."""
    return any(label == "seeds" and ": " in text for row in table.rows for cell in row.cells for label, text in cell.details)


def _class(*names: str) -> Markup:
    """A class attribute, bare where it can be: a full study has forty thousand cells."""
    found = [name for name in names if name]
    if not found:
        return Markup("")
    return Markup(" class={}").format(found[0]) if len(found) == 1 else Markup(' class="{}"').format(" ".join(found))


def _head(column: Column) -> Markup:
    return _class("l" if column.align == "left" else "")


def _authors(names: str) -> str:
    """BibTeX's "Family, Given and Family, Given" as a list of names."""
    people = [" ".join(reversed(name.split(", ", 1))) if ", " in name else name for name in names.split(" and ")]
    return listed(people) + "."


def _row(row: Row, table: Table) -> Markup:
    """A row, without the end tags that HTML does not need; what its cells have to say when asked stands in the page's data."""
    opening = Markup("<tr{}><th scope=row{}>").format(_class("base" if row.baseline else ""), _class("w" if len(row.stub) > _LONG else ""))
    return opening + row.stub + Markup("").join(_cell(cell, column) for cell, column in zip(row.cells, table.columns, strict=True))


def _cell(cell: Cell, column: Column) -> Markup:
    side = "w" if column.wide else "l" if column.align == "left" else ""
    opening = Markup("<td{}>").format(_class(side, "m" if cell.missing else ""))
    if cell.number is None:
        return opening + _linked(cell.text or MISSING, cell.link) + _signs(cell.marks)
    inner = opening + _linked(_number(cell.number), cell.link)
    if cell.second is not None:
        # Most second numbers are exploratory, and grey: the class is for the others.
        second = replace(cell.second, grey=False)
        inner += Markup("<p{}>{}").format(_class("" if cell.second.grey else "k"), _number(second))
    return inner


def _linked(text: str | Markup, link: str) -> str | Markup:
    return Markup('<a href="{}">{}</a>').format(link, text) if link else text


def _number(number: Number) -> Markup:
    text: str | Markup = number.text
    if "best" in number.marks:
        text = Markup("<b>{}</b>").format(text)
    if "tied" in number.marks:
        text = Markup("<u>{}</u>").format(text)
    if number.grey:
        text = Markup("<i>{}</i>").format(text)
    return escape(text) + _signs(number.marks)


def _signs(marks: Sequence[Mark]) -> Markup:
    signs = "".join(SIGNS[mark] for mark in SIGNS if mark in marks)
    return Markup("<sup>{}</sup>").format(signs) if signs else Markup("")
