"""Tables and reports through real engines: nothing is wider or higher than the paper, no error, no bitmap font, nothing for ChkTeX to say."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from stiltsreport.report.document import Figure, Report, Row, RowGroup, Section, Table, Typesetting
from stiltsreport.report.formats import latex, pdf
from stiltsreport.report.write import _write_latex
from tests.report.latex_runs import ENGINES, PAPERS, document, has_package, needs, run
from tests.report.test_latex import wide
from tests.report.test_snapshots import methods_report

OVERFULL = re.compile(r"Overfull \\[hv]box \((\d+\.\d+)pt")
SOME = 1.0  # points by which nobody sees that a line is too long


@pytest.fixture(scope="module")
def of_methods() -> Report:
    return methods_report()


def too_wide(log: str) -> list[str]:
    return [found[0] for found in OVERFULL.finditer(log) if float(found[1]) > SOME] + re.findall(r"Float too large.*", log)


@needs("pdflatex")
@pytest.mark.parametrize("kind", ["booktabs", "siunitx"])
@pytest.mark.parametrize("paper", PAPERS)
def test_tables_fit_the_paper_that_they_are_made_for(report: Report, of_methods: Report, tmp_path: Path, paper: str, kind: str) -> None:
    if kind == "siunitx" and not (has_package("siunitx") and has_package("threeparttable")):
        pytest.skip("no siunitx and threeparttable: .ci/run installs LaTeX on Debian")
    setting = Typesetting(kind, paper)  # type: ignore[arg-type] - one of each
    tables = [*of_methods.tables, wide(30, 1, 6, spanner=6)]
    if kind == "booktabs":  # siunitx takes its time
        tables += [*report.tables, wide(51, 5, 12)]
    texts = [latex.render_table(table, "0", setting) for table in tables if table.rows]
    needed = {name for text in texts for name in text.partition("\n")[0].removeprefix("% needs: ").split(", ")}
    assert needed == ({"booktabs"} if kind == "booktabs" else {"booktabs", "siunitx", "threeparttable"})
    log = run(tmp_path, document(texts, paper=paper, preamble=rf"\usepackage{{{','.join(sorted(needed))}}}"))
    assert not too_wide(log)


@needs("pdflatex")
@pytest.mark.parametrize("paper", [paper for paper in PAPERS if paper != "article"])
def test_tables_for_no_paper_in_particular_fit_every_one(report: Report, tmp_path: Path, paper: str) -> None:
    texts = [latex.render_table(table, "0") for table in report.tables if table.rows]
    assert not too_wide(run(tmp_path, document(texts, paper=paper)))


@pytest.mark.parametrize("engine", [pytest.param(engine, marks=needs(engine)) for engine in ENGINES])
def test_hostile_words_compile(nasty: Report, tmp_path: Path, engine: str) -> None:
    (tmp_path / "preamble.tex").write_text(latex.preamble(), encoding="utf-8")
    texts = [latex.render_table(table, "0") for table in nasty.tables if table.rows]
    run(tmp_path, document(texts, preamble=r"\input{preamble}"), engine)


@pytest.mark.slow
@pytest.mark.parametrize("engine", [pytest.param(engine, marks=needs(engine)) for engine in ENGINES])
def test_a_hostile_report_compiles(nasty: Report, tmp_path: Path, engine: str) -> None:
    folder = written(nasty, tmp_path / "report")
    run_report(folder, engine)
    assert (folder / "main.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("engine", [pytest.param(engine, marks=needs(engine, "pdftotext", "fc-list")) for engine in ENGINES[1:]])
def test_scripts_are_kept_as_text_where_a_font_has_them(tmp_path: Path, engine: str) -> None:
    words = {"Русский": "0440", "Ελληνικά": "03ba", "Tiếng Việt": "1ebf", "עברית": "05e2"}
    fonts = [subprocess.run(["fc-list", f"DejaVu Sans:charset={point}"], capture_output=True, check=False) for point in words.values()]
    if not all(found.stdout for found in fonts):
        pytest.skip("no DejaVu Sans: apt-get install fonts-dejavu-core")
    rows = tuple(Row(word, ()) for word in (*words, "\U00010d30 lost"))  # Hanifi Rohingya digits: no font here has them
    table = Table("t", "T", "C.", "Language", (), (RowGroup("", rows),))
    (tmp_path / "preamble.tex").write_text(latex.preamble(), encoding="utf-8")
    run(tmp_path, document([latex.render_table(table, "0")], preamble=r"\input{preamble}"), engine)
    text = subprocess.run(["pdftotext", "main.pdf", "-"], cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    for word in list(words)[:3]:
        assert word in text
    assert set("עברית") <= set(text)  # in one order or the other
    assert "U+10D30 lost" in text


@needs("chktex")
@pytest.mark.parametrize("kind", ["booktabs", "siunitx"])
def test_chktex_has_nothing_to_say(report: Report, of_methods: Report, tmp_path: Path, kind: str) -> None:
    for number, one in enumerate((report, of_methods)):
        folder = written(replace(one, typesetting=Typesetting(kind)), tmp_path / str(number))  # type: ignore[arg-type] - one of two
        for file in (folder / "report.tex", *folder.glob("tables/*.tex")):
            done = subprocess.run(["chktex", "-q", file.relative_to(folder)], cwd=folder, capture_output=True, check=False)
            assert done.returncode == 0, done.stdout.decode()[:2000]


@pytest.mark.slow
@needs("pdflatex", "pdffonts", "pdftotext", "bibtex")
def test_the_report_as_a_paper(of_methods: Report, tmp_path: Path) -> None:
    folder = written(of_methods, tmp_path / "report")
    made, note = pdf.compile_pdf(folder)
    assert note == ""
    assert made is not None
    (tmp_path / "report.pdf").write_bytes(made)
    assert pdf.compile_pdf(folder)[0] == made, "the same report has the same bytes"
    fonts = subprocess.run(["pdffonts", "report.pdf"], cwd=tmp_path, capture_output=True, check=True).stdout.decode().splitlines()[2:]
    assert fonts
    for line in fonts:
        assert re.search(r"(Type 1|TrueType|Type 1C|Type 0C)", line), line
        assert "Type 3" not in line, line
        assert re.search(r" (yes|no) +(yes|no) +(yes|no) +\d+ +\d+$", line)[1] == "yes", line  # type: ignore[index] - it is there
    text = subprocess.run(["pdftotext", "-layout", "report.pdf", "-"], cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    pages = text.split("\f")
    text = "\n".join(pages)
    assert "Abstract" in pages[0]
    assert "Contents" in pages[0]
    for number, page in enumerate(pages[:-1], 1):
        assert page.strip().splitlines()[-1].strip() == str(number)
    assert "??" not in text
    tables = [int(found) for found in re.findall(r"^ *Table (\d+):(?!.*continued)", text, re.MULTILINE)]
    assert tables == list(range(1, len(tables) + 1)), "tables stand in their order"


@pytest.mark.slow
@needs("pdflatex", "xelatex", "pdftotext", "pdfinfo", "bibtex")
def test_the_pdf_keeps_words_that_pdflatex_cannot_set(of_methods: Report, tmp_path: Path) -> None:
    folder = written(replace(of_methods, title="Русский эксперимент"), tmp_path / "report")
    made, note = pdf.compile_pdf(folder)
    assert note == ""
    assert made is not None
    (tmp_path / "report.pdf").write_bytes(made)
    text = subprocess.run(["pdftotext", "-l", "1", "report.pdf", "-"], cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    assert "Русский эксперимент" in text or "U+0420" in text  # no font with Cyrillic letters is installed
    facts = subprocess.run(["pdfinfo", "report.pdf"], cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    assert re.search("^Title: +Русский эксперимент$", facts, re.MULTILINE)


def test_without_latex_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    made, note = pdf.compile_pdf(tmp_path)
    assert made is None
    assert "apt-get install" in note
    assert "\n" not in note


def written(report: Report, folder: Path) -> Path:
    """The report's LaTeX, without figures."""
    sections = tuple(without_figures(section) for section in report.sections)
    without = replace(report, sections=sections)
    _write_latex(without, latex.render_tables(without), folder)
    return folder


def without_figures(section: Section) -> Section:
    return replace(section, blocks=tuple(block for block in section.blocks if not isinstance(block, Figure)))


def run_report(folder: Path, engine: str) -> None:
    """Two passes, since the second reads what the first has written."""
    text = (folder / "report.tex").read_text(encoding="utf-8")
    for _ in range(2):
        run(folder, text, engine)
