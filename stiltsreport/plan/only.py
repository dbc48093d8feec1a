"""--only: patterns over MODEL/INTERMEDIATE[+VARIANT]/TARGET/SEED."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence

from stiltsreport.errors import StiltsReportError, StudyErrors


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether any pattern fits the name, part by part; a pattern of fewer parts fits whatever follows. No pattern fits all.

    >>> matches("xlmr-base/squad/xnli/1", ["*/squad"]), matches("xlmr-base/squad/xnli/1", ["*/s*/mlqa"])
    (True, False)
    """
    if not patterns:
        return True
    parts = name.split("/")
    return any(_fits(parts, pattern.split("/")) for pattern in patterns)


def _fits(parts: Sequence[str], pieces: Sequence[str]) -> bool:
    return len(pieces) <= len(parts) and all(fnmatch.fnmatchcase(part, piece) for part, piece in zip(parts, pieces, strict=False))


def refuse_idle(patterns: Sequence[str], names: Iterable[str]) -> None:
    """Raise StudyErrors with every pattern that fits none of the names: a slip of the pen would run nothing and call it done."""
    known = list(names)
    example = known[0] if known else "*/squad/*/1"
    idle = [pattern for pattern in patterns if not any(matches(name, [pattern]) for name in known)]
    if idle:
        raise StudyErrors(
            StiltsReportError(
                "matches no run of the study", where=f"--only {pattern}", hint=f"MODEL/INTERMEDIATE/TARGET/SEED, such as {example}"
            )
            for pattern in idle
        )
