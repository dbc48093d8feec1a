"""Second intervals of a report folder, used again where there is no store to compute them from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from stiltsreport.stats.comparison import Comparison
from stiltsreport.stats.items.families import Key, key_of
from stiltsreport.stats.items.second import BOOTSTRAP, SECOND

NEEDS_STORE = "needs the store"
_EXACT = ("inputs", "test", "family", "margin", "seeds", "verdict")
_CLOSE = ("difference", "low", "high", "p_value", "adjusted_p_value", "adjusted_equivalence_p_value")


def with_kept(rows: Sequence[Comparison], kept: Iterable[Comparison]) -> list[Comparison]:
    """The comparisons, each followed by its rows over items out of `kept`, the comparisons of an earlier report.

    They are taken where that report's own first row is the same: of the same jobs, with the same test, margin and family. Others have a row
    without numbers that says that it needs the store.
    """
    first: dict[Key, Comparison] = {}
    second: dict[Key, list[Comparison]] = {}
    for row in kept:
        if row.interval == "t":
            first[key_of(row)] = row
        else:
            second.setdefault(key_of(row), []).append(row)
    found: list[Comparison] = []
    for row in rows:
        if row.interval == "t":
            found.append(row)
            before, its = first.get(key_of(row)), second.get(key_of(row), [])
            if row.seeds:
                usable = before is not None and its and _same(row, before) and NEEDS_STORE not in its[0].note
                found.extend(its if usable else [_lacking(row)])
    return found


def comparison_of(row: dict[str, Any]) -> Comparison:
    """A row of comparisons.jsonl. Raises TypeError for one of another version."""
    return Comparison(**{**row, "seeds": tuple(row["seeds"])})


def _same(row: Comparison, before: Comparison) -> bool:
    return all(getattr(row, name) == getattr(before, name) for name in _EXACT) and all(
        _equal(getattr(row, name), getattr(before, name)) for name in _CLOSE
    )


def _equal(one: float | None, other: float | None) -> bool:
    """Up to what another version of a library may change in the last digits."""
    return one is other if one is None or other is None else math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)


def _lacking(row: Comparison) -> Comparison:
    verdict = "descriptive only" if row.verdict == "descriptive only" else "undecided"
    return replace(
        row, low=None, high=None, p_value=None, adjusted_p_value=None, test=SECOND, interval=BOOTSTRAP, sign_flip_p_value=None,
        smallest_sign_flip_p_value=None, equivalence_p_value=None, adjusted_equivalence_p_value=None, verdict=verdict,
        note=f"no interval over items: {NEEDS_STORE}", standard_error=None, degrees_of_freedom=None,
    )  # fmt: skip
