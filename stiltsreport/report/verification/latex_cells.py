"""What stands in one cell of a LaTeX table: its number or text, marks and type, whatever commands and spacing say it."""

from __future__ import annotations

import re

from stiltsreport.report.formats.latex_text import latex
from stiltsreport.report.verification.grid import Shown

_KINDS = {
    "bold": re.compile(r"\\(textbf|bfseries|bf|mathbf|boldmath)(?![a-zA-Z])"),
    "underlined": re.compile(r"\\(underline|uline|stiltsunder)(?![a-zA-Z])"),
    "grey": re.compile(r"\\(stiltsgrey|stiltsgreyed|textcolor|color)(?![a-zA-Z])"),
}
_UNSEEN = ("phantom", "hphantom", "vphantom", "stiltsunder")  # with what they hold
_MARKS = re.compile(r"\\dagger|\\dag(?![a-zA-Z])|\\diamond|\\(?:mathrm|text|textrm)\{([a-z])\}|([a-z†⋄])")
_RAISED = (
    re.compile(r"\$?\^\s*\{((?:[^{}]|\{[^{}]*\})*)\}\$?"),
    re.compile(r"\\textsuperscript\{((?:[^{}]|\{[^{}]*\})*)\}"),
    re.compile(r"\$?\^?\s*(\\dagger|\\dag(?![a-zA-Z])|\\diamond)\s*\$?"),
)
_SIGNS = {r"\dagger": "†", r"\dag": "†", r"\diamond": "⋄"}
_SPELT = '\\{}$&#%_^~<>|`"–—−×±‘’“”…→≤≥†‡⋄·°≈≠∞²' + "αβγδεηθκμρσταχ"
_WRITTEN = {sign: latex(sign) for sign in _SPELT}
_READ = sorted(((written, sign) for sign, written in _WRITTEN.items() if written != sign), key=lambda pair: -len(pair[0]))
_SIGNED = {"pm": "±", "times": "×", "le": "≤", "ge": "≥"}
_MATHS = re.compile(r"\\(pm|times|le|ge)(?![a-zA-Z])")  # in mathematics that holds more than the sign
_COMMAND = re.compile(r"\\[a-zA-Z]+\*?\s?|\\[^a-zA-Z]")
_LENGTH = re.compile(r"\\parbox\s*(\[[^\]]*\])?\s*\{[^}]*\}|\\fontsize\{[^}]*\}\{[^}]*\}|\\(?:text)?color\{[^}]*\}")


def shown(text: str) -> Shown:
    r"""A cell as a reader sees it.

    >>> str(shown(r"\textbf{62.4}$^{\dagger\mathrm{t}}$\phantom{$^{\mathrm{t}}$}")), str(shown(r" $-$1.2 ")), str(shown("{ -1.2}"))
    ('62.4†t (bold)', '−1.2', '−1.2')
    """
    kinds = {name: bool(pattern.search(text)) for name, pattern in _KINDS.items()}
    for command in _UNSEEN:
        text = without(text, command)
    text, marks = _marked(text)
    return Shown(plain(text), marks, **kinds)


def plain(text: str) -> str:
    r"""LaTeX's text as Unicode, its commands taken off and what they hold kept.

    >>> plain(r"\emph{R\&D, 5~\% $\times$ 2}")
    'R&D, 5 % × 2'
    """
    text = _other(_LENGTH.sub("", text))
    for written, sign in _READ:
        text = text.replace(written, f"\x00{ord(sign)};")
    text = _MATHS.sub(lambda found: _SIGNED[found[1]], text.replace("~", " ").replace("$", ""))
    text = _COMMAND.sub("", text).replace("{", "").replace("}", "")
    text = re.sub("\x00(\\d+);", lambda found: chr(int(found[1])), text)
    text = re.sub(r"(?<![\w-])-(?=\d)", "−", re.sub(r"^(\s*±)\s+(?=\d)", r"\1", text))
    return " ".join(text.split())


def _other(text: str) -> str:
    r"""Of what is set in two ways, by engine, the first."""
    for command in ("stiltsother", "stiltsleftward"):
        while (found := _argument(text, command)) is not None:
            start, inner, end = found
            second = braced(text, end)
            text = text[:start] + inner + text[second[1] if second else end :]
    return text


def _marked(text: str) -> tuple[str, str]:
    """The text without its raised signs, and these."""
    marks: list[str] = []
    for pattern in _RAISED:
        while found := pattern.search(text):
            marks.extend(_SIGNS.get(sign[0]) or sign[1] or sign[2] for sign in _MARKS.finditer(found[1]))
            text = text[: found.start()] + text[found.end() :]
    return text, "".join(marks)


def without(text: str, command: str) -> str:
    """The text without a command and its argument."""
    while (found := _argument(text, command)) is not None:
        text = text[: found[0]] + text[found[2] :]
    return text


def _argument(text: str, command: str) -> tuple[int, str, int] | None:
    """Where the command begins, what its first argument holds, and where this ends."""
    found = re.search(rf"\\{command}(?![a-zA-Z])", text)
    if found is None:
        return None
    inner = braced(text, found.end())
    return (found.start(), inner[0], inner[1]) if inner else (found.start(), "", found.end())


def braced(text: str, start: int) -> tuple[str, int] | None:
    """What stands in the braces that begin there, blanks aside, and where they end; None where none do."""
    while start < len(text) and text[start].isspace():
        start += 1
    if start >= len(text) or text[start] != "{":
        return None
    depth, place = 0, start
    while place < len(text):
        if text[place] == "\\":
            place += 2
            continue
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        place += 1
        if depth == 0:
            return text[start + 1 : place - 1], place
    return None
