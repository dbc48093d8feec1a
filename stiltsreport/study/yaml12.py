"""YAML as a study means it: the core schema of YAML 1.2, in which `on`, `no` and 12:30 are text, and nothing but plain data."""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
_RESOLVERS = (
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", "~nN\0"),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:int", r"[-+]?[0-9]+", "-+0123456789"),
    ("tag:yaml.org,2002:float", _FLOAT, "-+0123456789."),
    ("tag:yaml.org,2002:merge", r"<<", "<"),
)  # fmt: skip
LARGEST = 100_000  # entries of a study once its aliases are written out: hand-written ones have hundreds


class Loader(yaml.SafeLoader):
    """SafeLoader with YAML 1.2's scalars: in 1.1 the key `on` of a claim is the boolean true, and the code `no` of a language false."""

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
    """Both at once. Raises yaml.YAMLError."""
    return construct(compose(text))


def expanded_size(root: Node | None) -> float:
    """Entries of a tree with its aliases written out; infinite where one holds itself."""
    sizes: dict[int, float] = {}

    def size(node: Node) -> float:
        if id(node) not in sizes:
            sizes[id(node)] = float("inf")  # until it is known: met again before that, it holds itself
            sizes[id(node)] = 1 + sum(size(child) for child in children(node))
        return sizes[id(node)]

    return size(root) if root is not None else 0


def children(node: Node) -> list[Node]:
    """Keys and values, or items."""
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []
