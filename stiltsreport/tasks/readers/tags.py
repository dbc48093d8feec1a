"""Readers of tagged sentences: CoNLL-U, words with IOB2 tags, and jiant's CCG."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import Split, TaggedSentence
from stiltsreport.tasks.readers import text
from stiltsreport.tasks.readers.treebanks import treebank
from stiltsreport.tasks.rows import tagged
from stiltsreport.tasks.sources import SourceFile
from stiltsreport.tasks.task import Task

_UNER_COLUMNS, _COLUMNS = 5, 2  # a number, word, tag and two annotators; a word and its tag
_TAGS = '{"N": 0, "NP": 1, ...}'
_WORD = re.compile(r"[0-9]+")


def read_conllu(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """Universal Dependencies: words with their UPOS as XTREME makes them (Hu et al. 2020), treebanks one after another.

    XTREME's own tables of a word and its tag a line are read too. An id is the number of the file and the sentence's own: what a file is
    called changes nothing.
    """
    found: list[TaggedSentence] = []
    for place, file in enumerate(files, start=1):
        if Path(file.path.removesuffix(".gz")).suffix == ".tsv":
            found.extend(_tagged_words(task, file.path, language, f"{place}:"))
        else:
            found.extend(treebank(task, file.path, language, f"{place}:"))
    return tuple(found)


def read_tagged_words(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """A word and its tag a line, a blank line after each sentence.

    Told apart by content: a tab or blank between them (XTREME), a language before each word (WikiAnn), or Universal NER's columns. Ids
    count the sentences from 1 through all files.
    """
    sentences = (sentence for file in files for sentence in _tagged_words(task, file.path, language, ""))
    return tuple(replace(sentence, id=str(number)) for number, sentence in enumerate(sentences, start=1))


def _tagged_words(task: Task, path: str, language: str, prefix: str) -> Iterator[TaggedSentence]:
    spoken = f"{language}:"
    for number, block in enumerate(text.paragraphs(path), start=1):
        words, tags = [], []
        for where, line in block:
            if line.startswith("# ") and line[2:].strip() not in task.labels:  # a comment, and not the word "#" with its tag
                continue
            fields = line.split("\t")
            if len(fields) == _UNER_COLUMNS and _WORD.fullmatch(fields[0]):
                fields = fields[1:3]
            elif len(fields) == 1:
                fields = line.rsplit(" ", 1)
            if len(fields) != _COLUMNS:
                hint = "XTREME's download leaves the tags of its test files out: take the publisher's"
                raise DataError("no word with its tag", where=where, hint=hint if len(fields) == 1 else "word<TAB>tag")
            words.append(fields[0])
            tags.append(fields[1].strip())
        if words and all(word.startswith(spoken) for word in words):
            words = [word.removeprefix(spoken) for word in words]
        if words:
            yield tagged(task, words, tags, f"{prefix}{number}", block[0][0])


def ccg_tags(path: str) -> tuple[str, ...]:
    """The supertags of jiant's tags_to_id.json, in the order of their numbers."""
    known = text.document(path)
    if not isinstance(known, dict) or not known:
        raise DataError("is no object from tag to number", where=path, hint=_TAGS)
    if sorted(map(str, known.values())) != sorted(map(str, range(len(known)))):
        raise DataError("its numbers are not 0, 1, 2 ... once each", where=path, hint=_TAGS)
    return tuple(sorted(known, key=lambda tag: int(known[tag])))


def read_ccg(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """CCG as jiant has it: words between blanks, a tab, as many supertags between blanks."""
    del language
    found: list[TaggedSentence] = []
    for file in files:
        if file.role != "data":
            continue
        for where, fields in text.tab_fields(file.path, 2):
            found.append(tagged(task, fields[0].split(), fields[1].split(), str(len(found) + 1), where))
    return tuple(found)
