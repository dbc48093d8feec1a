"""Words as LaTeX: spaces, quotes and dashes as typesetters have them, and other scripts kept beside what pdflatex sets instead."""

from __future__ import annotations

import re

import pytest

from stiltsreport.report.formats.latex_text import latex, latex_alone, sentence_spaces, typed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("95 % t", r"95~\% t"),
        ("in 'sw' and \"de\"", "in `sw' and ``de''"),
        ("don't", "don't"),
        ("at most seeds - 1", "at most seeds $-$ 1"),
        ("of XNLI. No", r"of XNLI\@. No"),
        ("Equiv.: the p", r"Equiv.:\ the p"),
        ("rho ρ is α", r"rho $\rho$ is $\alpha$"),
        ("Ελλάδα", r"\stiltsother{Ελλάδα}{{\ttfamily U+0395 U+03BB U+03BB U+03AC U+03B4 U+03B1}}"),
        ("‡ flagged", r"$^{\ddagger}$ flagged"),
        ("Kurmancî, Türkçe", "Kurmancî, Türkçe"),
        ("e\u0301te\u0301", "été"),
        ("a\u202eb", "ab"),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert latex(text) == expected


def test_words_from_right_to_left_stay_together() -> None:
    found = latex("العربية الفصحى (ar)")
    assert re.match(r"\\stiltsleftward\{العربية الفصحى\}\{\{\\ttfamily U\+0627 ", found)
    assert found.endswith(" (ar)")


def test_pasted_text_needs_no_definition() -> None:
    for words in ("Tiếng Việt", "中文", "العربية", "🙂"):
        assert "stilts" not in latex_alone(words)
    assert latex_alone("Tiếng Việt") == "Tieng Viet"


def test_typed_text_is_left_alone() -> None:
    assert typed("a: 'b'  # 5 % -- c") == r"a: 'b'~~\# 5 \% -{}- c"


def test_full_stops_before_commands() -> None:
    assert sentence_spaces(r"(MiniLM). \textbf{Gains} here") == r"(MiniLM).\ \textbf{Gains} here"
    assert sentence_spaces(r"points. Then") == "points. Then"
