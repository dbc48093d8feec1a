"""`init`: a commented study file to start from."""

from __future__ import annotations

from pathlib import Path

from stiltsreport.cli.options import Options
from stiltsreport.cli.terminal import Terminal
from stiltsreport.errors import StiltsReportError
from stiltsreport.shipped import shipped


def run(options: Options, terminal: Terminal) -> int:
    """Write it to a file that is not there yet, or print it for "-"."""
    text = (shipped("templates") / "study.yaml").read_text(encoding="utf-8")
    if options.file == "-":
        terminal.result(text)
        return 0
    path = Path(options.file)
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise StiltsReportError("is there already", where=str(path), hint="another name: stiltsreport init FILE") from error
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise StiltsReportError(f"cannot be written: {error.strerror}", where=str(path), hint="a file in a folder that exists") from error
    terminal.result(str(path))
    terminal.note(f"now: stiltsreport check {path}")
    return 0
