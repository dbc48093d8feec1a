"""Readers of translations and bitexts: Tatoeba and BUCC."""

from __future__ import annotations

from collections.abc import Sequence

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import Passage, Retrieval, Split
from stiltsreport.tasks.readers import text
from stiltsreport.tasks.readers.identities import Identities
from stiltsreport.tasks.sources import SourceFile
from stiltsreport.tasks.task import Task


def _with_role(files: Sequence[SourceFile], role: str) -> SourceFile:
    return next(file for file in files if file.role == role)


def read_tatoeba(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """Two files, line by line translations: English asks, the other language is the pool; ids are row numbers from 0."""
    del task
    english, other = _with_role(files, "queries"), _with_role(files, "pool")
    queries, pool = text.lines(english.path), text.lines(other.path)
    if len(queries) != len(pool):
        raise DataError(
            f"{len(pool)} lines beside {len(queries)} in {english.path}",
            where=other.path,
            hint="line 7 of the one translates line 7 of the other",
        )
    ids = [str(number) for number in range(len(queries))]
    return Retrieval(
        tuple(Passage(name, line, "en") for name, line in zip(ids, queries, strict=True)),
        tuple(Passage(name, line, language) for name, line in zip(ids, pool, strict=True)),
        {name: (name,) for name in ids},
    )


def _sentences(file: SourceFile, language: str) -> tuple[Passage, ...]:
    found, ids = [], Identities()
    for where, line in text.numbered(file.path):
        name, tab, sentence = line.partition("\t")
        if not tab or not name:
            raise DataError("not an id, a tab and a sentence", where=where, hint=f"{language}-000000001<TAB>sentence")
        found.append(Passage(ids.take(name, where), sentence, language))
    return tuple(found)


def read_bucc(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """Sentences of two languages with ids, and the pairs that are translations; English is the pool."""
    del task
    queries, pool = _sentences(_with_role(files, "queries"), language), _sentences(_with_role(files, "pool"), "en")
    asked, known = {query.id for query in queries}, {passage.id for passage in pool}
    relevant: dict[str, list[str]] = {}
    for where, (source, target) in text.tab_fields(_with_role(files, "gold").path, 2):
        if source not in asked or target not in known:
            raise DataError(f"pair {source}, {target} names a sentence that is not there", where=where, hint="ids of the files beside it")
        relevant.setdefault(source, []).append(target)
    return Retrieval(queries, pool, {name: tuple(found) for name, found in relevant.items()})
