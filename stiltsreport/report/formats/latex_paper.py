r"""The papers that tables are made for: how wide their text is, in points.

A table is set in type of a fixed size, not of \small, whose size depends on the class: so it is as wide in every paper as it was planned.
Widths: LaTeX's article class on letter paper at 10 points; the NeurIPS style (5.5 inches); the ACL style (two columns of 7.7 cm and
0.6 cm between them, on A4).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """`width` and `height`: of the text; `column`: the width of one of its columns, for tables that fit into it, or 0 for one."""

    width: float
    height: float
    column: float = 0.0


PAPERS = {"article": Paper(345.0, 550.0), "neurips": Paper(397.0, 650.0), "acl": Paper(455.0, 700.0, column=219.0)}


@dataclass(frozen=True)
class Size:
    """A size of type: points and distance of lines as LaTeX is told, and the width of one em to reckon with.

    Computer Modern is wider in small sizes (a digit takes 0.57 em of cmr7 and 0.50 of cmr10); Times is narrower than both.
    """

    points: int
    leading: float
    em: float


SIZES = (Size(9, 10.5, 9.3), Size(8, 9.5, 8.6), Size(7, 8.3, 8.1))  # of a table that stands whole in one panel, the largest that fits
PANEL_SIZE = SIZES[1]  # of one that does not
SMALLER = Size(7, 8.3, 8.1)  # of the second line of a row
NOTES = Size(8, 9.5, 8.6)
NOTES_WIDTH = 0.7  # of the width: a narrower table has notes as wide as the text
CAPTION = Size(11, 13.6, 11.0)  # what classes set captions in, or less
