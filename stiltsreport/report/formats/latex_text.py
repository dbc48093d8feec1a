"""Any text as LaTeX that pdflatex sets without a package: nothing in it is a command, and nothing stops the run."""

from __future__ import annotations

import re
import unicodedata

_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "`": r"\textasciigrave{}", '"': "''", "'": "'",
    "\N{EN DASH}": r"\textendash{}", "\N{EM DASH}": r"\textemdash{}", "\N{MINUS SIGN}": "$-$",
    "\N{MULTIPLICATION SIGN}": r"$\times$", "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{LEFT SINGLE QUOTATION MARK}": "`", "\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{LEFT DOUBLE QUOTATION MARK}": "``",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "''", "\N{HORIZONTAL ELLIPSIS}": r"\dots{}", "\N{NO-BREAK SPACE}": "~", "\N{THIN SPACE}": r"\,",
    "\N{NARROW NO-BREAK SPACE}": r"\,", "\N{RIGHTWARDS ARROW}": r"$\rightarrow$", "\N{LESS-THAN OR EQUAL TO}": r"$\le$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\ge$", "\N{DAGGER}": r"$^{\dagger}$", "\N{DIAMOND OPERATOR}": r"$\diamond$",
    "\N{MIDDLE DOT}": r"$\cdot$",
    "\N{DEGREE SIGN}": r"$^{\circ}$", "\N{GREEK SMALL LETTER ALPHA}": r"$\alpha$",
}  # fmt: skip
# What LaTeX's own UTF-8 input and Latin Modern (T1) hold: Latin-1's letters and Latin Extended-A, but for a few.
_SET_AS_IS = re.compile(r"[ -~À-ÖØ-öø-ÿĀ-ćĊ-ğĢģĪ-īĮ-ıĶ-ķĹ-ńŅ-ňŌ-ōŐ-ŕŖ-ťŪ-ūŮ-űŶŷŸ-ž]")

_CAPITAL_ENDS = re.compile(r"([A-Z]'?\)?)([.?!:;])(?=\s|$)")  # TeX takes a full stop after a capital for an abbreviation's


def latex(text: str) -> str:
    r"""The text, escaped; a sign that pdflatex cannot set becomes its Latin letter, or its code point.

    >>> latex("100 % of {a_b} & $c \\input{x}^2")
    '100 \\% of \\{a\\_b\\} \\& \\$c \\textbackslash{}input\\{x\\}\\textasciicircum{}2'
    >>> latex("Tiếng 中")
    'Tieng {\\ttfamily U+4E2D}'
    """
    return _CAPITAL_ENDS.sub(r"\1\\@\2", "".join(_one(character) for character in text))


def _one(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if _SET_AS_IS.match(character):
        return character
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category[0] == "C" or category == "Mn":
        return ""
    plain = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    if plain and plain != character and all(part in _ESCAPES or " " <= part <= "~" for part in plain):
        return "".join(_ESCAPES.get(part, part) for part in plain)
    return rf"{{\ttfamily U+{ord(character):04X}}}"


def comment(text: str) -> str:
    """The text as what follows % on one line: line ends and controls become blanks."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)


def label(text: str) -> str:
    r"""A name that \label, file names and fragments can hold.

    >>> label("xnli: <é> & Co")
    'xnli-co'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"
