"""The tables and sentences of report.html, read back."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from stiltsreport.report.verification.grid import Grid, Shown, ShownCell, ShownRow, occurrences

_PARTS = {"b": "bold", "u": "underlined", "i": "grey"}
_SENTENCES = ("h1", "h2", "h3", "p", "li", "dd", "summary", "figcaption")


@dataclass
class _Piece:
    """A number being read."""

    text: str = ""
    marks: str = ""
    kinds: set[str] = field(default_factory=set)

    def shown(self) -> Shown:
        return Shown(" ".join(self.text.split()), self.marks, *(kind in self.kinds for kind in ("bold", "underlined", "grey")))


@dataclass
class _Cell:
    """A cell being read. `span`: how many columns it takes."""

    header: bool
    scope: str
    span: int
    first: _Piece = field(default_factory=_Piece)
    second: _Piece | None = None


@dataclass
class _Table:
    """A table being read: its rows, those of the head first."""

    name: str
    rows: list[list[_Cell]] = field(default_factory=list)


class Page(HTMLParser):
    """A page: `tables` by id, `sentences` outside of their cells in their order, and the text of the `data` block."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self._tables: list[_Table] = []
        self._name: str | None = None
        self._cell: _Cell | None = None
        self._open: list[str] = []
        self._said: list[str] = []
        self._deep = 0
        self._data = False
        self.sentences: list[str] = []
        self.data = ""
        self.feed(text)
        self.close()
        self.tables: dict[str, Grid] = {table.name: _grid(table) for table in self._tables}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Rows and cells end where the next begins: their end tags are left out."""
        found = dict(attrs)
        if tag == "figure" and "table" in (found.get("class") or ""):
            self._name = found.get("data-name")
        elif tag == "script":
            self._data = found.get("id") == "data"
        elif self._name is not None and tag == "table":
            self._tables.append(_Table(self._name))
        elif self._name is not None and tag == "tr" and self._tables:
            self._tables[-1].rows.append([])
        elif self._name is not None and tag in ("td", "th") and self._tables and self._tables[-1].rows:
            self._cell = _Cell(tag == "th", found.get("scope") or "", int(found.get("colspan") or 1))
            self._open = []
            self._tables[-1].rows[-1].append(self._cell)
        elif self._cell is not None:
            self._open.append(tag)
            if tag in ("p", "small"):  # of a cell, of a head
                self._cell.second = _Piece(kinds=set() if "k" in (found.get("class") or "").split() else {"grey"})
            elif tag in _PARTS:
                (self._cell.second or self._cell.first).kinds.add(_PARTS[tag])
        elif tag in _SENTENCES:
            self._end_sentence()
            self._deep = 1

    def handle_endtag(self, tag: str) -> None:
        """The end of a table's figure, of a part of a cell, or of a sentence."""
        if tag == "figure":
            self._name = self._cell = None
        elif tag == "script":
            self._data = False
        elif tag == "table":
            self._cell = None
        elif self._cell is not None and tag in self._open:
            self._open.remove(tag)
        elif tag in _SENTENCES:
            self._end_sentence()

    def handle_data(self, data: str) -> None:
        """Text: of a cell, or of a sentence."""
        if self._data:
            self.data += data
        elif self._cell is not None:
            piece = self._cell.second or self._cell.first
            if "sup" in self._open:
                piece.marks += data.strip()
            else:
                piece.text += data
        elif self._deep:
            self._said.append(data)

    def _end_sentence(self) -> None:
        said = " ".join("".join(self._said).split())
        if said:
            self.sentences.append(said)
        self._said, self._deep = [], 0


def _grid(table: _Table) -> Grid:
    heads = [row for row in table.rows if not any(cell.scope in ("row", "rowgroup") for cell in row)]
    titles: list[list[str]] = []
    for row in heads:
        spread = [_title(cell) for cell in row for _ in range(cell.span)][1:]
        titles += [[] for _ in range(len(spread) - len(titles))]
        for place, title in enumerate(spread):
            titles[place].extend([title] if title else [])
    columns = occurrences([" / ".join(parts) for parts in titles])
    group, rows = "", []
    for row in table.rows:
        if row and row[0].scope == "rowgroup":
            group = row[0].first.shown().text
        elif row and row[0].scope == "row":
            rows.append((ShownRow(group, row[0].first.shown().text), row[1:]))
    names = occurrences([(row.group, row.stub) for row, _ in rows])
    cells: dict[tuple[Hashable, Hashable], ShownCell] = {
        (name, column): ShownCell(cell.first.shown(), cell.second.shown() if cell.second else None)
        for name, (_, row) in zip(names, rows, strict=True)
        for column, cell in zip(columns, row, strict=False)
    }
    return Grid({name: row for name, (row, _) in zip(names, rows, strict=True)}, {column: str(column[0]) for column in columns}, cells)


def _title(cell: _Cell) -> str:
    parts = [cell.first.shown().text, cell.second.shown().text if cell.second else ""]
    return " / ".join(part for part in parts if part)
