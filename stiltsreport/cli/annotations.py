"""Findings as GitHub's workflow commands: lines of stdout that the runner turns into notes at their place in a pull request.

The form is that of docs.github.com, "Workflow commands for GitHub Actions": `::error file=F,line=L,col=C::message`, with per cent signs and
line breaks escaped, and in properties colons and commas too.
"""

from __future__ import annotations

import re

from stiltsreport.errors import StiltsReportError

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::(?P<col>\d+))?(?:: (?P<entry>.*))?", re.DOTALL)


def annotation(error: StiltsReportError, study: str) -> str:
    """The error at its file, line and column; at the study's file where it knows no place of its own.

    >>> annotation(StiltsReportError("unknown task 'pnx'", where="x.yaml:4:9: target.2", hint="did you mean 'panx'?"), "x.yaml")
    "::error file=x.yaml,line=4,col=9::target.2: unknown task 'pnx'; did you mean 'panx'?"
    """
    found = _PLACE.fullmatch(error.where)
    if found is None:
        return f"::error file={_property(study)}::{_message(str(error))}"
    place = ",".join(f"{name}={_property(found[name])}" for name in ("file", "line", "col") if found[name])
    text = f"{found['entry']}: {error.what}" if found["entry"] else error.what
    return f"::error {place}::{_message(f'{text}; {error.hint}' if error.hint else text)}"


def warning(text: str, study: str) -> str:
    """What should be known of a study."""
    return f"::warning file={_property(study)}::{_message(text)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
