"""LaTeX for report.pdf, with the packages that reports use, and fonts for names in other scripts."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator

from stiltsreport.cli.doctor.finding import Finding

AREA = "LaTeX"
# A LaTeX file that a report needs, and the Debian package that brings it.
_NEEDED = {
    "booktabs.sty": "texlive-latex-recommended",
    "hyperref.sty": "texlive-latex-recommended",
    "lmodern.sty": "lmodern",
    "microtype.sty": "texlive-latex-recommended",
}
_ON_REQUEST = {"siunitx.sty": "texlive-science", "threeparttable.sty": "texlive-latex-extra"}
_SECONDS = 30

Which = Callable[[str], str | None]


def typesetting(which: Which = shutil.which) -> Iterator[Finding]:
    """A report without a PDF is whole: what lacks here is a note."""
    if not which("pdflatex"):
        get = "apt-get install texlive-latex-recommended lmodern latexmk, or TeX Live from tug.org"
        yield Finding(AREA, "pdflatex", "note", "not installed: reports come without report.pdf; report.tex and tables/ are written", get)
        return
    if which("latexmk") or which("bibtex"):
        yield Finding(AREA, "pdflatex", "right", "report.pdf can be made")
    else:
        yield Finding(AREA, "bibtex", "note", "neither bibtex nor latexmk: no report.pdf", "apt-get install texlive-binaries latexmk")
    yield _packages("packages", _NEEDED, "report.tex", which)
    yield _packages("siunitx", _ON_REQUEST, "`report: {latex: siunitx}`", which)
    if which("xelatex"):
        yield Finding(AREA, "xelatex", "right", "names in scripts other than Latin are set")
    else:
        said = "not installed: report.pdf spells names in other scripts by code points"
        yield Finding(AREA, "xelatex", "note", said, "apt-get install texlive-xetex fonts-dejavu-core")


def _packages(name: str, wanted: dict[str, str], purpose: str, which: Which) -> Finding:
    if not which("kpsewhich"):
        return Finding(AREA, name, "note", "kpsewhich is not there, so packages cannot be looked up")
    missing = [file for file in wanted if not _found(file)]
    if missing:
        packages = " ".join(dict.fromkeys(wanted[file] for file in missing))
        return Finding(AREA, name, "note", f"{', '.join(missing)} not found: needed for {purpose}", f"apt-get install {packages}")
    return Finding(AREA, name, "right", f"{', '.join(file.removesuffix('.sty') for file in wanted)}: for {purpose}")


def _found(file: str) -> bool:
    try:
        done = subprocess.run(["kpsewhich", file], capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603, S607 - fixed
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
