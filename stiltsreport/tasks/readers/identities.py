"""The ids of one set: each may occur once."""

from __future__ import annotations

from stiltsreport.errors import DataError


class Identities:
    """The ids that were met so far, with where each stands."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def take(self, name: str, where: str) -> str:
        """The id. Raises DataError, naming both places, where it was met before."""
        if name in self._places:
            raise DataError(
                f"id {name!r} occurs twice, first at {self._places[name]}", where=where, hint="each example needs an id of its own"
            )
        self._places[name] = where
        return name
