"""Bytes as a person says them."""

from __future__ import annotations

_UNITS = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def size(count: float) -> str:
    """In the unit that leaves at least one before the point.

    >>> size(512), size(1_500), size(75e9)
    ('512 B', '1.5 kB', '75.0 GB')
    """
    for unit, factor in _UNITS:
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count:.0f} B"
