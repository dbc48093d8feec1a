"""Where text goes: results to stdout, everything about the work to stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from stiltsreport.errors import StiltsReportError, StudyErrors


class Terminal:
    """stdout and stderr with a verbosity: -1 shows warnings and errors alone, 1 and more shows details."""

    def __init__(self, verbosity: int = 0) -> None:
        self.verbosity = verbosity

    def result(self, text: str) -> None:
        """What was asked for."""
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")

    def note(self, text: str) -> None:
        """What is being done."""
        if self.verbosity >= 0:
            _say(text)

    def detail(self, text: str) -> None:
        """What only -v shows."""
        if self.verbosity >= 1:
            _say(text)

    def warning(self, text: str) -> None:
        """What should be known; shown even when quiet."""
        _say(f"warning: {text}")

    def error(self, error: StiltsReportError) -> None:
        """What has to be mended: every error on a line of its own, the place first."""
        errors: Sequence[StiltsReportError] = error.errors if isinstance(error, StudyErrors) else (error,)
        for one in errors:
            _say(f"error: {one}" if not one.where else str(one))
        if len(errors) > 1:
            _say(f"{len(errors)} errors")

    @property
    def live(self) -> bool:
        """Whether stderr is a terminal that can show a table in place."""
        return self.verbosity >= 0 and sys.stderr.isatty()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
