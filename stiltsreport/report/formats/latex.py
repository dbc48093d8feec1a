"""LaTeX: each table as a file of its own that goes into a paper as it is, and the report as a paper around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import jinja2

from stiltsreport.report.document import Cite, Code, Inline, Reference, Report, Source, Strong, Table, Typesetting
from stiltsreport.report.formats.latex_layout import Layout, layout
from stiltsreport.report.formats.latex_numbers import SIGN_COMMANDS
from stiltsreport.report.formats.latex_panels import panels
from stiltsreport.report.formats.latex_paper import NOTES, NOTES_WIDTH, PAPERS, SMALLER
from stiltsreport.report.formats.latex_text import comment, label, latex, sentence_spaces, typed
from stiltsreport.report.titles import sentence
from stiltsreport.shipped import shipped

_EMPTY_LINES = re.compile(r"\n\s*\n+")
PLAIN = Typesetting()
_BREAK = 10  # a long name may be broken after so many signs

# What a table provides for itself, so that it needs no preamble; tables/preamble.tex says more of some.
_SMALL = rf"\fontsize{{{SMALLER.points}}}{{{SMALLER.leading}}}\selectfont"
_PROVIDED = (
    (r"\stiltsgrey{", r"\providecommand{\stiltsgrey}[1]{#1}% grey where tables/preamble.tex is read"),
    (r"\stiltsgreyed", r"\providecommand{\stiltsgreyed}{}% grey where tables/preamble.tex is read"),
    (r"\stiltssecond{", rf"\providecommand{{\stiltssecond}}[1]{{{{{_SMALL}#1}}}}% the second line of a row"),
    (r"\stiltssmaller", rf"\providecommand{{\stiltssmaller}}{{{_SMALL}}}% the same"),
    (r"\stiltsunder{", r"\providecommand{\stiltsunder}[1]{\llap{\underline{\phantom{#1}}}}% a line under the number before it"),
    (r"\stiltsother{", r"\providecommand{\stiltsother}[2]{#2}% #1 where tables/preamble.tex is read by XeLaTeX or LuaLaTeX"),
    (r"\stiltsleftward{", r"\providecommand{\stiltsleftward}[2]{#2}% the same, from right to left"),
)


def render_latex(report: Report) -> str:
    """report.tex: the paper, which reads tables/ID.tex and figures/ID.pdf beside it."""
    sources = [block for section in report.sections if not section.appendix for block in section.blocks if isinstance(block, Source)]
    made = _environment().get_template("report.tex.jinja2").render(report=report, sources=sources)
    return _EMPTY_LINES.sub("\n\n", made)


def render_tables(report: Report) -> dict[str, str]:
    """The files of all tables that have rows, by the tables' ids."""
    return {table.id: render_table(table, report.digest, report.typesetting) for table in report.tables if table.rows}


def render_table(table: Table, digest: str, typesetting: Typesetting = PLAIN) -> str:
    """tables/ID.tex: its first line names the packages that it needs; then, as comments, signature, digest and the keys of its cells."""
    found = layout(table, PAPERS[typesetting.paper], together=typesetting.latex == "siunitx")
    floats = panels(table, found, typesetting.latex)
    listed = typesetting.latex == "siunitx" and bool(table.footnotes or table.source_notes) and _fills(found)
    body = (
        _environment()
        .get_template("table_body.tex.jinja2")
        .render(
            table=table,
            layout=found,
            notes=NOTES,
            floats=floats,
            siunitx=any("S[" in panel.columns for pieces in floats for panel in pieces),
            listed=listed,
            signature=f" Signature: {_inline((Code(table.signature),))}." if typesetting.signature and table.signature else "",
        )
    )
    return (
        _environment()
        .get_template("table.tex.jinja2")
        .render(
            table=table,
            digest=digest,
            packages=_packages(body),
            provided=[line for command, line in _PROVIDED if command in body],
            body=body,
        )
    )


def _packages(body: str) -> list[str]:
    needs = {"siunitx": r"\sisetup", "threeparttable": r"\begin{threeparttable}"}
    return ["booktabs", *(name for name, command in needs.items() if command in body)]


def _fills(found: Layout) -> bool:
    """Whether the last tabular takes enough of the width for notes that are no wider than it."""
    return found.floats[-1][-1].width >= NOTES_WIDTH * found.width


def preamble(typesetting: Typesetting = PLAIN) -> str:
    """tables/preamble.tex: what a document reads before its beginning, for exploratory numbers in grey and for text in any script."""
    return _environment().get_template("preamble.tex.jinja2").render(siunitx=typesetting.latex == "siunitx")


def _inline(parts: Sequence[Inline]) -> str:
    return sentence_spaces("".join(_part(part) for part in parts))


def _part(part: Inline) -> str:
    match part:
        case str():
            return latex(part)
        case Cite(keys, textual):
            return rf"\cite{'t' if textual else 'p'}{{{','.join(keys)}}}"
        case Code(text):
            pieces = [text[place : place + _BREAK] for place in range(0, len(text), _BREAK)]
            return r"\texttt{" + r"\allowbreak{}".join(typed(piece) for piece in pieces) + "}"
        case Strong(text):
            return rf"\textbf{{{latex(text)}}}"
        case Reference(name, kind):
            return rf"{kind.title()}~\ref{{{kind[:3]}:{label(name)}}}"


@cache
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
        "capitalized": lambda text: text[:1].upper() + text[1:],
        "inline": _inline,
        "sentence": sentence,
        "kind": lambda block: type(block).__name__,
        "sign": lambda sign: f"$^{{{SIGN_COMMANDS[sign]}}}$" if sign in SIGN_COMMANDS else latex(sign),
        "label_of_note": lambda sign: f"${SIGN_COMMANDS[sign]}$" if sign in SIGN_COMMANDS else latex(sign),  # threeparttable raises it
        "typed": lambda line: typed(line) or "~",
    }
    return made
