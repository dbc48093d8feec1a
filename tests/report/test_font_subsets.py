"""Figures share a subset of their font, and look the same as with one of their own."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from stiltsreport.report.figures import drawing, font_subsets


def pdf(text: str) -> bytes:
    def draw(figure: Any, _theme: drawing.Theme) -> None:
        figure.subplots().set_title(text)

    return drawing.drawn(draw, 3, 1)[1]


@pytest.mark.parametrize("text", ["gain −1.5", "Größe über alles", "数学", "a\N{COMBINING ACUTE ACCENT}b"])
def test_each_pdf_holds_its_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages' own drawing operators are the same: glyphs, places and widths."""
    shared = pdf(text)
    assert shared == pdf(text)
    monkeypatch.setattr(drawing, "shared_subsets", contextlib.nullcontext)
    alone = pdf(text)
    assert shared.count(b"/FontFile2") == alone.count(b"/FontFile2") > 0
    assert _content(shared) == _content(alone)


def test_a_font_is_cut_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.backends import _backend_pdf_ps

    cut: list[int] = []
    make = _backend_pdf_ps.get_glyphs_subset

    def counted(fontfile: Any, glyphs: Any) -> Any:
        cut.append(len(set(glyphs)))
        return make(fontfile, glyphs)

    monkeypatch.setattr(_backend_pdf_ps, "get_glyphs_subset", counted)
    font_subsets._subset.cache_clear()
    for text in ("one", "two", "three −3"):
        pdf(text)
    assert len(cut) == 1
    assert _backend_pdf_ps.get_glyphs_subset is counted, "matplotlib is left as it was"


def _content(file: bytes) -> bytes:
    """The stream of the page: the first of the file."""
    start = file.index(b"stream\n")
    return file[start : file.index(b"endstream", start)]
