"""Reader of Mewsli-X: mentions in their sentence, and descriptions of entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import Passage, QueryPassage, Retrieval, Split
from stiltsreport.tasks.readers import text
from stiltsreport.tasks.readers.identities import Identities
from stiltsreport.tasks.rows import spoken
from stiltsreport.tasks.sources import SourceFile
from stiltsreport.tasks.task import Task

Located = tuple[str, Mapping[str, Any]]  # where a row stands, and the row


def marked_mention(context: Mapping[str, Any], mention: Mapping[str, Any], where: str) -> str:
    """The sentence of a mention, which stands between "{ " and " }", without its neighbours (XTREME-R: window 0)."""
    try:
        words, begin, end = (
            spoken(context["text"], "text", where),
            int(mention["mention_span"]["start"]),
            int(mention["mention_span"]["end"]),
        )
        spans = [(int(one["start"]), int(one["end"])) for one in context["sentence_spans"]]
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise DataError(f"a mention without {error}", where=where, hint="context: text, sentence_spans; mention: mention_span") from error
    if not 0 <= begin < end <= len(words):
        raise DataError(
            f"a mention from {begin} to {end} in a text of {len(words)} characters",
            where=where,
            hint="mention_span: start and end, counted in characters",
        )
    start, stop = next(((a, b) for a, b in spans if a <= begin < b), (0, len(words)))
    return f"{words[start:begin]}{{ {words[begin:end]} }}{words[end:stop]}"


def training_pair(row: Mapping[str, Any], where: str) -> QueryPassage:
    """A mention in its sentence with the description of its entity."""
    try:
        inner = row.get("contextual_mention") or row
        mention = inner["mention"]
        query = marked_mention(inner["context"], mention, where)
        return QueryPassage(spoken(mention["example_id"], "id", where), query, spoken(row["entity"]["description"], "description", where))
    except (AttributeError, LookupError, TypeError) as error:
        raise DataError(f"a pair without {error}", where=where, hint="contextual_mention (context, mention) and entity") from error


def candidate(row: Mapping[str, Any], where: str) -> Passage:
    """An entity that may be found: its id and description."""
    try:
        language = spoken(row.get("description_language") or "", "language", where)
        return Passage(spoken(row["entity_id"], "id", where), spoken(row["description"], "description", where), language)
    except KeyError as error:
        raise DataError(f"an entity without {error}", where=where, hint="entity_id and description") from error


def mentions(row: Mapping[str, Any], language: str, where: str) -> list[tuple[Passage, str]]:
    """The mentions of a row in that language as queries, each with the id of its entity; none where the row is in another language."""
    try:
        if row["context"].get("language", language) != language:
            return []
        return [
            (
                Passage(spoken(mention["example_id"], "id", where), marked_mention(row["context"], mention, where), language),
                spoken(mention["entity_id"], "entity", where),
            )
            for mention in (row.get("mentions") or [row["mention"]])
        ]
    except (AttributeError, LookupError, TypeError) as error:
        raise DataError(
            f"a mention without {error}", where=where, hint="context, and mention or mentions with example_id and entity_id"
        ) from error


def read_mewslix(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """Training pairs of mention and description; or, where a pool is given, the mentions of one language and the candidates."""
    del task
    rows = [pair for file in files if file.role == "data" for pair in text.json_lines(file.path)]
    pool = [pair for file in files if file.role == "pool" for pair in text.json_lines(file.path)]
    return entity_retrieval(rows, pool, language) if pool else tuple(training_pair(row, where) for where, row in rows)


def entity_retrieval(rows: Iterable[Located], pool: Iterable[Located], language: str) -> Retrieval:
    """The queries of one language and the candidates. Raises DataError for a mention of an entity that is no candidate."""
    known, ids = Identities(), Identities()
    passages = []
    for where, row in pool:
        passages.append(candidate(row, where))
        known.take(passages[-1].id, where)
    queries: list[Passage] = []
    relevant: dict[str, tuple[str, ...]] = {}
    for where, row in rows:
        for query, entity in mentions(row, language, where):
            if entity not in known:
                raise DataError(
                    f"entity {entity} is no candidate", where=where, hint="the candidates that these mentions were published with"
                )
            queries.append(query)
            relevant[ids.take(query.id, where)] = (entity,)
    return Retrieval(tuple(queries), tuple(passages), relevant)
