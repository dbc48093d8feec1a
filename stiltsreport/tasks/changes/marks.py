"""Where an answer stands in a translated sentence: marks that translators carry along, or its own translation found in it.

Square brackets are what disturbs translations least and survives most often (Chen et al. 2023, Frustratingly Easy Label Projection). Where
the marks are lost the answer, translated by itself, is looked for in the sentence; where it is not in it either, the example is lost. With
Apertium the marks of 400 answers of SQuAD all survived in Spanish, Catalan and Galician; in Esperanto those of 354, and 23 were found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_PAIRS = (("[", "]"), ("{", "}"), ("<", ">"))
_LIKE = {"[": "[［【", "]": "]］】", "{": "{｛", "}": "}｝", "<": "<＜〈", ">": ">＞〉"}  # what translators make of them in other scripts
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\uffef]")  # words do not end at blanks
How = Literal["marked", "found"]


@dataclass(frozen=True)
class Placed:
    """A sentence without marks, and the answer in it; `how` it was found."""

    sentence: str
    answer: str
    start: int
    how: How


def marks_for(sentence: str) -> tuple[str, str] | None:
    """The first pair of marks of which the sentence holds neither; None where it holds all."""
    return next((pair for pair in _PAIRS if not any(sign in sentence for mark in pair for sign in _LIKE[mark])), None)


def marked(sentence: str, start: int, end: int) -> str:
    """The sentence with marks about a span; as it is where no marks are free."""
    marks = marks_for(sentence)
    if marks is None:
        return sentence
    return f"{sentence[:start]}{marks[0]}{sentence[start:end]}{marks[1]}{sentence[end:]}"


def placed(sentence: str, translated: str, answer: str) -> Placed | None:
    """The answer in the translation of `sentence` (the original, without marks); `answer`: its own translation.

    None where the marks did not survive as one pair around something, and the answer does not occur.
    """
    marks = marks_for(sentence)
    if marks is not None:
        opening, closing = (f"[{re.escape(_LIKE[mark])}]" for mark in marks)
        parts = re.split(f"({opening}|{closing})", translated)
        if _one_pair(parts[1::2], marks) and parts[2].strip():
            return _without_marks(parts[0], parts[2], parts[4])
        translated = " ".join("".join(parts[::2]).split())
    return _found(translated, answer)


def _one_pair(signs: list[str], marks: tuple[str, str]) -> bool:
    return len(signs) == len(marks) and all(sign in _LIKE[mark] for sign, mark in zip(signs, marks, strict=True))


def _without_marks(before: str, inside: str, behind: str) -> Placed:
    """The sentence with its marks taken out: a blank inside a mark counts where words would else run together."""
    answer = inside.strip()
    left, right = before.lstrip(), behind.rstrip()
    if inside[0].isspace() and left[-1:].isalnum():
        left += " "
    if inside[-1].isspace() and right[:1].isalnum():
        right = f" {right}"
    return Placed(f"{left}{answer}{right}", answer, len(left), "marked")


def _found(sentence: str, answer: str) -> Placed | None:
    """The first place of the answer as whole words, whatever its case; a full stop that a translator put behind it does not count."""
    wanted = answer.strip().strip(".。").strip()
    if not wanted:
        return None
    begin = "" if _UNSPACED.match(wanted[0]) else r"(?<!\w)"
    end = "" if _UNSPACED.match(wanted[-1]) else r"(?!\w)"
    match = re.search(f"{begin}{re.escape(wanted)}{end}", sentence, re.IGNORECASE)
    return Placed(sentence, match.group(), match.start(), "found") if match else None
