"""The first level: every number of a report's tables, sentences and rows against what its scores give."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import stiltsreport
from stiltsreport.execute.machine import tool_commit
from stiltsreport.report.build import report_of
from stiltsreport.report.document import Report, Table
from stiltsreport.report.formats import html, latex
from stiltsreport.report.numbers import listed, plural
from stiltsreport.report.verification.differences import Difference, Level, clipped
from stiltsreport.report.verification.figures import DRAWING, drawing_package, drawn_by, file_differences, page_differences
from stiltsreport.report.verification.grid import differences, left_out
from stiltsreport.report.verification.html_tables import Page
from stiltsreport.report.verification.latex_cells import plain
from stiltsreport.report.verification.latex_tables import Pasted, grid, tables_in
from stiltsreport.report.verification.page_data import FILE, data_differences, first_unlike
from stiltsreport.report.verification.recomputed import Recomputed, claim_differences, comparison_differences, kept_rows
from stiltsreport.results.files import CLAIMS, COMPARISONS

_WORDS = 3


@dataclass(frozen=True)
class Source:
    """Where the scores are from that a rendering is held against, and the code that wrote them (version and commit)."""

    name: str
    code: str


def this_code() -> str:
    """The version and commit of what runs, as provenance.json has them."""
    return code_of(stiltsreport.__version__, tool_commit())


def code_of(version: str, commit: str | None) -> str:
    """A version and commit as one name."""
    return f"{version} ({commit})" if commit else version


def verify_folder(folder: Path, found: Recomputed, source: Source, *, stored: bool) -> Level:
    """Every file of a folder that holds numbers of its scores, and figures as SVG. Those in PDF, and report.pdf, are not compared."""
    report = report_of(found.evidence)
    wrong: list[Difference] = []
    looked: list[str] = []
    formats = found.evidence.study.report.formats
    looked.append(COMPARISONS)
    if (folder / COMPARISONS).is_file():
        wrong += comparison_differences(kept_rows(folder), found.rows, stored=stored)
    else:
        wrong.append(Difference(COMPARISONS, "file", "", "its comparisons"))
    if found.answers or (folder / CLAIMS).is_file():
        wrong += claim_differences(folder, found.answers)
        looked.append(CLAIMS)
    if "latex" in formats or "pdf" in formats:
        wrong += _latex_folder(folder, report)
        looked.append(f"{plural(len(list(folder.glob('tables/*.tex'))), 'file')} of tables/")
        wrong += _paper(folder, report)
        looked.append("report.tex")
    if "html" in formats:
        wrong += _page(folder, report)
        looked.append(FILE)
    wrong += file_differences(folder, report)
    if report.figures:
        looked.append(f"{plural(len(report.figures), 'figure')} as SVG")
    wrong, lacking = _apart(wrong, source, drawn_by(found.evidence.results.provenance))
    about = f"{listed(looked)} against {source.name}, computed afresh"
    return Level("rendering", about, tuple(wrong), tuple(lacking), (found.over_items,) if found.over_items else ())


def _apart(wrong: list[Difference], source: Source, drawer: str) -> tuple[list[Difference], list[str]]:
    """Differences; and, where other code wrote the report or another matplotlib drew it, a word on those that this may be the cause of."""
    lacking, other_code = [], source.code != this_code()
    written = f"written by {source.code or 'unknown code'}, this is {this_code()}"
    words, drawings = [one for one in wrong if one.of_wording], [one for one in wrong if one.what == DRAWING]
    if words and other_code:
        lacking.append(f"{plural(len(words), 'place')} in wording and layout: {written}")
        wrong = [one for one in wrong if one not in words]
    if drawings and (other_code or drawer != drawing_package()):
        drawn = f"drawn by matplotlib {drawer or 'of unknown version'}, this is {drawing_package()}"
        lacking.append(f"{plural(len(drawings), 'drawing')}: {written if other_code else drawn}")
        wrong = [one for one in wrong if one not in drawings]
    return wrong, lacking


def verify_pasted(file: Path, text: str, found: Recomputed, source: Source) -> Level:
    """Our tables in a LaTeX file, alone or in a paper: spacing, order, and what is left out are the author's, numbers are not."""
    report = report_of(found.evidence, drawn=False)
    tables = {table.id: table for table in report.tables}
    wrong: list[Difference] = []
    notes = [found.over_items] if found.over_items else []
    lacking, looked = [], []
    for pasted in tables_in(text):
        if pasted.study != report.digest:
            lacking.append(f"{pasted.id} is of study {pasted.study}, the scores are of {report.digest}")
        elif pasted.id not in tables or not tables[pasted.id].rows:
            lacking.append(f"these scores give no table {pasted.id}")
        else:
            its, said = _pasted(file.name, pasted, tables[pasted.id], report)
            wrong += its
            notes += said
            looked.append(pasted.id)
    about = f"{', '.join(looked)} against {source.name}, computed afresh" if looked else ""
    return Level("rendering", about, tuple(wrong), tuple(lacking), tuple(notes))


def _pasted(file: str, pasted: Pasted, table: Table, report: Report) -> tuple[list[Difference], list[str]]:
    right = tables_in(latex.render_table(table, report.digest, report.typesetting))[0]
    meant, _ = grid(right, right)
    shown, lost = grid(pasted, right)
    wrong = list(differences(shown, meant, file, table.id, whole=False))
    if pasted.signature and pasted.signature.rpartition("|stiltsreport:")[0] != right.signature.rpartition("|stiltsreport:")[0]:
        wrong.append(Difference(file, "signature", pasted.signature, right.signature, table.id))
    if not shown.cells:
        wrong.append(Difference(file, "table", "", "its rows", table.id))
    return wrong, [f"{table.id}: {words}" for words in (*lost, *left_out(shown, meant))]


def _latex_folder(folder: Path, report: Report) -> Iterator[Difference]:
    tables = {f"{table.id}.tex": table for table in report.tables if table.rows}
    for name, table in tables.items():
        file = folder / "tables" / name
        if not file.is_file():
            yield Difference(f"tables/{name}", "file", "", "the table", table.id)
            continue
        yield from _table_file(f"tables/{name}", file.read_text(encoding="utf-8"), table, report)
    for file in sorted(folder.glob("tables/*.tex")):
        if file.name not in tables and file.name != "preamble.tex":
            yield Difference(f"tables/{file.name}", "file", "a table", "")


def _table_file(file: str, text: str, table: Table, report: Report) -> Iterator[Difference]:
    meant = latex.render_table(table, report.digest, report.typesetting)
    if text == meant:
        return
    right = tables_in(meant)[0]
    pasted = [one for one in tables_in(text) if one.id == table.id]
    if not pasted:
        yield Difference(file, "comments", "", f"% table: {table.id}; study: {report.digest}", table.id)
        return
    expected, _ = grid(right, right)
    shown, _ = grid(pasted[0], right)
    wrong = list(differences(shown, expected, file, table.id, whole=True))
    if not wrong:
        number, one, other = first_unlike(text, meant)
        wrong.append(Difference(file, f"line {number}", *clipped(one, other), table.id))
    yield from wrong


def _page(folder: Path, report: Report) -> Iterator[Difference]:
    if not (folder / FILE).is_file():
        yield Difference(FILE, "file", "", "the page")
        return
    text, right = (folder / FILE).read_text(encoding="utf-8"), html.render_html(report)
    page, meant = Page(text), Page(right)
    for table in report.tables:
        if table.rows and table.id not in page.tables:
            yield Difference(FILE, "table", "", "the table", table.id)
        elif table.rows:
            yield from _named(differences(page.tables[table.id], meant.tables[table.id], FILE, table.id, whole=True), table)
    known = {table.id for table in report.tables}
    for name in page.tables:
        if name not in known:
            yield Difference(FILE, "table", "a table", "", name)
    yield from data_differences(page.data, report)
    yield from _sentences(FILE, page.sentences, meant.sentences)
    yield from page_differences(text, right)


def _named(found: Iterator[Difference], table: Table) -> Iterator[Difference]:
    """A page's cells have no keys: those of the table at the same place."""
    rows = {f"{group.title} / {row.stub}" if group.title else row.stub: row.key for group in table.groups for row in group.rows}
    columns: dict[str, str] = {}
    for index, column in enumerate(table.columns):
        spanner = next((one.title for one in table.spanners if one.first <= index <= one.last), "")
        columns[" / ".join(part for part in (spanner, column.title, column.subtitle) if part)] = column.key
    for one in found:
        yield replace(one, row=rows.get(one.row) or one.row, column=columns.get(one.column) or one.column)


def _paper(folder: Path, report: Report) -> Iterator[Difference]:
    """The sentences of report.tex, each a line of its own."""
    if not (folder / "report.tex").is_file():
        yield Difference("report.tex", "file", "", "the paper")
    else:
        shown, meant = (folder / "report.tex").read_text(encoding="utf-8"), latex.render_latex(report)
        yield from _sentences("report.tex", _running_text(shown), _running_text(meant))


def _running_text(text: str) -> list[str]:
    """The lines that are words, and those that name a table or figure."""
    return [line for line in text.split("\n") if len(plain(line).split()) >= _WORDS or "\\input{" in line or "\\includegraphics" in line]


def _sentences(file: str, shown: Sequence[str], meant: Sequence[str]) -> Iterator[Difference]:
    """Sentences that should stand there and do not, each beside the one that is most like it; then those that should not."""
    there, wanted = Counter(shown), Counter(meant)
    others = list((there - wanted).elements())
    for sentence in (wanted - there).elements():
        if sentence.strip():
            like = difflib.get_close_matches(sentence, others, 1, 0.6)
            if like:
                others.remove(like[0])
            yield Difference(file, "text", *clipped(like[0] if like else "", sentence))
    for sentence in others:
        if sentence.strip():
            yield Difference(file, "text", *clipped(sentence, ""))
