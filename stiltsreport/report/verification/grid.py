"""A table as it stands in a file: cells as they are shown, by row and column; and two such tables held against each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stiltsreport.report.verification.differences import Difference

RowId = Hashable
ColumnId = Hashable


@dataclass(frozen=True)
class Shown:
    """A number or text with what distinguishes it. `marks`: its raised signs, in their order."""

    text: str
    marks: str = ""
    bold: bool = False
    underlined: bool = False
    grey: bool = False

    def __str__(self) -> str:
        kinds = [name for name in ("bold", "underlined", "grey") if getattr(self, name)]
        return (self.text or "an empty cell") + self.marks + (f" ({', '.join(kinds)})" if kinds else "")


@dataclass(frozen=True)
class ShownCell:
    """A cell: what it says, and the second number beneath it."""

    first: Shown
    second: Shown | None = None


@dataclass(frozen=True)
class ShownRow:
    """A row's header and the title of its group; `key` "" where it has none."""

    group: str
    stub: str
    key: str = ""

    @property
    def name(self) -> str:
        """What it is called in a message."""
        return self.key or " / ".join(part for part in (self.group, self.stub) if part)


@dataclass(frozen=True)
class Grid:
    """A table. `rows` and `columns` stand in their order; a column's name is its key, or its titles."""

    rows: Mapping[RowId, ShownRow]
    columns: Mapping[ColumnId, str]
    cells: Mapping[tuple[RowId, ColumnId], ShownCell] = field(default_factory=dict)


def differences(shown: Grid, right: Grid, file: str, place: str, *, whole: bool) -> Iterator[Difference]:
    """Every cell and row's header that differs.

    With `whole` also rows and columns that are left out or stand in another order, and grey type. Without, an author may have left them
    out, turned them around, and given rows names of their own.
    """
    if whole:
        names = {key: row.name for key, row in {**shown.rows, **right.rows}.items()}
        yield from _order("row", shown.rows, right.rows, names, file, place)
        yield from _order("column", shown.columns, right.columns, {**shown.columns, **right.columns}, file, place)
    else:
        for key in shown.rows:
            if key not in right.rows:
                yield Difference(file, "row", shown.rows[key].stub or "a row", "", place, shown.rows[key].name)
    for key, row in right.rows.items():
        if key in shown.rows:
            yield from _headers(shown.rows[key], row, right, file, place, whole=whole)
    for (key, column), cell in right.cells.items():
        found = shown.cells.get((key, column))
        if found is not None and key in shown.rows:
            yield from _cell(found, cell, file, place, right.rows[key].name, right.columns[column], whole=whole)


def left_out(shown: Grid, right: Grid) -> Iterator[str]:
    """In words, what a pasted table does not have of the table that it comes from, and which rows it calls by other names."""
    rows = [row.name for key, row in right.rows.items() if key not in shown.rows]
    columns = [name for key, name in right.columns.items() if key not in shown.columns]
    if rows:
        yield f"rows left out: {', '.join(rows)}"
    if columns:
        yield f"columns left out: {', '.join(columns)}"
    for key, row in shown.rows.items():
        if key in right.rows and row.stub != right.rows[key].stub:
            yield f"row {right.rows[key].name} is called {row.stub}, not {right.rows[key].stub}"


def _order(
    kind: str, shown: Mapping[Hashable, object], right: Mapping[Hashable, object], names: Mapping[Hashable, str], file: str, place: str
) -> Iterator[Difference]:
    for key in right:
        if key not in shown:
            yield Difference(file, kind, "", names[key], place, **{kind: names[key]})
    for key in shown:
        if key not in right:
            yield Difference(file, kind, names[key], "", place, **{kind: names[key]})
    common = [key for key in right if key in shown]
    standing = [key for key in shown if key in right]
    wrong = [names[key] for key, other in zip(standing, common, strict=True) if key != other]
    if wrong:
        meant = [names[other] for key, other in zip(standing, common, strict=True) if key != other]
        yield Difference(file, f"order of {kind}s", ", ".join(wrong), ", ".join(meant), place)


def _headers(shown: ShownRow, right: ShownRow, table: Grid, file: str, place: str, *, whole: bool) -> Iterator[Difference]:
    """A row that bears another row's name, or stands under another group's title; with `whole` any other."""
    for what, found, meant, others in (
        ("name of the row", shown.stub, right.stub, {row.stub for row in table.rows.values()}),
        ("group of the row", shown.group, right.group, {row.group for row in table.rows.values()}),
    ):
        if found != meant and (whole or found in others - {""}):
            yield Difference(file, what, found, meant, place, right.name)


def _cell(shown: ShownCell, right: ShownCell, file: str, place: str, row: str, column: str, *, whole: bool) -> Iterator[Difference]:
    for name, one, other in (("", shown.first, right.first), ("second ", shown.second, right.second)):
        if one is None or other is None:
            if one is not other and (whole or other is None):
                yield Difference(file, f"{name}number", str(one or ""), str(other or ""), place, row, column)
            continue
        what = list(_unlike(one, other, whole=whole))
        if what:
            yield Difference(file, name + ", ".join(what), str(one), str(other), place, row, column)


def _unlike(one: Shown, other: Shown, *, whole: bool) -> Iterator[str]:
    if "".join(one.text.split()) != "".join(other.text.split()):
        yield "number" if _numeric(other.text) else "text"
    if one.marks != other.marks:
        yield "marks"
    for kind in ("bold", "underlined", *(["grey"] if whole else [])):
        if getattr(one, kind) != getattr(other, kind):
            yield kind


def _numeric(text: str) -> bool:
    return text.lstrip("+−±-")[:1].isdigit()


def occurrences(names: Sequence[Hashable]) -> list[tuple[Hashable, int]]:
    """Each name with how often it stood before, so that equal names are told apart."""
    seen: dict[Hashable, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, -1) + 1
        found.append((name, seen[name]))
    return found
