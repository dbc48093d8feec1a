"""A number of a plan that says where it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Basis = Literal["measured", "estimated", "unknown"]


@dataclass(frozen=True)
class Figure:
    """`value` is None where the basis is "unknown". `source` says in words what was measured or assumed."""

    value: float | None
    basis: Basis
    source: str = ""


UNKNOWN = Figure(None, "unknown")


def summed(figures: Iterable[Figure]) -> Figure:
    """Their sum: measured where all are, unknown where one is."""
    parts = list(figures)
    values = [part.value for part in parts]
    sources = "; ".join(dict.fromkeys(part.source for part in parts if part.source))
    if any(value is None for value in values):
        return Figure(None, "unknown", sources)
    total = float(sum(value for value in values if value is not None))
    return Figure(total, "measured" if parts and all(part.basis == "measured" for part in parts) else "estimated", sources)
