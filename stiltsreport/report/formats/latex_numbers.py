"""How a column of numbers is set: padded by us, with booktabs alone, or in an S column of siunitx.

Padded: the columns are flush right, and an invisible rest of the widest marks keeps digits under digits. siunitx: the column's format is
computed from its numbers, and what stands beside a number (marks, an underline, ±) takes none of their room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stiltsreport.report.document import MISSING, SIGNS, Cell, Mark, Number
from stiltsreport.report.formats.latex_text import latex

SIGN_COMMANDS: dict[str, str] = {sign: rf"\mathrm{{{sign}}}" for sign in SIGNS.values()} | {"†": r"\dagger", "⋄": r"\diamond"}
NUMBER_SIGNS = "+−±"


@dataclass(frozen=True)
class Setting:
    """One column: what stands in the tabular's preamble, and its header, first and second lines in LaTeX."""

    column: str
    header: Callable[[str], str]
    first: Callable[[Cell], str]
    second: Callable[[Number], str]


def text_column() -> Setting:
    """A column whose cells are words."""

    def first(cell: Cell) -> str:
        return _number(cell.number, 0) if cell.number else _text(cell) + _superscript(cell.marks)

    return Setting("l", latex, first, lambda number: rf"\stiltssecond{{{_number(number, 0)}}}")


def padded(cells: Sequence[Cell]) -> Setting:
    """A column flush right in which digits stand under digits by phantoms."""
    above = max((_signs(cell.number.marks if cell.number else cell.marks) for cell in cells), default=0)
    beneath = max((_signs(cell.second.marks) for cell in cells if cell.second), default=0)

    def first(cell: Cell) -> str:
        return _number(cell.number, above) if cell.number else _text(cell) + _superscript(cell.marks, above)

    return Setting(
        "r",
        lambda title: rf"\multicolumn{{1}}{{r}}{{{latex(title)}}}" if title else "",
        first,
        lambda number: rf"\stiltssecond{{{_number(number, beneath)}}}",
    )


def siunitx(cells: Sequence[Cell]) -> Setting:
    """An S column; one without a number is set as `padded` has it."""
    numbers = [number for cell in cells for number in (cell.number, cell.second) if number]
    if not numbers:
        return padded(cells)
    texts = [number.text for number in numbers]
    whole = max(len(text.lstrip(NUMBER_SIGNS).partition(".")[0]) for text in texts)
    decimals = max(len(text.partition(".")[2]) for text in texts)
    sign = "+" if any(text[0] in NUMBER_SIGNS for text in texts) else ""
    marks = max((_superscript(number.marks) for number in numbers), key=lambda marks: (marks.count("\\"), len(marks)))
    room = f",table-space-text-post={{{marks}}}" if marks else ""

    def first(cell: Cell) -> str:
        return _in_s(cell.number, decimals, "") if cell.number else f"{{{_text(cell)}{_superscript(cell.marks)}}}"

    return Setting(
        f"S[table-format={sign}{whole}.{decimals}{room}]",
        lambda title: f"{{{latex(title)}}}" if title else "",
        first,
        lambda number: _in_s(number, decimals, r"\stiltssmaller"),
    )


def _in_s(number: Number, decimals: int, size: str) -> str:
    """A number that siunitx reads: what changes its type stands before it, without braces, and its marks behind it."""
    bare = number.text.replace("−", "-").replace("±", r"\pm")
    underline = ""
    if "tied" in number.marks:
        shape = rf"\bfseries{{}}{bare}" if "best" in number.marks else bare
        underline = rf"\stiltsunder{{{shape}}}" if len(bare.partition(".")[2]) == decimals else ""
    kind = size + (r"\bfseries" if "best" in number.marks else "") + (r"\stiltsgreyed" if number.grey else "")
    return f"{kind}{bare}{underline}{_superscript(number.marks)}"


def _text(cell: Cell) -> str:
    return latex(cell.text.strip() if cell.text else MISSING)


def _number(number: Number, room: int) -> str:
    text = number.text.replace("−", "$-$").replace("±", r"$\pm$")
    if "best" in number.marks:
        text = rf"\textbf{{{text}}}"
    if "tied" in number.marks:
        text = rf"\underline{{{text}}}"
    if number.grey:
        text = rf"\stiltsgrey{{{text}}}"
    return text + _superscript(number.marks, room)


def _superscript(marks: Sequence[Mark], room: int = 0) -> str:
    """The signs as a superscript, and an invisible rest so that the numbers of a column end at one place."""
    signs = [SIGN_COMMANDS[SIGNS[mark]] for mark in SIGNS if mark in marks]
    shown_signs = "$^{" + "".join(signs) + "}$" if signs else ""
    lacking = room - len(signs)
    return shown_signs + (r"\phantom{$^{" + r"\mathrm{t}" * lacking + "}$}" if lacking > 0 else "")


def _signs(marks: Sequence[Mark]) -> int:
    return len([mark for mark in marks if mark in SIGNS])
