"""Clusters: examples that share a text and are resampled together, as questions on one paragraph (statistics of items)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from stiltsreport.tasks.examples import Example, Passage, QueryPassage, Question, Retrieval


def clusters_of(examples: Sequence[Example]) -> tuple[str, ...]:
    """A name for the cluster of each example: of its paragraph where it has one, else its own id.

    A paragraph is named by its text, so that every file and reader gives it the same name. Clusters of other languages are joined
    through the ids of parallel items where they are resampled.
    """
    return tuple(_cluster(example) for example in examples)


def clusters_of_queries(queries: Sequence[Passage], data: Retrieval) -> tuple[str, ...]:
    """The same of the queries of a retrieval set: the paragraph of a query's first right passage (LAReQA), else the query's own id."""
    contexts = {passage.id: passage.context for passage in data.pool}
    found = []
    for query in queries:
        context = next((contexts.get(name) for name in data.relevant.get(query.id, ())), None)
        found.append(_named(context) if context else query.id)
    return tuple(found)


def _cluster(example: Example) -> str:
    if isinstance(example, Question) or (isinstance(example, QueryPassage) and example.context):
        return _named(example.context or "")
    return example.id


def _named(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
