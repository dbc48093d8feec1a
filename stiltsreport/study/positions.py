"""Where a key stands in a YAML file: line and column of every entry, and keys written twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from stiltsreport.errors import StiltsReportError

Key = str | int


class Positions:
    """The tree of a YAML file with its marks."""

    def __init__(self, path: Path, root: Node | None) -> None:
        self.path, self._root = path, root

    @classmethod
    def of(cls, path: Path, text: str) -> Positions:
        """Raises StiltsReportError at the place where the text is no YAML."""
        try:
            return cls(path, yaml.compose(text, Loader=yaml.SafeLoader))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
            raise StiltsReportError(f"is not YAML: {error.problem or error}", where=where) from error
        except yaml.YAMLError as error:
            raise StiltsReportError(f"is not YAML: {error}", where=str(path)) from error

    def where(self, keys: Sequence[Key]) -> str:
        """FILE:LINE:COLUMN: KEY.PATH of the entry; of the nearest one above it that is written in the file."""
        node, last = self._root, self._root
        for key in keys:
            node = _child(node, key)
            if node is None:
                break
            last = node
        path = ".".join(map(str, keys))
        mark = last.start_mark if last is not None else None
        place = f"{self.path}:{mark.line + 1}:{mark.column + 1}" if mark else str(self.path)
        return f"{place}: {path}" if path else place

    def repeated(self) -> Iterator[StiltsReportError]:
        """Every key that a mapping holds twice: YAML would silently keep the last."""
        yield from self._repeated(self._root, ())

    def _repeated(self, node: Node | None, keys: tuple[Key, ...]) -> Iterator[StiltsReportError]:
        if isinstance(node, MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if name in seen:
                    mark = key.start_mark
                    path = ".".join(map(str, (*keys, name)))
                    where = f"{self.path}:{mark.line + 1}:{mark.column + 1}: {path}"
                    yield StiltsReportError("the key is written twice", where=where, hint="keep one of the two")
                seen.add(name)
                yield from self._repeated(value, (*keys, name))
        elif isinstance(node, SequenceNode):
            for index, value in enumerate(node.value):
                yield from self._repeated(value, (*keys, index))


def _child(node: Node | None, key: Key) -> Node | None:
    if isinstance(node, MappingNode):
        return next((value for name, value in node.value if str(name.value) == str(key)), None)
    if isinstance(node, SequenceNode) and isinstance(key, int) and 0 <= key < len(node.value):
        child: Node = node.value[key]
        return child
    return None
