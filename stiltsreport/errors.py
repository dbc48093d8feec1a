"""Errors that the user can mend: shown without a traceback, with exit code 2; without secrets, and none longer than one can read."""

from __future__ import annotations

import json
from collections.abc import Iterable

from stiltsreport.redaction import redacted

_LONGEST = 600  # characters of each part: a value of a whole file tells nobody where to look


class StiltsReportError(Exception):
    """Something the user can mend: says where, what is wrong, and what would be right.

    >>> str(StiltsReportError("unknown task 'pnx'", where="x.yaml:4:9: target.2", hint="did you mean 'panx'?"))
    "x.yaml:4:9: target.2: unknown task 'pnx'; did you mean 'panx'?"
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = _shown(what), _shown(where), _shown(hint)
        text = f"{self.where}: {self.what}" if self.where else self.what
        super().__init__(f"{text}; {self.hint}" if self.hint else text)

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore, (type(self), self.what, self.where, self.hint))


class DataError(StiltsReportError):
    """A data file is malformed: `where` is FILE or FILE:LINE."""


class StudyErrors(StiltsReportError):  # noqa: N818 - it holds several
    """Every error of one study file at once, in the order of the file."""

    def __init__(self, errors: Iterable[StiltsReportError]) -> None:
        self.errors = tuple(errors)
        super().__init__("")
        self.what = "\n".join(str(error) for error in self.errors)
        self.args = (self.what,)

    def __reduce__(self) -> tuple[object, ...]:
        return (StudyErrors, (self.errors,))


def cause(error: Exception) -> str:
    """What an error of Python's says to people: no number of the system's, no path twice, and more than the name of a key.

    >>> cause(PermissionError(13, "Permission denied", "/x")), cause(KeyError("setup"))
    ('Permission denied', "no 'setup'")
    """
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.object[error.start]:#04x} is not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON, {error.msg} in line {error.lineno}"
    return f"no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__


def _shown(text: str) -> str:
    """The text without secrets; of a very long one its beginning and end."""
    text = redacted(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 200]} … {text[-190:]}"


def _restore(kind: type[StiltsReportError], what: str, where: str, hint: str) -> StiltsReportError:
    """Rebuild an error on this side of a process boundary (keyword arguments do not survive by themselves)."""
    return kind(what, where=where, hint=hint)
