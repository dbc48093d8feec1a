"""Overlap of what is trained or selected on with what is evaluated on: equal texts after normalisation, and what is known beforehand."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from stiltsreport.tasks.task import Task

_NO_WORD = re.compile(r"[\W_]+")
SHORTEST = 4  # words: shorter texts ("Why?") are equal by chance


def normalised(text: str) -> str:
    """Case folded, NFKC, letters and digits alone, single blanks.

    >>> normalised("  The “Game” — over! ")
    'the game over'
    """
    return " ".join(_NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).split())


def prints(texts: Iterable[str]) -> set[bytes]:
    """8-byte digests of the normalised texts that are long enough to mean something: more than 3 words, or 12 signs without blanks."""
    found = set()
    for text in set(texts):
        plain = normalised(text)
        if plain.count(" ") + 1 >= SHORTEST or (" " not in plain and len(plain) >= 3 * SHORTEST):
            found.add(hashlib.blake2b(plain.encode(), digest_size=8).digest())
    return found


def known_overlaps(training: Task, evaluated: Task) -> list[str]:
    """What is known of two tasks from their papers, whether or not their data are at hand."""
    notes = []
    shared = set(training.source_data) & set(evaluated.source_data)
    if training.name != evaluated.name and shared and evaluated.train:
        notes.append(f"{training.title} contains {evaluated.title}'s own English training data ({', '.join(sorted(shared))}).")
    if training.name in ("squad", "squad2") and evaluated.name in ("xquad", "lareqa"):
        notes.append(
            f"{evaluated.title}'s paragraphs are 240 of {training.title}'s dev set; questions on them are left out of checkpoint selection."
        )
    return notes
