"""The errors of one study file, gathered while it is read, each at its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from stiltsreport.errors import StiltsReportError, StudyErrors
from stiltsreport.study.positions import Key, Positions

T = TypeVar("T")
_LAST = (1 << 30, 0)


class Problems:
    """Takes note of errors and goes on, so that all are told at once, in the order of the file; those of --set come last."""

    def __init__(self, positions: Positions, overridden: Sequence[tuple[str, tuple[Key, ...]]] = ()) -> None:
        self.positions, self._overridden = positions, overridden
        self._found: dict[str, tuple[tuple[int, int], StiltsReportError]] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def where(self, *keys: Key) -> str:
        """FILE:LINE:COLUMN: KEY.PATH, or the --set that wrote the entry."""
        option = self._option(keys)
        if option is None:
            return self.positions.where(keys)
        return f"--set {option}: {'.'.join(map(str, keys))}"

    def _option(self, keys: Sequence[Key]) -> str | None:
        """The --set that wrote an entry, or made what the file does not have."""
        for name, path in self._overridden:
            if tuple(keys[: len(path)]) == path or (keys and path[: len(keys)] == tuple(keys) and not self.positions.written(keys)):
                return name
        return None

    def note(self, what: str, *keys: Key, hint: str = "") -> None:
        """Take note of an error at an entry."""
        self.add(StiltsReportError(what, where=self.where(*keys), hint=hint), keys)

    def add(self, error: StiltsReportError, keys: Sequence[Key]) -> None:
        """Take note of an error that knows its place, or of several at once."""
        mark = self.positions.mark(keys)
        place = (mark.line, mark.column) if mark else _LAST
        if self._option(keys) is not None:
            place = _LAST
        for one in error.errors if isinstance(error, StudyErrors) else (error,):
            self._found.setdefault(str(one), (place, one))

    def attempt(self, action: Callable[[], T], *keys: Key) -> T | None:
        """The action's value, or None with its error noted."""
        try:
            return action()
        except StiltsReportError as error:
            self.add(error, keys)
            return None

    def refuse(self) -> None:
        """Raise StudyErrors with all of them, if there are any."""
        if self._found:
            raise StudyErrors(error for _, error in sorted(self._found.values(), key=lambda pair: pair[0]))
