"""The report as a document: sections, tables and cells. It knows no HTML and no LaTeX; the formats render it.

A table has great-tables' parts: heading, column spanners, stub, footnotes and source notes. A cell keeps its value, interval and
marks, and a key
back to scores.jsonl and comparisons.jsonl, so that every rendering can be checked against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stiltsreport.report.numbers import shown

Mark = Literal["best", "tied", "significant", "discovered", "own-data", "shared-file", "partial", "not run", "failed", "no data"]
Align = Literal["left", "right"]

# The sign of each mark, in every format; "best" is bold type, "tied" (may be the best) underlined: no signs. They stand in this order.
SIGNS: dict[Mark, str] = {
    "significant": "†",
    "discovered": "⋄",
    "own-data": "t",
    "shared-file": "s",
    "partial": "p",
    "not run": "n",
    "failed": "f",
    "no data": "d",
}
MISSING = "–"


@dataclass(frozen=True)
class Number:
    """A number as it is shown: `decimals` places, with its sign if `signed`, behind ± if `half_width`; `grey`: exploratory."""

    value: float
    decimals: int = 1
    signed: bool = False
    marks: tuple[Mark, ...] = ()
    grey: bool = False
    half_width: bool = False

    @property
    def text(self) -> str:
        """The number as every format shows it, without its signs."""
        return ("±" if self.half_width else "") + shown(self.value, self.decimals, signed=self.signed)


@dataclass(frozen=True)
class Cell:
    """One cell of a table's body.

    `number` is what it says; `second` stands beneath it (the gain beneath a mean). Without a number `text` stands there, and an empty
    cell with
    marks is a missing result. `details` are (label, text) pairs for whoever asks: seeds' values, interval, test, n. `key` is the cell's own
    part of the address (`Table.address` joins it with its row's and its column's).
    """

    number: Number | None = None
    second: Number | None = None
    text: str = ""
    marks: tuple[Mark, ...] = ()
    interval: tuple[float, float] | None = None
    details: tuple[tuple[str, str], ...] = ()
    link: str = ""  # of its text or number: a page beside the report, where there is one

    @property
    def missing(self) -> bool:
        """Whether a result should stand here and none does."""
        return self.number is None and not self.text


@dataclass(frozen=True)
class Column:
    """A column: its title, a line beneath it (the metric), and the key by which its cells are found in scores.jsonl."""

    title: str
    subtitle: str = ""
    align: Align = "right"
    key: str = ""
    wide: bool = False  # running text, which may be broken over lines


@dataclass(frozen=True)
class Spanner:
    """A title over the columns first to last, both included."""

    title: str
    first: int
    last: int


@dataclass(frozen=True)
class Row:
    """A row: `stub` is its header. `baseline` is ruled off from what is compared with it."""

    stub: str
    cells: tuple[Cell, ...]
    key: str = ""
    baseline: bool = False


@dataclass(frozen=True)
class RowGroup:
    """Rows under one title ("" for none), such as the arms of one model."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """A table. `id` is its name in files, links and `report --show`; `caption` says n, seeds, test and protocol.

    `second_title` names the second number of its cells ("gain"). `signature` says how its numbers were made, in sacreBLEU's manner.
    `footnotes` explain signs, (sign, text); `source_notes` are sentences.
    """

    id: str
    title: str
    caption: str
    stub: str
    columns: tuple[Column, ...]
    groups: tuple[RowGroup, ...]
    spanners: tuple[Spanner, ...] = ()
    footnotes: tuple[tuple[str, str], ...] = ()
    source_notes: tuple[str, ...] = ()
    signature: str = ""
    second_title: str = ""
    empty: str = "Nothing to show."

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in order."""
        return tuple(row for group in self.groups for row in group.rows)

    def address(self, row: Row, column: Column) -> str:
        """The key of a cell: ROW|COLUMN, such as xlmr-base/squad|xnli/*; "" where a cell comes from no score."""
        return f"{row.key}|{column.key}" if row.key and column.key else ""


@dataclass(frozen=True)
class Cite:
    """References, by key of CITATIONS; in brackets, or as a part of the sentence if `textual`."""

    keys: tuple[str, ...]
    textual: bool = False


@dataclass(frozen=True)
class Code:
    """A name as it is typed: a file, an option."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Words that stand out."""

    text: str


@dataclass(frozen=True)
class Reference:
    """A pointer to a table, figure or section by its id: rendered as "Table 3", with a link."""

    id: str
    kind: Literal["table", "figure", "section"] = "table"


Inline = str | Cite | Code | Strong | Reference


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True)
class Banner:
    """What must be read before any number."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True)
class Finding:
    """One result in one sentence, with what kind of verdict it is and the numbers behind it."""

    verdict: str
    parts: tuple[Inline, ...]
    details: str
    tone: Literal["up", "down", "neutral"] = "neutral"


@dataclass(frozen=True)
class Findings:
    """Findings in order of weight."""

    items: tuple[Finding, ...]


@dataclass(frozen=True)
class Source:
    """A file's text, shown as it is."""

    title: str
    text: str


AreaKind = Literal["model", "arm", "target", "language"]
Box = tuple[int, int, int, int]  # left, top, width, height in points, from a drawing's upper left corner


@dataclass(frozen=True)
class Area:
    """What of a drawing speaks of one model, row, target or language, by its name in keys of cells."""

    kind: AreaKind
    name: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Figure:
    """A figure: `id` is its file's name; `alternative` says in words what it shows; its drawings are made by report/figures.

    `svg` has the colours of no theme and the ids of no page: report/formats/svg.py gives it both. `model`: the one that it is of, if it is
    of one; `areas`: what a reader who filters can do without.
    """

    id: str
    title: str
    caption: str
    alternative: str
    svg: str = ""
    pdf: bytes = b""
    model: str = ""
    areas: tuple[Area, ...] = ()


Block = Paragraph | Bullets | Banner | Findings | Source | Figure | Table


@dataclass(frozen=True)
class Section:
    """A part of the report. An `appendix` stands behind the references on paper."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    appendix: bool = False


@dataclass(frozen=True)
class Facet:
    """Something that keys of rows and columns name, by which a reader filters: its title, and (kind, name) of the groups that it is in."""

    kind: Literal["model", "target", "language"]
    name: str
    title: str
    groups: tuple[tuple[str, str], ...] = ()  # ("group", "QA"); ("family", "Turkic"), ("script", "Latin")


@dataclass(frozen=True)
class Typesetting:
    """How tables are set on paper: what aligns their numbers, the paper whose width they are made for, and signatures in captions."""

    latex: Literal["booktabs", "siunitx"] = "booktabs"
    paper: Literal["article", "neurips", "acl"] = "article"
    signature: bool = False


@dataclass(frozen=True)
class Report:
    """The whole document. `facts` are (label, value) pairs under the title; `citations` the keys that are cited.

    `abstract` cites nothing.
    """

    title: str
    description: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    citations: tuple[str, ...]
    digest: str
    version: str
    facets: tuple[Facet, ...] = ()
    typesetting: Typesetting = Typesetting()
    abstract: tuple[Paragraph, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in order."""
        return tuple(block for section in self.sections for block in section.blocks if isinstance(block, Table))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in order."""
        return tuple(block for section in self.sections for block in section.blocks if isinstance(block, Figure))
