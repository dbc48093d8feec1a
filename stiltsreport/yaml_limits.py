"""Bounds of a YAML text while it is read: how long, how deep, how many entries; each fault at its line, before it costs time or memory."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.nodes import Node

LONGEST = 2**19  # bytes: PyYAML reads 60,000 a second where every second sign is an entry
DEEPEST = 50  # lists and mappings inside one another: studies have six
MOST = 20_000  # entries as they are written: studies have hundreds


_UNREADABLE = (ValueError, LookupError, AttributeError, OverflowError)  # what PyYAML's constructors raise for `!!bool 7` and the like


class TooMuch(yaml.MarkedYAMLError):
    """A text beyond the bounds."""


class BoundedLoader(yaml.SafeLoader):
    """SafeLoader that gives up, as TooMuch, at the entry which is too deep or one too many; its other errors all have a place too."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self._depth = self._entries = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """As SafeLoader, counting."""
        self._entries += 1
        if self._entries > MOST:
            self._refuse(f"has more than {MOST:,} entries")
        self._depth += 1
        if self._depth > DEEPEST:
            self._refuse(f"is nested more than {DEEPEST} deep")
        found = super().compose_node(parent, index)
        self._depth -= 1
        return found

    def _refuse(self, what: str) -> None:
        raise TooMuch(None, None, what, self.peek_event().start_mark)  # type: ignore[no-untyped-call]

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        """As SafeLoader; a value that its tag cannot be is an error at its place."""
        try:
            return super().construct_object(node, deep)
        except _UNREADABLE as error:
            raise yaml.constructor.ConstructorError(None, None, f"it cannot be read: {error}", node.start_mark) from error


class _WithoutAliases(BoundedLoader):
    """One that takes no aliases: merged into one another, few of them make a text without end."""

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """As BoundedLoader."""
        if self.check_event(yaml.AliasEvent):
            self._refuse("refers to another entry")
        return super().compose_node(parent, index)


def load_bounded(text: str) -> Any:
    """The plain data of a text that programs write: a lock, the head of a data set's card.

    Raises yaml.YAMLError.
    """
    if len(text) > LONGEST:
        raise yaml.YAMLError(f"is longer than {LONGEST:,} signs")
    return yaml.load(text, Loader=_WithoutAliases)  # noqa: S506 - a SafeLoader
