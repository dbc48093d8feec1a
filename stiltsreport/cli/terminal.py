"""Where text goes: results to stdout, everything about the work to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from stiltsreport.cli.layout import folded, width_of
from stiltsreport.errors import StiltsReportError, StudyErrors

_STILL = ("dumb", "unknown")  # terminals that cannot draw in place, such as an editor's


class Terminal:
    """stdout and stderr with a verbosity: -1 shows warnings and errors alone, 1 and more shows details."""

    def __init__(self, verbosity: int = 0) -> None:
        self.verbosity = verbosity

    def result(self, text: str) -> None:
        """What was asked for."""
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")

    def text(self, *lines: str) -> None:
        """What was asked for, for a reader: no line is wider than the terminal. Programs are given whole lines."""
        for line in folded(lines, self.width):
            self.result(line)

    @property
    def width(self) -> int | None:
        """Columns for results; None where they go to no terminal."""
        return width_of(sys.stdout)

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
        return self.verbosity >= 0 and sys.stderr.isatty() and os.environ.get("TERM") not in _STILL


def _say(text: str) -> None:
    lines = folded(text.split("\n"), width_of(sys.stderr))
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    sys.stderr.flush()
