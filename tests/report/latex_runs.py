"""Running TeX in tests: which engines are here, and documents around tables with the widths of papers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

ENGINES = ("pdflatex", "xelatex", "lualatex")
# Set-ups of our own with the measures of the papers that tables are made for: class options, geometry.
PAPERS = {
    "article": ("10pt", "letterpaper,textwidth=345pt,textheight=550pt"),
    "neurips": ("10pt", "letterpaper,textwidth=397pt,textheight=650pt"),
    "acl": ("11pt,twocolumn", "a4paper,textwidth=455pt,columnsep=17pt,textheight=700pt"),
}


def needs(*programs: str) -> pytest.MarkDecorator:
    """A mark that skips a test where one of the programs is not installed, and says how to get it."""
    missing = [program for program in programs if not shutil.which(program)]
    return pytest.mark.skipif(bool(missing), reason=f"no {', '.join(missing)}: .ci/run installs LaTeX on Debian")


def has_package(name: str) -> bool:
    """Whether TeX finds the package."""
    found = shutil.which("kpsewhich")
    return bool(found) and subprocess.run([found, f"{name}.sty"], capture_output=True, check=False).returncode == 0


def document(tables: Iterable[str], *, paper: str = "article", preamble: str = r"\usepackage{booktabs}") -> str:
    """A paper that holds these tables and nothing else; the log names each before what is said of it."""
    options, geometry = PAPERS[paper]
    lines = [rf"\documentclass[{options}]{{article}}", rf"\usepackage[{geometry}]{{geometry}}", preamble, r"\begin{document}"]
    for number, table in enumerate(tables):
        lines += [rf"\typeout{{TABLE {number}}}", table, r"\clearpage"]
    return "\n".join([*lines, r"\end{document}", ""])


def run(folder: Path, text: str, engine: str = "pdflatex") -> str:
    """The log of that document under that engine; fails with the first errors."""
    (folder / "main.tex").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "main.tex"],
        cwd=folder,
        capture_output=True,
        timeout=300,
        check=False,
    )
    log = (folder / "main.log").read_text(encoding="utf-8", errors="replace")
    lines = log.split("\n")
    assert done.returncode == 0, [" ".join(lines[place : place + 3]) for place, line in enumerate(lines) if line.startswith("!")][:3]
    return log
