"""A fixed subset of a set: drawn by the ids alone, so that every seed, model and language of parallel data sees the same items."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal, TypeVar

from stiltsreport.tasks.examples import Example, Passage, Retrieval, Split

T = TypeVar("T")
HELD_OUT_SHARE = 10  # one in so many


def _rank(key: str, name: str) -> bytes:
    return hashlib.sha256(f"{key}\x1f{name}".encode()).digest()


def limited(found: Split, count: int | None, key: str = "limit") -> Split:
    """At most `count` examples, in their own order.

    Retrieval keeps `count` queries with their right passages and fills the pool up with others in the proportion of the whole, so that the
    chance of a wrong neighbour falls as little as a smaller pool allows.
    """
    if isinstance(found, Retrieval):
        return _limited_retrieval(found, count, key)
    if count is None or len(found) <= count:
        return found
    kept = set(sorted((example.id for example in found), key=lambda name: _rank(key, name))[:count])
    return tuple(example for example in found if example.id in kept)


def _limited_retrieval(found: Retrieval, count: int | None, key: str) -> Retrieval:
    if count is None or len(found.queries) <= count:
        return found
    share = count / len(found.queries)
    partners = sum(query.id in found.relevant for query in found.queries)
    if 0 < partners < len(found.queries):  # bitext: keep the share of sentences that have a partner
        with_partner = _first(found.queries, round(count * partners / len(found.queries)), key, lambda query: query.id in found.relevant)
        without = _first(found.queries, count - len(with_partner), key, lambda query: query.id not in found.relevant)
        kept = with_partner | without
    else:
        kept = _first(found.queries, count, key, lambda _: True)
    queries = tuple(query for query in found.queries if query.id in kept)
    relevant = {name: passages for name, passages in found.relevant.items() if name in kept}
    right = {passage for passages in relevant.values() for passage in passages}
    room = max(0, round(len(found.pool) * share) - len(right))
    others = _first(found.pool, room, key, lambda passage: passage.id not in right)
    return Retrieval(queries, tuple(passage for passage in found.pool if passage.id in right or passage.id in others), relevant)


def _first(passages: Sequence[Passage], count: int, key: str, wanted: object) -> set[str]:
    assert callable(wanted)
    names = sorted((passage.id for passage in passages if wanted(passage)), key=lambda name: _rank(key, name))
    return set(names[: max(0, count)])


def part_of(found: Sequence[Example], part: Literal["training", "held-out"], original: Split | None = None) -> tuple[Example, ...]:
    """What is trained on, or what selects; of a ready translation by the ids of its `original`, whose paragraphs tell the parts apart."""
    if original is None:
        return held_out(found)[0 if part == "training" else 1]
    if isinstance(original, Retrieval):
        raise TypeError("what is searched has no parts")
    away = {example.id for example in held_out(original)[1]}
    return tuple(example for example in found if (example.id in away) == (part == "held-out"))


def held_out(found: Sequence[Example]) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """(to train on, to select on): a tenth of a training set is held out, whole paragraphs and ids at a time, the same for every seed."""
    training: list[Example] = []
    selection: list[Example] = []
    for example in found:
        group = getattr(example, "context", None) or example.id
        (selection if int.from_bytes(_rank("held-out", group)[:4], "big") % HELD_OUT_SHARE == 0 else training).append(example)
    return tuple(training), tuple(selection)
