"""What verification finds: differences, each with its place, what stands there and what would be right; by level."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stiltsreport.report.numbers import plural

LevelName = Literal["rendering", "scores", "predictions"]
Status = Literal["right", "different", "not checkable"]
_LONGEST = 200  # signs of a line in a message
_BEFORE = 60  # signs before the place where two lines part
_OF_CELLS = {"grey"}
_OF_WORDS = {
    "text", "column", "order of columns", "name of the row", "group of the row", "sentence", "latex", "note", "notes", "reasons", "test",
}  # fmt: skip
_OF_DATA = ("of the cell", "in the data block", "data of the table", "data block")
LEVELS: tuple[LevelName, ...] = ("rendering", "scores", "predictions")


@dataclass(frozen=True)
class Difference:
    """One place that is not as it should be.

    `file` is where it stands; `place` its table, claim or sentence; `row` and `column` the keys of the cell, where it is one. `what` is
    what differs: "number", "marks", "bold", "underlined", "grey", "text", "row", "order" and the like. `shown` "" : it is not there;
    `right` "": nothing should be.
    """

    file: str
    what: str
    shown: str
    right: str
    place: str = ""
    row: str = ""
    column: str = ""

    @property
    def of_wording(self) -> bool:
        """Whether it is of words and layout, which another version of the code may choose otherwise: no number, mark, row or file."""
        parts = {part.removeprefix("second ") for part in self.what.split(", ")}
        return self.what.startswith("line ") or self.what.endswith(_OF_DATA) or parts <= (_OF_CELLS if self.column else _OF_WORDS)

    def __str__(self) -> str:
        cell = "|".join(part for part in (self.row, self.column) if part)
        where = ", ".join(part for part in (self.file, self.place, cell) if part)
        shown = f"shows {self.shown}" if self.shown else "is not there"
        return f"{where}: {self.what}: {shown}; right would be {self.right or 'nothing'}"


@dataclass(frozen=True)
class Level:
    """One of the three levels: what was held against what, what differs, what could not be held against anything, and remarks.

    `lacking` says why a level, or a part of it, could not be checked.
    """

    name: LevelName
    about: str
    differences: tuple[Difference, ...] = ()
    lacking: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """A difference outweighs what could not be checked."""
        return "different" if self.differences else "not checkable" if self.lacking else "right"

    @property
    def headline(self) -> str:
        """The level in one line."""
        status = plural(len(self.differences), "difference") if self.differences else self.status
        return f"{self.name}: {status}: {'; '.join(part for part in (self.about, *self.lacking) if part)}"


def clipped(shown: str, right: str) -> tuple[str, str]:
    """Two long lines from a little before the place where they part."""
    parted = len(os.path.commonprefix([shown, right]))  # noqa: RUF071 - of two sentences, letter by letter
    start = max(0, parted - _BEFORE) if parted > _BEFORE else 0
    return tuple(("..." if start else "") + line[start : start + _LONGEST] for line in (shown, right))  # type: ignore[return-value]


def exit_code(levels: Sequence[Level]) -> int:
    """2 where anything differs, 1 where something could not be checked, else 0."""
    found = {level.status for level in levels}
    return 2 if "different" in found else 1 if "not checkable" in found else 0
