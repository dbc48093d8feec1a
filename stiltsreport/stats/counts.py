"""How many of several comparisons are of an effect: counts that hold whatever the comparisons share, in either direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.partial_conjunction import count_lower_bound
from stiltsreport.stats.verdicts import enough_seeds


@dataclass(frozen=True)
class Counted:
    """Of `of` planned comparisons `tested` have a p value; `above` and `below` have that sign.

    `better` and `worse` are the largest numbers for which "at least so many" holds, together with probability 1 - alpha.
    """

    of: int
    tested: int
    above: int
    below: int
    better: int
    worse: int


def counted(rows: Sequence[Comparison | None], alpha: float) -> Counted:
    """The counts of comparisons of which None is missing: by Bonferroni partial conjunction over one-sided p values, alpha / 2 a side.

    What is missing, or has fewer than five seeds, counts as p = 1.
    """
    there = [row for row in rows if row is not None]
    tested = [row for row in there if row.p_value is not None and enough_seeds(row)]
    better = [_one_sided(row, 1) for row in tested] + [1.0] * (len(rows) - len(tested))
    worse = [_one_sided(row, -1) for row in tested] + [1.0] * (len(rows) - len(tested))
    return Counted(
        len(rows),
        len(tested),
        sum(row.difference > 0 for row in there),
        sum(row.difference < 0 for row in there),
        count_lower_bound(better, alpha / 2),
        count_lower_bound(worse, alpha / 2),
    )


def _one_sided(row: Comparison, sign: int) -> float:
    """The p that the difference is not of that sign: half of the two-sided one on its side, since the tests are symmetric."""
    assert row.p_value is not None
    return row.p_value / 2 if row.difference * sign > 0 else 1 - row.p_value / 2
