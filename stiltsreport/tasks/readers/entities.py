"""Reader of Mewsli-X: mentions in their sentence, and descriptions of entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stiltsreport.errors import DataError
from stiltsreport.tasks.examples import Passage, QueryPassage, Retrieval, Split
from stiltsreport.tasks.readers import text
from stiltsreport.tasks.sources import SourceFile
from stiltsreport.tasks.task import Task


def marked_mention(context: Mapping[str, Any], mention: Mapping[str, Any], where: str) -> str:
    """The sentence of a mention, which stands between "{ " and " }", without its neighbours (XTREME-R: window 0)."""
    try:
        words, begin, end = str(context["text"]), int(mention["mention_span"]["start"]), int(mention["mention_span"]["end"])
        spans = [(int(span["start"]), int(span["end"])) for span in context["sentence_spans"]]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"a mention without {error}", where=where, hint="context: text, sentence_spans; mention: mention_span") from error
    start, stop = next(((a, b) for a, b in spans if a <= begin < b), (0, len(words)))
    return f"{words[start:begin]}{{ {words[begin:end]} }}{words[end:stop]}"


def _pairs(row: Mapping[str, Any], where: str) -> QueryPassage:
    inner = row.get("contextual_mention", row)
    try:
        mention, entity = inner["mention"], row["entity"]
        query = marked_mention(inner["context"], mention, where)
        return QueryPassage(str(mention["example_id"]), query, str(entity["description"]))
    except (KeyError, TypeError) as error:
        raise DataError(f"a pair without {error}", where=where, hint="contextual_mention (context, mention) and entity") from error


def read_mewslix(task: Task, files: Sequence[SourceFile], language: str) -> Split:
    """Training pairs of mention and description; or, where a pool is given, the mentions of one language and the candidates."""
    del task
    data = [file for file in files if file.role == "data"]
    pools = [file for file in files if file.role == "pool"]
    if not pools:
        return tuple(_pairs(row, where) for file in data for where, row in text.json_lines(file.path))
    pool = [
        Passage(str(row["entity_id"]), str(row["description"]), str(row.get("description_language", "")))
        for file in pools
        for _, row in text.json_lines(file.path)
    ]
    known = {passage.id for passage in pool}
    queries, relevant = [], {}
    for file in data:
        for where, row in text.json_lines(file.path):
            if row.get("context", {}).get("language", language) != language:
                continue
            for mention in row.get("mentions") or [row["mention"]]:
                name, entity = str(mention["example_id"]), str(mention["entity_id"])
                if entity not in known:
                    raise DataError(f"entity {entity} is no candidate", where=where)
                queries.append(Passage(name, marked_mention(row["context"], mention, where), language))
                relevant[name] = (entity,)
    return Retrieval(tuple(queries), tuple(pool), relevant)
