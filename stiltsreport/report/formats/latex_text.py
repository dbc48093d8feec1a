"""Any text as LaTeX that every engine sets without a package: nothing in it is a command, and nothing stops the run."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "`": r"\textasciigrave{}", '"': "''",
    "\N{EN DASH}": r"\textendash{}", "\N{EM DASH}": r"\textemdash{}", "\N{MINUS SIGN}": "$-$",
    "\N{MULTIPLICATION SIGN}": r"$\times$", "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{LEFT SINGLE QUOTATION MARK}": "`", "\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{LEFT DOUBLE QUOTATION MARK}": "``",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "''", "\N{HORIZONTAL ELLIPSIS}": r"\dots{}", "\N{NO-BREAK SPACE}": "~", "\N{THIN SPACE}": r"\,",
    "\N{NARROW NO-BREAK SPACE}": r"\,", "\N{RIGHTWARDS ARROW}": r"$\rightarrow$", "\N{LESS-THAN OR EQUAL TO}": r"$\le$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\ge$", "\N{DAGGER}": r"$^{\dagger}$", "\N{DOUBLE DAGGER}": r"$^{\ddagger}$",
    "\N{DIAMOND OPERATOR}": r"$\diamond$", "\N{MIDDLE DOT}": r"$\cdot$", "\N{DEGREE SIGN}": r"$^{\circ}$",
    "\N{ALMOST EQUAL TO}": r"$\approx$", "\N{NOT EQUAL TO}": r"$\neq$", "\N{INFINITY}": r"$\infty$", "\N{SUPERSCRIPT TWO}": "$^2$",
}  # fmt: skip
_SYMBOLS = ("alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "kappa", "mu", "rho", "sigma", "tau", "chi")
_GREEK = {unicodedata.lookup(f"GREEK SMALL LETTER {name}"): rf"$\{name}$" for name in _SYMBOLS}
_SYMBOL = re.compile(f"(?<![\u0370-\u03ff\u1f00-\u1fff])[{''.join(_GREEK)}](?![\u0370-\u03ff\u1f00-\u1fff])")  # alone: in no word
_TRANSLATED = str.maketrans(_ESCAPES)
# What LaTeX's own UTF-8 input and Latin Modern (T1) hold beside ASCII: Latin-1's letters and Latin Extended-A, but for a few.
_LATIN = "À-ÖØ-öø-ÿĀ-ćĊ-ğĢģĪ-īĮ-ıĶ-ķĹ-ńŅ-ňŌ-ōŐ-ŕŖ-ťŪ-ūŮ-űŶŷŸ-ž"
_SET_AS_IS = re.compile(f"[ -~{_LATIN}]*")
_LEFTWARD = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"  # scripts written from right to left
# Words in such a script stay in one piece, since the first of them stands last on the line.
_OTHER = re.compile(rf"(?P<leftward>[{_LEFTWARD}]+(?: +[{_LEFTWARD}]+)*)|[^ -~{_LATIN}{_LEFTWARD}]+")
_CONTROLS = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")  # invisible; some turn the text around
_DIFFERENCE = re.compile(r"(?<=\w) - (?=\d)")
_PERCENT = re.compile(r"(?<=\d) (?=\\%)")
_OPENING = re.compile(r"""(?<![^\s(\[])['"](?=\w)""")
_CAPITAL_ENDS = re.compile(r"([A-Z]'?\)?)([.?!:;])(?=\s|$)")  # TeX takes a full stop after a capital for an abbreviation's
# TeX takes a full stop before a small letter, and that of a title, for a sentence's.
_NO_SENTENCE = re.compile(r"(?:(?:(?<=[^\\@]\.)|(?<=\.[:;])) (?=[a-z]|\\[a-z]+\{|\{\\)|(?<=\b[DM]r\.) )")


def latex(text: str) -> str:
    r"""The text, escaped, for documents that define \stiltsother and \stiltsleftward (tables and reports do).

    What pdflatex cannot set is the first argument of one of them; the second is what it sets instead: Latin letters, or the code point.

    >>> latex("100 % of {a_b} & $c \\input{x}^2")
    '100~\\% of \\{a\\_b\\} \\& \\$c \\textbackslash{}input\\{x\\}\\textasciicircum{}2'
    >>> latex("Mr. TyDi, for example.")
    'Mr.\\ TyDi, for example.'
    >>> latex("Tiếng 中文")
    'Ti\\stiltsother{ế}{e}ng \\stiltsother{中文}{{\\ttfamily U+4E2D U+6587}}'
    """
    return _set(text, _kept)


def latex_alone(text: str) -> str:
    r"""The same for text that is pasted into any document: what pdflatex cannot set is replaced for good.

    >>> latex_alone("Tiếng 中文")
    'Tieng {\\ttfamily U+4E2D U+6587}'
    """
    return _set(text, lambda found: _replacement(found[0]))


def typed(text: str) -> str:
    r"""Text that is set as it was typed, in typewriter: its blanks, quotes and dashes are left alone.

    >>> typed('a: "b"  # --c')
    'a: \\textquotedbl{}b\\textquotedbl{}~~\\# -{}-c'
    """
    pieces = (_escaped(piece, _kept) for piece in text.split('"'))
    return re.sub("-(?=-)", "-{}", r"\textquotedbl{}".join(pieces)).replace("  ", "~~")


def sentence_spaces(text: str) -> str:
    r"""LaTeX whose full stops before small letters and commands are followed by \ , which is no wider than a blank between words.

    >>> sentence_spaces(r"by 1.9 points. \textit{better.} See XNLI")
    'by 1.9 points.\\ \\textit{better.} See XNLI'
    """
    return _NO_SENTENCE.sub(r"\\ ", text)


def _set(text: str, other: Callable[[re.Match[str]], str]) -> str:
    quoted = _OPENING.sub(lambda found: "\N{LEFT DOUBLE QUOTATION MARK}" if found[0] == '"' else "\N{LEFT SINGLE QUOTATION MARK}", text)
    found = _DIFFERENCE.sub(" $-$ ", _PERCENT.sub("~", _escaped(quoted, other)))
    return _NO_SENTENCE.sub(r"\\ ", _CAPITAL_ENDS.sub(r"\1\\@\2", found))


def _escaped(text: str, other: Callable[[re.Match[str]], str]) -> str:
    if not _SET_AS_IS.fullmatch(text):
        text = unicodedata.normalize("NFC", _CONTROLS.sub("", text))
    found = text.translate(_TRANSLATED)
    return found if _SET_AS_IS.fullmatch(found) else _OTHER.sub(other, _SYMBOL.sub(lambda letter: _GREEK[letter[0]], found))


def _kept(found: re.Match[str]) -> str:
    replacement = _replacement(found[0])
    kept = "".join(sign for sign in found[0] if unicodedata.category(sign) not in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"))
    if not kept.strip():
        return replacement
    return rf"\{'stiltsleftward' if found['leftward'] else 'stiltsother'}{{{kept}}}{{{replacement}}}"


def _replacement(text: str) -> str:
    """Latin letters where a sign has some, blanks for what is blank, code points for the rest."""
    pieces: list[str] = []
    points: list[str] = []
    for character in text:
        plain = _plain(character)
        if plain is None or (plain == " " and points):
            points.append("" if plain else f"U+{ord(character):04X}")
            continue
        pieces.extend((_points(points), plain))
        points = []
    return "".join((*pieces, _points(points)))


def _points(points: list[str]) -> str:
    return rf"{{\ttfamily {' '.join(filter(None, points))}}}" if points else ""


def _plain(character: str) -> str | None:
    """The sign in Latin letters; "" for one that is not seen, and None for one without."""
    if character.isspace() or character == " ":
        return " "
    category = unicodedata.category(character)
    if category[0] == "C" or category == "Mn":
        return ""
    plain = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    if plain and plain != character and all(part in _ESCAPES or " " <= part <= "~" for part in plain):
        return "".join(_ESCAPES.get(part, part) for part in plain)
    return None


def comment(text: str) -> str:
    """The text as what follows % on one line: line ends and controls become blanks."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text)


def label(text: str) -> str:
    r"""A name that \label, file names and fragments can hold.

    >>> label("xnli: <é> & Co")
    'xnli-co'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"
