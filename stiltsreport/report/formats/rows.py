"""A table as rows of plain text, for the formats that have nothing but rows: CSV, Markdown and the terminal."""

from __future__ import annotations

from stiltsreport.report.document import MISSING, SIGNS, Cell, Mark, Number, Table

# What a terminal obeys, and what turns the text around it: line ends and tabs become blanks, the rest goes.
_UNSHOWN: dict[int, str | None] = dict.fromkeys(
    (*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)
_UNSHOWN |= dict.fromkeys((0x09, 0x0A, 0x0D, 0x85, 0x2028, 0x2029), " ")
_RAISED = {"t": "ᵗ", "s": "ˢ", "p": "ᵖ", "n": "ⁿ", "f": "ᶠ", "d": "ᵈ"}


def visible(text: str) -> str:
    r"""The text on one line, without control characters: nothing in a name moves the cursor or turns what stands beside it.

    >>> visible("a\nb\x1b[31mc\u202ed")
    'a b[31mcd'
    """
    return text.translate(_UNSHOWN)


def header(table: Table) -> list[str]:
    """The stub's title and the columns', with their second lines in brackets."""
    titles = (f"{column.title} ({column.subtitle})" if column.subtitle else column.title for column in table.columns)
    return [visible(title) for title in (table.stub, *titles)]


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
        return (visible(cell.text) or MISSING) + signs(cell.marks)
    return number_text(cell.number)


def notes(table: Table) -> list[str]:
    """Caption, signs and notes as lines."""
    explained = "; ".join(f"{raised(sign)} {text}" for sign, text in table.footnotes)
    return [visible(note) for note in (table.caption, *([explained + "."] if explained else []), *table.source_notes)]
