"""Universal Dependencies' treebanks in CoNLL-U, with the words that XTREME makes of them (Hu et al. 2020).

A multiword token is one word, with the tag of the part that stands highest in the tree. Blanks and zero-width non-joiners within words are
taken out, and sentences of which at most one word is shown are left out (scripts/download_data.sh and utils_preprocess.py there).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import TaggedSentence
from stiltsreport.tasks.readers import text
from stiltsreport.tasks.readers.identities import Identities
from stiltsreport.tasks.rows import tagged
from stiltsreport.tasks.task import Task

_COLUMNS = 10
_NAME = "# sent_id = "
_WORD = re.compile(r"[0-9]+")
_FUSED = re.compile(r"([0-9]+)-([0-9]+)")  # 3-4: a multiword token
_EMPTY = re.compile(r"[0-9]+\.[0-9]+")  # 5.1: an empty node
_WITHHELD = "_"  # a word that its publisher may not show
_NON_JOINER = "\u200c"
# Which part of a multiword token gives it its tag, where several stand equally high (third_party/ud-conversion-tools of XTREME).
_PRECEDENCE = ("VERB", "NOUN", "PROPN", "PRON", "ADJ", "NUM", "ADV", "INTJ", "AUX", "ADP", "DET", "PART", "CCONJ", "SCONJ", "X", "PUNCT")
_PRECEDENCE_OF = {
    "es": ("VERB", "AUX", "PRON", "ADP", "DET"),
    "fr": ("VERB", "AUX", "PRON", "NOUN", "ADJ", "ADV", "ADP", "DET", "PART", "SCONJ", "CONJ"),
    "it": ("VERB", "AUX", "ADV", "PRON", "ADP", "DET", "INTJ"),
}


@dataclass(frozen=True)
class _Word:
    """A syntactic word, its tag and the number of its head: 0 for the root."""

    form: str
    tag: str
    head: int


def treebank(task: Task, path: str, language: str, prefix: str) -> Iterator[TaggedSentence]:
    """The sentences of a file; an id is the prefix and the sentence's own."""
    ids = Identities()
    for number, block in enumerate(text.paragraphs(path), start=1):
        named = [line.removeprefix(_NAME).strip() for _, line in block if line.startswith(_NAME)]
        words, fused = _parsed(block)
        if not words:
            continue
        taken = ids.take(f"{prefix}{named[-1] if named else number}", block[0][0])
        found = _joined(words, fused, _PRECEDENCE_OF.get(language, _PRECEDENCE))
        withheld = sum(form == _WITHHELD for form, _ in found)
        if withheld and withheld >= len(found) - 1:
            continue
        shown = ["".join(form.replace(_NON_JOINER, "").split(" ")) for form, _ in found]
        yield tagged(task, shown, [tag for _, tag in found], taken, block[0][0])


def _parsed(block: Sequence[tuple[str, str]]) -> tuple[dict[int, _Word], dict[range, str]]:
    """The words by their numbers, and the forms of multiword tokens by those of their parts."""
    words: dict[int, _Word] = {}
    fused: dict[range, str] = {}
    for where, line in block:
        if line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != _COLUMNS:
            raise DataError(
                f"{len(fields)} columns between tabs, not {_COLUMNS}", where=where, hint="CoNLL-U has ID, FORM, LEMMA, UPOS ... MISC"
            )
        if (span := _FUSED.fullmatch(fields[0])) is not None:
            fused[range(int(span[1]), int(span[2]) + 1)] = fields[1]
        elif _WORD.fullmatch(fields[0]):
            words[int(fields[0])] = _Word(fields[1], fields[3], int(fields[6]) if _WORD.fullmatch(fields[6]) else 0)
        elif not _EMPTY.fullmatch(fields[0]):
            raise DataError(f"word number {fields[0]!r}", where=where, hint="CoNLL-U: 3, 3-4 or 5.1")
    return words, fused


def _joined(words: Mapping[int, _Word], fused: Mapping[range, str], precedence: Sequence[str]) -> list[tuple[str, str]]:
    """(form, tag) of each word, multiword tokens in place of their parts."""
    found = {number: (word.form.strip(), word.tag) for number, word in words.items()}
    for span, form in fused.items():
        parts = [number for number in span if number in words]
        if parts:
            depths = {number: _depth(number, words) for number in parts}
            highest = [number for number in parts if depths[number] == min(depths.values())]
            tags = [words[number].tag for number in highest]
            tag = min(tags, key=lambda one: precedence.index(one) if one in precedence else len(precedence))
            for number in parts:
                found.pop(number, None)
            found[parts[0]] = (form.strip(), tag)
    return [found[number] for number in sorted(found)]


def _depth(number: int, words: Mapping[int, _Word]) -> int:
    """How many others, the root counted, stand above a word; a circle is gone through once."""
    above: set[int] = set()
    head = words[number].head
    while head not in above:
        above.add(head)
        if head not in words:
            break
        head = words[head].head
    return len(above - {number})
