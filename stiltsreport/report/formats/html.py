"""HTML: the report as one file that asks nothing of any network, and reads without JavaScript."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

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
from stiltsreport.report.formats import csv, latex, markdown
from stiltsreport.report.formats.latex_text import label
from stiltsreport.report.numbers import listed
from stiltsreport.shipped import shipped
from stiltsreport.tasks.citations import CITATIONS, short


def render_html(report: Report) -> str:
    """report.html: styles, script and pictures inside; a Content-Security-Policy allows these alone."""
    environment = _environment(report)
    style, script = ((shipped("templates") / name).read_text(encoding="utf-8") for name in ("style.css", "report.js"))
    template = environment.get_template("report.html.jinja2")
    return template.render(
        report=report,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; base-uri 'none'; "
        f"form-action 'none'",
        references=[(key, CITATIONS[key]) for key in report.citations if key in CITATIONS],
    )


def render_table(table: Table, digest: str = "") -> str:
    """One table alone, as it stands in report.html."""
    report = Report("", "", (), (), (), digest, "")
    module = _environment(report).get_template("table.html.jinja2").module
    return str(module.render(table, 1))  # type: ignore[attr-defined]


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
        "cell": _cell,
        "data": lambda text: "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode(),
        "tex": lambda table: latex.render_table(table, report.digest),
        "spans": _spans,
        "head": _head,
        "authors": _authors,
        "csv": csv.render_table,
        "markdown": markdown.render_table,
    }
    made.globals |= {"number_of": lambda kind, name: places[kind, name]}
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


def _head(column: Column) -> Markup:
    return Markup(' class="n"') if column.align == "right" else Markup("")


def _authors(names: str) -> str:
    """BibTeX's "Family, Given and Family, Given" as a list of names."""
    people = [" ".join(reversed(name.split(", ", 1))) if ", " in name else name for name in names.split(" and ")]
    return listed(people) + "."


def _cell(cell: Cell, table: Table, row: Row, index: int) -> Markup:
    """One <td>: what it says, its signs, and what it has to say when asked."""
    column = table.columns[index]
    address = table.address(row, column)
    details = "\n".join(f"{name}: {text}" for name, text in cell.details)
    classes = ["n"] if column.align == "right" else ["w"] if column.wide else []
    attributes = Markup("")
    if cell.missing:
        classes.append("m")
    if classes:
        attributes += Markup(' class="{}"').format(" ".join(classes))
    if details:
        attributes += Markup(' title="{}"').format(details)
    if address and details:
        attributes += Markup(' data-key="{}"').format(address)
    if cell.number is None:
        return Markup("<td{}>{}{}</td>").format(attributes, cell.text or MISSING, _signs(cell.marks))
    inner = _number(cell.number)
    if cell.second is not None:
        inner += Markup("<br>") + Markup('<span class="g">{}</span>').format(_number(cell.second))
    return Markup("<td{}>{}</td>").format(attributes, inner)


def _number(number: Number) -> Markup:
    text: str | Markup = number.text
    if "best" in number.marks:
        text = Markup("<b>{}</b>").format(text)
    if "tied" in number.marks:
        text = Markup("<u>{}</u>").format(text)
    if number.grey:
        text = Markup('<span class="e">{}</span>').format(text)
    return escape(text) + _signs(number.marks)


def _signs(marks: Sequence[Mark]) -> Markup:
    signs = "".join(SIGNS[mark] for mark in SIGNS if mark in marks)
    return Markup("<sup>{}</sup>").format(signs) if signs else Markup("")
