"""Something in a store that is removed as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

DAY = 86400.0
ABANDONED_DAYS = 1  # after which another machine's half-written files go


@dataclass(frozen=True)
class Piece:
    """`kind` as it is told to people. In a store by URL its objects are `keys`, of which the `first` go one after another."""

    kind: str
    path: PurePath
    size: int
    keys: tuple[str, ...] = ()
    first: int = 0
