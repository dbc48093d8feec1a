"""Spaces: test items that are resampled together, since they are translations of each other or stand on one paragraph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stiltsreport.results.items import Counted
from stiltsreport.tasks.task import Task

# Tasks that ask the same questions, under the same ids.
_SHARED = {"lareqa": "xquad"}


def pool_of(task: Task, language: str) -> str:
    """The name of the pool of items that a target's set in one language is from.

    Of a parallel task all languages share one; else each language has its own.
    """
    name = _SHARED.get(task.name, task.name)
    return name if task.parallel else f"{name}/{language}"


class Clusters:
    """The clusters of a pool: items with one id, or in one cluster of some language, belong together, and so do theirs in turn.

    A cluster is named by the smallest id in it.
    """

    def __init__(self, sets: Iterable[tuple[str, Counted]]) -> None:
        """`sets`: the items of the pool, each with the name of what its clusters' names are unique in (task and language)."""
        above: dict[str, str] = {}
        for where, items in sets:
            ids, clusters = items.ids, items.clusters
            above.update((f"i{name}", f"i{name}") for name in ids if f"i{name}" not in above)
            if clusters != ids:
                for name, cluster in zip(ids, clusters, strict=True):
                    _join(above, f"i{name}", f"c{where}|{cluster}")
        least: dict[str, str] = {}
        for node in sorted(above):
            if node.startswith("i"):
                least.setdefault(_top(above, node), node[1:])
        self._of = {node[1:]: least[_top(above, node)] for node in above if node.startswith("i")}
        self.names = tuple(sorted(set(self._of.values())))
        self._places: Mapping[str, int] = {name: place for place, name in enumerate(self.names)}

    def place(self, item: str) -> int | None:
        """The number of an item's cluster, in the order of `names`; None for an item that is in none of the sets."""
        found = self._of.get(item)
        return None if found is None else self._places[found]


def _top(above: dict[str, str], node: str) -> str:
    while above.setdefault(node, node) != node:
        above[node] = above[above[node]]
        node = above[node]
    return node


def _join(above: dict[str, str], one: str, other: str) -> None:
    one, other = _top(above, one), _top(above, other)
    if one != other:
        above[max(one, other)] = min(one, other)
