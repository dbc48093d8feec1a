"""LaTeX: each table as a file of its own that needs booktabs alone, and the report as a paper around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jinja2

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
from stiltsreport.report.formats.latex_layout import Piece, layout, row_lines
from stiltsreport.report.formats.latex_text import comment, label, latex
from stiltsreport.shipped import shipped

_SIGNS: dict[str, str] = {sign: rf"\mathrm{{{sign}}}" for sign in SIGNS.values()} | {"†": r"\dagger", "⋄": r"\diamond"}

_BREAK = 10  # a long name may be broken after so many signs


def render_latex(report: Report) -> str:
    """report.tex: the paper, which reads tables/ID.tex and figures/ID.pdf beside it."""
    return _environment().get_template("report.tex.jinja2").render(report=report)


def render_table(table: Table, digest: str, *, width: float | None = None) -> str:
    """tables/ID.tex: its first line names the packages that it needs; then, as comments, signature, digest and the keys of its cells."""
    found = layout(table, width) if width else layout(table)
    floats = [[_piece(table, piece) for piece in pieces] for pieces in found.floats]
    return _environment().get_template("table.tex.jinja2").render(table=table, digest=digest, size=found.size, floats=floats)


def preamble() -> str:
    """tables/preamble.tex: what a document reads before its beginning, so that exploratory numbers are set in grey."""
    return _environment().get_template("preamble.tex.jinja2").render()


@dataclass(frozen=True)
class _Panel:
    """One tabular: its column letters, header lines, and body lines with what they are (row, second, group, comment, rule)."""

    letters: str
    spanners: str
    rules: str
    header: tuple[str, ...]
    keys: str
    body: tuple[str, ...]


def _piece(table: Table, piece: Piece) -> _Panel:
    columns = [table.columns[index] for index in piece.columns]
    letters = "l" + "".join("l" if column.align == "left" else "r" for column in columns)
    spanners, rules = _spanners(table, piece)
    header = [[latex(table.stub), *(_header(column.title, column) for column in columns)]]
    if any(column.subtitle for column in columns):
        header.append(["", *(_header(column.subtitle, column) for column in columns)])
    hanging = [_signs_in(table, index) for index in piece.columns]
    lines: list[list[str] | str] = []
    for group in piece.groups:
        if group is not piece.groups[0]:
            lines.append(r"\addlinespace")
        if group.title:
            lines.append(rf"\multicolumn{{{len(columns) + 1}}}{{@{{}}l}}{{\emph{{{latex(group.title)}}}}} \\")
        for row in group.rows:
            if row.key:
                lines.append(f"% row: {comment(row.key)}")
            lines.extend(_row(table, row, piece, hanging))
            if row.baseline and row is not group.rows[-1]:
                lines.append(r"\addlinespace[2pt]")
    keys = " | ".join(column.key for column in columns) if any(column.key for column in columns) else ""
    return _Panel(letters, spanners, rules, tuple(_padded(header)), comment(keys), tuple(_padded(lines)))


def _header(text: str, column: Column) -> str:
    if not text:
        return ""
    return latex(text) if column.align == "left" else rf"\multicolumn{{1}}{{r}}{{{latex(text)}}}"


def _spanners(table: Table, piece: Piece) -> tuple[str, str]:
    """The line of spanners over the panel's columns and its rules; two empty strings where there is none."""
    cells, rules, place = [], [], 0
    while place < len(piece.columns):
        spanner = next((one for one in table.spanners if one.first <= piece.columns[place] <= one.last), None)
        width = sum(spanner.first <= index <= spanner.last for index in piece.columns[place:]) if spanner else 1
        cells.append(rf"\multicolumn{{{width}}}{{c}}{{{latex(spanner.title)}}}" if spanner else "")
        if spanner:
            rules.append(rf"\cmidrule(lr){{{place + 2}-{place + 1 + width}}}")
        place += width
    return (" & ".join(["", *cells]).strip(), " ".join(rules)) if rules else ("", "")


def _row(table: Table, row: Row, piece: Piece, hanging: Sequence[tuple[int, int]]) -> list[list[str]]:
    stub = latex(row.stub)
    first = [_broken(stub, piece.stub_width) if piece.stub_width else stub]
    second = [rf"\quad\stiltssecond{{{latex(table.second_title)}}}"]
    for index, (above, beneath), width in zip(piece.columns, hanging, piece.widths, strict=True):
        cell, align = row.cells[index], table.columns[index].align
        first.append(_broken(latex(cell.text), width) if width else _first(cell, above if align == "right" else 0))
        second.append(rf"\stiltssecond{{{_number(cell.second, beneath)}}}" if cell.second else "")
    return [first, second] if row_lines(row, piece.columns) > 1 else [first]


def _broken(text: str, width: float) -> str:
    """Running text in lines of that width. A parbox in an l column, so that rows still end with a plain double backslash."""
    lines = text.replace("/", r"/\allowbreak{}")  # paths may be broken
    return rf"\parbox[t]{{{width:.0f}pt}}{{\raggedright{{}}{lines}\strut}}"


def _first(cell: Cell, room: int) -> str:
    if cell.number is not None:
        return _number(cell.number, room)
    return (latex(cell.text) if cell.text else latex(MISSING)) + _marks(cell.marks, room)


def _number(number: Number, room: int) -> str:
    text = latex(number.text)
    if "best" in number.marks:
        text = rf"\textbf{{{text}}}"
    if "tied" in number.marks:
        text = rf"\underline{{{text}}}"
    if number.grey:
        text = rf"\stiltsgrey{{{text}}}"
    return text + _marks(number.marks, room)


def _marks(marks: Sequence[Mark], room: int) -> str:
    """The signs as a superscript, and an invisible rest so that the numbers of a column end at one place."""
    signs = [_SIGNS[SIGNS[mark]] for mark in SIGNS if mark in marks]
    shown_signs = "$^{" + "".join(signs) + "}$" if signs else ""
    lacking = room - len(signs)
    return shown_signs + (r"\phantom{$^{" + r"\mathrm{t}" * lacking + "}$}" if lacking > 0 else "")


def _signs_in(table: Table, index: int) -> tuple[int, int]:
    """The most signs on a first and on a second line of that column."""
    first, second = 0, 0
    for row in table.rows:
        cell = row.cells[index]
        marks = cell.number.marks if cell.number else cell.marks
        first = max(first, len([mark for mark in marks if mark in SIGNS]))
        second = max(second, len([mark for mark in cell.second.marks if mark in SIGNS]) if cell.second else 0)
    return first, second


def _padded(lines: Sequence[list[str] | str]) -> list[str]:
    """Rows as lines of LaTeX whose & stand under each other, so that the file can be read and compared."""
    rows = [line for line in lines if isinstance(line, list)]
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(max((len(row) for row in rows), default=0))]

    def joined(row: list[str]) -> str:
        cells = [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]
        return " & ".join(cells) + r" \\"

    return [joined(line) if isinstance(line, list) else line for line in lines]


def _inline(parts: Sequence[Inline]) -> str:
    return "".join(_part(part) for part in parts)


def _part(part: Inline) -> str:
    match part:
        case str():
            return latex(part)
        case Cite(keys, textual):
            return rf"\cite{'t' if textual else 'p'}{{{','.join(keys)}}}"
        case Code(text):
            pieces = [text[place : place + _BREAK] for place in range(0, len(text), _BREAK)]
            return r"\texttt{" + r"\allowbreak{}".join(latex(piece) for piece in pieces) + "}"
        case Strong(text):
            return rf"\textbf{{{latex(text)}}}"
        case Reference(name, kind):
            return rf"{kind.title()}~\ref{{{kind[:3]}:{label(name)}}}"


def _environment() -> jinja2.Environment:
    """Jinja with delimiters that LaTeX does not use. Nothing is escaped by itself: the templates say `| latex`."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(shipped("templates")),
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - this is LaTeX: its own filter escapes
        undefined=jinja2.StrictUndefined,
    )
    made.filters |= {
        "latex": latex,
        "comment": comment,
        "label": label,
        "inline": _inline,
        "kind": lambda block: type(block).__name__,
        "sign": lambda sign: f"$^{{{_SIGNS[sign]}}}$" if sign in _SIGNS else latex(sign),
        "typed": lambda line: latex(line).replace("--", "-{}-").replace("  ", "~~") or "~",
    }
    return made
