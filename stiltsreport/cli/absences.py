"""What of a study's data is not there: one line for each set, its languages together."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stiltsreport.errors import DataError, StiltsReportError

_LANGUAGE = re.compile(r" in '([a-z-]+)'")


def absent(problems: Iterable[StiltsReportError]) -> list[StiltsReportError]:
    """The problems that are no faults of a file: a study runs without such data, and shows gaps."""
    return [problem for problem in problems if not isinstance(problem, DataError)]


def faults(problems: Iterable[StiltsReportError]) -> list[StiltsReportError]:
    """The problems of files that are there and cannot be used."""
    return [problem for problem in problems if isinstance(problem, DataError)]


def lines(problems: Iterable[StiltsReportError]) -> list[str]:
    """A line for each kind of data that is absent.

    >>> lines([StiltsReportError(f"no test data of XNLI in '{code}' (evaluation)", where="xnli") for code in ("de", "sw")])
    ['xnli: no test data of XNLI in de, sw (evaluation)']
    """
    languages: dict[str, list[str]] = {}
    for problem in problems:
        text = str(problem)
        found = _LANGUAGE.search(text)
        languages.setdefault(_LANGUAGE.sub(" in {}", text, count=1), []).extend([found[1]] if found else [])
    return [text.replace("{}", ", ".join(codes), 1) if codes else text for text, codes in languages.items()]
