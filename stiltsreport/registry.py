"""Dicts of records by name that refuse two of one name, and look-up with "did you mean"."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from stiltsreport.errors import StiltsReportError


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """What it is called in studies."""
        ...


N = TypeVar("N", bound=Named)
T = TypeVar("T")


def by_name(records: Iterable[N]) -> dict[str, N]:
    """The records under their names; two of one name are a bug and raise ValueError."""
    found: dict[str, N] = {}
    for record in records:
        if record.name in found:
            raise ValueError(f"two records are named {record.name!r}")
        found[record.name] = record
    return found


def did_you_mean(name: str, known: Iterable[str], aliases: Mapping[str, str] | None = None) -> str:
    """The hint for an unknown name: the nearest known one, or all of them when none is near.

    >>> did_you_mean("panex", ["panx", "xnli"]), did_you_mean("a", ())
    ("did you mean 'panx'?", 'there is none to name')
    """
    names = list(known)
    if not names:
        return "there is none to name"
    near = nearest(name, names, aliases)
    return f"did you mean {near!r}?" if near is not None else f"known: {', '.join(names)}"


def nearest(name: str, known: Sequence[str], aliases: Mapping[str, str] | None = None) -> str | None:
    """The known name that an unknown one is almost, or None.

    >>> nearest("panex", ["panx", "xnli"]), nearest("a", ["panx"])
    ('panx', None)
    """
    alias = (aliases or {}).get(name.lower())
    if alias in known:
        return alias
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.55)
    if not near:
        folded = {known_name.lower(): known_name for known_name in known}
        near = [folded[match] for match in difflib.get_close_matches(name.lower(), list(folded), n=1, cutoff=0.55)]
    return near[0] if near else None


def look_up(records: Mapping[str, T], name: str, kind: str, *, where: str = "", aliases: Mapping[str, str] | None = None) -> T:
    """The record of that name.

    Raises StiltsReportError "unknown KIND 'NAME'; did you mean ...?" where there is none.
    """
    if name in records:
        return records[name]
    raise StiltsReportError(f"unknown {kind} {name!r}", where=where, hint=did_you_mean(name, records, aliases))
