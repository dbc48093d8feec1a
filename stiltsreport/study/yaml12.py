"""YAML as a study means it: the core schema of YAML 1.2, in which `on`, `no` and 12:30 are text, and nothing but plain data."""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from stiltsreport.yaml_limits import DEEPEST, BoundedLoader

_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
_RESOLVERS = (
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", "~nN\0"),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:int", r"[-+]?[0-9]+", "-+0123456789"),
    ("tag:yaml.org,2002:float", _FLOAT, "-+0123456789."),
    ("tag:yaml.org,2002:merge", r"<<", "<"),
)  # fmt: skip
LARGEST = 100_000  # entries of a study once its aliases are written out: hand-written ones have hundreds


class Loader(BoundedLoader):
    """Bounded, with YAML 1.2's scalars: in 1.1 the key `on` of a claim is the boolean true, and the code `no` of a language false."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name for it

    def construct_whole(self, node: Node) -> Any:
        """What a composed tree says."""
        return self.construct_document(node)


def _construct_int(loader: Loader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))  # 010 is ten, not eight


for _tag, _pattern, _first in _RESOLVERS:
    for _letter in _first:
        Loader.yaml_implicit_resolvers.setdefault("" if _letter == "\0" else _letter, []).append((_tag, re.compile(f"(?:{_pattern})\\Z")))
Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)


def compose(text: str) -> Node | None:
    """The tree of a text with its marks. Raises yaml.YAMLError."""
    found: Node | None = yaml.compose(text, Loader=Loader)
    return found


def construct(node: Node | None) -> Any:
    """The plain data of a tree."""
    return Loader("").construct_whole(node) if node is not None else None


def load(text: str) -> Any:
    """Both at once. Raises yaml.YAMLError, for aliases that make too much of it too."""
    root = compose(text)
    if expands_too_far(root) is not None:
        raise yaml.YAMLError("its anchors expand to too many entries, or to themselves")
    return construct(root)


def expands_too_far(root: Node | None) -> Node | None:
    """The first entry that, with its aliases written out, has too many entries or is too deep, or holds itself; None where all is well."""
    sizes: dict[int, tuple[float, float]] = {}  # entries and depth
    guilty: list[Node] = []

    def size(node: Node) -> tuple[float, float]:
        if id(node) not in sizes:
            sizes[id(node)] = float("inf"), float("inf")  # until it is known: met again before that, it holds itself
            found = [size(child) for child in children(node)]
            sizes[id(node)] = 1 + sum(entries for entries, _ in found), 1 + max((depth for _, depth in found), default=0)
            if sizes[id(node)][0] > LARGEST or sizes[id(node)][1] > DEEPEST:
                guilty.append(node)
        return sizes[id(node)]

    if root is not None:
        size(root)
    return guilty[0] if guilty else None


def children(node: Node) -> list[Node]:
    """Keys and values, or items."""
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []
