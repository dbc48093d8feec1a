"""A table as rows of plain text, for the formats that have nothing but rows: CSV, Markdown and the terminal."""

from __future__ import annotations

from stiltsreport.report.document import MISSING, SIGNS, Cell, Mark, Number, Table

_RAISED = {"t": "ᵗ", "s": "ˢ", "p": "ᵖ", "n": "ⁿ", "f": "ᶠ", "d": "ᵈ"}


def header(table: Table) -> list[str]:
    """The stub's title and the columns', with their second lines in brackets."""
    return [table.stub, *(f"{column.title} ({column.subtitle})" if column.subtitle else column.title for column in table.columns)]


def number_text(number: Number) -> str:
    """The number and its signs."""
    return number.text + signs(number.marks)


def signs(marks: tuple[Mark, ...]) -> str:
    """The signs of these marks, in their order; letters raised."""
    return "".join(raised(sign) for mark, sign in SIGNS.items() if mark in marks)


def raised(sign: str) -> str:
    """A letter as a superscript.

    >>> raised("t"), raised("†")
    ('ᵗ', '†')
    """
    return _RAISED.get(sign, sign)


def cell_text(cell: Cell) -> str:
    """What the cell says on one line, without its second number."""
    if cell.number is None:
        return (cell.text or MISSING) + signs(cell.marks)
    return number_text(cell.number)


def notes(table: Table) -> list[str]:
    """Caption, signs and notes as lines."""
    explained = "; ".join(f"{raised(sign)} {text}" for sign, text in table.footnotes)
    return [table.caption, *([explained + "."] if explained else []), *table.source_notes]
