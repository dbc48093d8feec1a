"""Nothing that a study's author writes is markup: hostile titles in every free field, in every format."""

from __future__ import annotations

import pytest

from stiltsreport.report.document import Cell, Column, Report, Row, RowGroup, Table
from stiltsreport.report.formats import csv, html, latex, markdown, text
from stiltsreport.report.formats.latex_text import comment, label
from stiltsreport.report.formats.latex_text import latex as escaped
from tests.report.hostile import HOSTILE
from tests.report.test_html import Page


@pytest.mark.parametrize("words", HOSTILE)
def test_latex_text_holds_no_command(words: str) -> None:
    found = escaped(words)
    plain = found
    for known in (
        r"\textbackslash{}", r"\textasciicircum{}", r"\textasciitilde{}", r"\textless{}", r"\textgreater{}", r"\textbar{}",
        r"\textasciigrave{}", r"\textendash{}", r"\textemdash{}", r"\dots{}", r"\{", r"\}", r"\$", r"\&", r"\#", r"\%", r"\_", "$-$",
    ):  # fmt: skip
        plain = plain.replace(known, "")
    for ours in ("\\stiltsother{", "\\stiltsleftward{", "{\\ttfamily ", "}", "{"):
        plain = plain.replace(ours, "")
    assert not set(plain) & set("\\{}$&#%_^"), plain
    assert "\n" not in found
    assert all(sign == " " or sign.isprintable() for sign in found)


def test_comments_stay_on_their_line() -> None:
    assert comment("a\nb\r\u2028c\x85d") == "a b  c d"
    assert label("../../etc/passwd <x>") == "etc-passwd-x"
    assert label("中") == "x"


def test_html_has_no_element_of_theirs(nasty: Report) -> None:
    page = Page(html.render_html(nasty))
    assert len(page.all("script")) == 2
    assert len(page.all("style")) == 1
    assert page.text["title"] == [nasty.title]
    assert not page.all("input")
    ours = (
        "html head meta title link style body a header h1 h2 h3 p dl div dt dd nav ol li main section strong ul span figure "
        "figcaption b table caption thead tr th td small tbody sup br details summary pre code cite footer script u i "
        "svg g defs path use text clippath rect pattern image"
    )
    assert {tag for tag, _ in page.elements} <= set(ours.split())


def test_latex_reads_no_file_of_theirs(nasty: Report) -> None:
    files = [latex.render_latex(nasty), *(latex.render_table(table, nasty.digest) for table in nasty.tables)]
    for file in files:
        code = "\n".join(line for line in file.split("\n") if not line.lstrip().startswith("%"))
        assert r"\write18" not in code
        assert r"\input{/" not in code
        assert "^^" not in code


def test_plain_formats_keep_their_shape() -> None:
    cells = tuple(Cell(text=words) for words in HOSTILE)
    table = Table("t", "|x|", "*c*", "stub", tuple(Column(words) for words in HOSTILE), (RowGroup("a|b", (Row("=1+1|", cells),)),))
    lines = markdown.render_table(table).split("\n")
    rows = [line for line in lines if line.startswith("|")]
    bars = [line.replace("\\\\", "").replace("\\|", "").count("|") for line in rows]
    assert len(set(bars)) == 1
    assert "<script" not in markdown.render_table(table)
    import csv as reader

    parsed = list(reader.reader(csv.render_table(table).splitlines()))
    assert {len(row) for row in parsed} == {len(HOSTILE) + 2}
    assert text.render_table(table)
