"""One table or figure of a report, in the forms that notebooks and papers take."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any, Literal, get_args

from stiltsreport.api.showing import table_html
from stiltsreport.errors import StiltsReportError
from stiltsreport.registry import did_you_mean
from stiltsreport.report import document
from stiltsreport.report.evidence import Evidence
from stiltsreport.report.formats.rows import cell_text, number_text
from stiltsreport.report.formats.svg import standalone
from stiltsreport.report.show import FORMS

if TYPE_CHECKING:
    import pandas as pd

Content = Literal["number", "second", "text", "marks", "key"]


class Table:
    """A table of a report. `to_latex` is what stands in tables/NAME.tex."""

    def __init__(self, table: document.Table, evidence: Evidence) -> None:
        self._table, self._evidence = table, evidence

    @property
    def id(self) -> str:
        """Its name in files and links."""
        return self._table.id

    @property
    def title(self) -> str:
        """Its heading."""
        return self._table.title

    @property
    def caption(self) -> str:
        """What it shows, with n, seeds, test and protocol."""
        return self._table.caption

    @property
    def signature(self) -> str:
        """How its numbers were made, in sacreBLEU's manner."""
        return self._table.signature

    def to_pandas(self, content: Content = "number") -> pd.DataFrame:
        """A frame with the rows' groups and headers as index.

        `content`: "number", unrounded, a cell's text where it has none, None where a result is missing; "second", the number beneath it
        (a gain); "text", both as they are shown; "marks", the names of a cell's marks; "key", its key in scores.jsonl. Raises
        StiltsReportError for any other.
        """
        import pandas as pd

        if content not in get_args(Content):
            raise StiltsReportError(f"unknown content {content!r}", hint=did_you_mean(str(content), get_args(Content)))
        table = self._table
        columns = [(spanner, column.title, column.subtitle) for column, spanner in zip(table.columns, self._spanners(), strict=True)]
        index = [(group.title, row.stub) for group in table.groups for row in group.rows]
        names = ["group", table.stub or "row"]
        found = pd.DataFrame(
            {number: [self._content(row, number, content) for row in table.rows] for number in range(len(columns))}, dtype=object
        )  # by number: two columns may have one name
        found.index = pd.MultiIndex.from_tuples(index, names=names) if index else pd.MultiIndex.from_arrays([[], []], names=names)
        levels = [level for level in range(3) if any(column[level] for column in columns)] or [1]
        titles = [tuple(column[level] for level in levels) for column in columns]
        found.columns = pd.MultiIndex.from_tuples(titles) if len(levels) > 1 else [title[0] for title in titles]
        return found if content in ("text", "marks", "key") else found.infer_objects()

    def to_latex(self) -> str:
        """As in tables/NAME.tex: needs the packages that its first line names."""
        return FORMS["latex"](self._table, self._evidence)

    def to_markdown(self) -> str:
        """For READMEs and issues."""
        return FORMS["markdown"](self._table, self._evidence)

    def to_csv(self) -> str:
        """The numbers as they are shown."""
        return FORMS["csv"](self._table, self._evidence)

    def __str__(self) -> str:
        return FORMS["text"](self._table, self._evidence)

    def __repr__(self) -> str:
        return f"<Table {self.id}: {len(self._table.rows)} rows, {len(self._table.columns)} columns>"

    def _repr_html_(self) -> str:
        table = self._table
        head = [table.stub, *(f"{column.title} {column.subtitle}".strip() for column in table.columns)]
        rows = []
        for group in table.groups:
            rows += [[group.title]] if group.title else []
            rows += [[row.stub, *map(_shown, row.cells)] for row in group.rows]
        return f"{table_html(head, rows)}<p><b>{escape(table.title)}.</b> {escape(table.caption)}</p>"

    def _spanners(self) -> list[str]:
        found = [""] * len(self._table.columns)
        for spanner in self._table.spanners:
            found[spanner.first : spanner.last + 1] = [spanner.title] * (spanner.last + 1 - spanner.first)
        return found

    def _content(self, row: document.Row, number: int, content: Content) -> object:
        cell = row.cells[number]
        match content:
            case "number":
                return cell.number.value if cell.number else cell.text or None
            case "second":
                return cell.second.value if cell.second else None
            case "text":
                return _shown(cell)
            case "marks":
                return ", ".join([*cell.marks, *(cell.number.marks if cell.number else ()), *(cell.second.marks if cell.second else ())])
            case "key":
                return self._table.address(row, self._table.columns[number])


class Figure:
    """A figure of a report: as SVG, as PDF, or drawn again as matplotlib's."""

    def __init__(self, figure: document.Figure, draw: Callable[[], Any]) -> None:
        self._figure, self._draw = figure, draw

    @property
    def id(self) -> str:
        """Its name in files and links."""
        return self._figure.id

    @property
    def caption(self) -> str:
        """What it shows, with n, seeds and test."""
        return self._figure.caption

    @property
    def alternative(self) -> str:
        """What it shows, in words, for who cannot see it."""
        return self._figure.alternative

    def to_svg(self) -> str:
        """As figures/NAME.svg: light or dark as the reader's screen is."""
        return standalone(self._figure)

    def to_pdf(self) -> bytes:
        """As figures/NAME.pdf."""
        return self._figure.pdf

    def to_matplotlib(self) -> Any:
        """A matplotlib Figure to change and save: drawn again, since what a report shows is drawn once and forgotten."""
        return self._draw()

    def __repr__(self) -> str:
        return f"<Figure {self.id}>"

    def _repr_html_(self) -> str:
        return f"<figure>{self.to_svg()}<figcaption>{escape(self.caption)}</figcaption></figure>"


def _shown(cell: document.Cell) -> str:
    second = f" ({number_text(cell.second)})" if cell.second else ""
    return cell_text(cell) + second
