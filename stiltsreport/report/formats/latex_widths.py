"""How wide a column will be on paper, near enough and on the safe side: measured once in ems, then asked for in any size of type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stiltsreport.report.document import SIGNS, Column, Mark, Number, Table
from stiltsreport.report.formats.latex_paper import SMALLER

SEPARATION = 3.0  # points on each side of a column (\tabcolsep)
NARROWEST_TEXT = 70.0  # points of a column of running text
HEADER_WIDTH = 100.0  # points of a column's title that is set in lines
_MARK = 4.0  # points of a superscript sign
_BOLD = 1.15
_ROOM = dict.fromkeys("mwMW%@&±+−", 0.86) | dict.fromkeys("ijltf.,:;|!'()[]- ", 0.33)  # ems; letters and digits below
_ROOM |= dict.fromkeys("abcdeghknopqrsuvxyz0123456789", 0.5) | dict.fromkeys("ABCDEFGHIJKLNOPQRSTUVXYZ", 0.72)


@dataclass(frozen=True)
class Measure:
    """A column in ems of its type (`second` in those of the second line) and signs beside a number."""

    wide: bool
    title: float
    longest_word: float
    broken: bool  # whether its title may be set in lines
    body: float
    signs: int
    second: float
    second_signs: int

    def width(self, em: float) -> float:
        """Points that the column takes with what separates it from its neighbours."""
        if self.wide:
            return NARROWEST_TEXT + 2 * SEPARATION
        title = self.title * em
        if self.broken and title > HEADER_WIDTH:
            title = max(HEADER_WIDTH, self.longest_word * em)
        second = self.second * min(em, SMALLER.em) + _MARK * self.second_signs
        return 2 * SEPARATION + max(title, self.body * em + _MARK * self.signs, second)


def measure(table: Table, index: int, *, together: bool = False) -> Measure:
    """The widest of everything in that column; `together`: its first and second numbers have one format, as siunitx has it."""
    column = table.columns[index]
    cells = [row.cells[index] for row in table.rows]
    numbers = [cell.number for cell in cells if cell.number]
    seconds = [cell.second for cell in cells if cell.second]
    texts = [cell for cell in cells if cell.number is None]
    if together:
        numbers = [*numbers, *seconds]
    return Measure(
        column.wide,
        ems(column.title),
        max((ems(word) for word in column.title.split()), default=0.0),
        breaks(column),
        max([ems(column.subtitle), _numbers(numbers), *(ems(cell.text or "-") for cell in texts)]),
        max(_most(number.marks for number in numbers), _most(cell.marks for cell in texts)),
        _numbers(seconds),
        _most(number.marks for number in seconds),
    )


def breaks(column: Column) -> bool:
    """Whether the column's title may be set in lines: one of words over numbers."""
    return column.align == "right" and " " in column.title


def stub_measure(table: Table) -> tuple[float, float]:
    """The row headers in ems, and the titles of second lines in ems of theirs."""
    second = table.second_title if any(cell.second for row in table.rows for cell in row.cells) else ""
    return max([ems(table.stub), *(ems(row.stub) for row in table.rows)]), ems(second)


def ems(text: str) -> float:
    """The width of a text in Computer Modern, in ems."""
    return sum([_ROOM.get(sign, 0.6) for sign in text])


def _numbers(numbers: Sequence[Number]) -> float:
    """Numbers under each other: the widest sign, whole part and decimals that any of them has."""
    texts = [number.text for number in numbers]
    if not texts:
        return 0.0
    bare = [text.lstrip("+−±").partition(".") for text in texts]
    digits = 0.5 * (max([len(whole) for whole, _, _ in bare]) + max([len(decimals) for _, _, decimals in bare]))
    point = 0.33 if any(point for _, point, _ in bare) else 0.0
    sign = 0.86 if any(text[0] in "+−±" for text in texts) else 0.0
    return (digits + point + sign) * (_BOLD if any("best" in number.marks for number in numbers) else 1.0)


def _most(marks: Iterable[Sequence[Mark]]) -> int:
    return max((len([mark for mark in one if mark in SIGNS]) for one in marks), default=0)
