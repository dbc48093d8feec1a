"""PDF: report.tex through latexmk, or an engine and bibtex, where they are installed.

The engine is pdflatex; where the report has words that only the fonts of XeLaTeX hold, it is xelatex, if that is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

HOW_TO_GET = (
    "report.pdf was not made: no LaTeX is installed here. On Debian: apt-get install texlive-latex-recommended lmodern latexmk; "
    "then run `latexmk -pdf report.tex` in the report's folder, or `stiltsreport report` again"
)
_SECONDS = 240


def missing() -> str:
    """Why no PDF can be made here; "" if one can."""
    return "" if shutil.which("latexmk") or (shutil.which("pdflatex") and shutil.which("bibtex")) else HOW_TO_GET


def compile_pdf(folder: Path) -> tuple[bytes | None, str]:
    """The PDF of folder/report.tex, and a note where none came of it. Nothing is written into the folder, and no shell is opened."""
    if missing():
        return None, HOW_TO_GET
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        for name in ("report.tex", "references.bib"):
            shutil.copy2(folder / name, work / name)
        for name in ("tables", "figures"):
            if (folder / name).is_dir():
                shutil.copytree(folder / name, work / name)
        texts = [work / "report.tex", *work.glob("tables/*.tex")]
        engine = "xelatex" if shutil.which("xelatex") and any(_other_scripts(text) for text in texts) else "pdflatex"
        for command in _commands(engine):
            # A fixed date gives the same report the same bytes. A font that is not here is not looked for among those to be made.
            clock = {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1", "MKTEXTFM": "0"}
            try:
                done = subprocess.run(  # noqa: S603 - fixed commands, found on PATH
                    command, cwd=work, env=os.environ | clock, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
                )
            except subprocess.TimeoutExpired:
                return None, f"report.pdf was not made: {command[0]} took more than {_SECONDS} seconds on report.tex"
            if done.returncode and command[0] != "bibtex":
                return None, f"report.pdf was not made: {command[0]} failed on report.tex: {_reason(work / 'report.log')}"
        return (work / "report.pdf").read_bytes(), ""


def _other_scripts(file: Path) -> bool:
    """Whether something in the file is set by commands for other scripts, which preamble.tex defines."""
    text = file.read_text(encoding="utf-8")
    return file.name != "preamble.tex" and any(rf"{command}{{" in text for command in (r"\stiltsother", r"\stiltsleftward"))


def _commands(engine: str) -> list[list[str]]:
    options = ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
    if shutil.which("latexmk"):
        return [["latexmk", "-norc", {"pdflatex": "-pdf", "xelatex": "-pdfxe"}[engine], *options, "report.tex"]]
    once = [engine, *options, "report.tex"]
    return [once, ["bibtex", "report"], once, once]


def _reason(log: Path) -> str:
    """The first error of a LaTeX log, with the line that follows."""
    lines = log.read_text(encoding="latin-1").splitlines() if log.exists() else []
    place = next((number for number, line in enumerate(lines) if line.startswith("!")), None)
    return "no log was written" if place is None else " ".join(lines[place : place + 2])
