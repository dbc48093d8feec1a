"""Readers of tagged sentences: CoNLL-U, words with IOB2 tags, and jiant's CCG."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import Split, TaggedSentence
from stiltsreport.tasks.readers import text
from stiltsreport.tasks.rows import tagged
from stiltsreport.tasks.sources import SourceFile
from stiltsreport.tasks.task import Task

_CONLLU_COLUMNS = 10
_WORD = re.compile(r"[0-9]+")
_NO_WORD = re.compile(r"[0-9]+[-.][0-9]+")  # 3-4: a multiword token; 5.1: an empty node


def _blocks(path: str) -> Iterator[list[tuple[str, str]]]:
    """Runs of (FILE:LINE, line) between blank lines."""
    block: list[tuple[str, str]] = []
    for where, line in text.numbered(path):
        if line.strip():
            block.append((where, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def read_conllu(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """Universal Dependencies: syntactic words with their UPOS; treebanks one after another, as XTREME joins them."""
    del language
    found = []
    for file in files:
        stem = Path(file.path).name.partition(".")[0]
        for number, block in enumerate(_blocks(file.path), start=1):
            words, tags, name = [], [], str(number)
            for where, line in block:
                if line.startswith("#"):
                    if line.startswith("# sent_id = "):
                        name = line.removeprefix("# sent_id = ").strip()
                    continue
                fields = line.split("\t")
                if len(fields) != _CONLLU_COLUMNS:
                    raise DataError(f"{len(fields)} columns between tabs, not {_CONLLU_COLUMNS}", where=where, hint="CoNLL-U")
                if _NO_WORD.fullmatch(fields[0]):
                    continue
                if not _WORD.fullmatch(fields[0]):
                    raise DataError(f"word number {fields[0]!r}", where=where, hint="CoNLL-U: 3, 3-4 or 5.1")
                words.append(fields[1])
                tags.append(fields[3])
            if words:
                found.append(tagged(task, words, tags, f"{stem}:{name}", block[0][0]))
    return tuple(found)


def read_tagged_words(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """A word and its tag a line, a blank line after each sentence: with a tab (XTREME), a language before each word (WikiAnn), or Universal NER's columns."""
    found: list[TaggedSentence] = []
    for file in files:
        prefix = f"{language}:"
        for block in _blocks(file.path):
            words, tags = [], []
            for where, line in block:
                if line.startswith("# "):
                    continue
                fields = line.split("\t")
                if len(fields) == 5 and _WORD.fullmatch(fields[0]):  # noqa: PLR2004
                    fields = fields[1:3]
                elif len(fields) == 1:
                    fields = line.rsplit(" ", 1)
                if len(fields) != 2:  # noqa: PLR2004
                    raise DataError(f"{len(fields)} columns, not a word and its tag", where=where)
                words.append(fields[0])
                tags.append(fields[1].strip())
            if words and all(word.startswith(prefix) for word in words):
                words = [word.removeprefix(prefix) for word in words]
            if words:
                found.append(tagged(task, words, tags, str(len(found) + 1), block[0][0]))
    return tuple(found)


def ccg_tags(path: str) -> tuple[str, ...]:
    """The supertags of jiant's tags_to_id.json, in the order of their numbers."""
    known = text.document(path)
    if not isinstance(known, dict) or not known:
        raise DataError("is no object from tag to number", where=path)
    return tuple(sorted(known, key=lambda tag: int(known[tag])))


def read_ccg(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """jiant's CCG: words between blanks, a tab, as many supertags between blanks."""
    del language
    found = []
    for file in files:
        if file.role != "data":
            continue
        for number, (where, fields) in enumerate(text.tab_fields(file.path, 2), start=1):
            found.append(tagged(task, fields[0].split(), fields[1].split(), str(number), where))
    return tuple(found)
