"""Where a key stands in a YAML file: line and column of every entry, and keys written twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.error import Mark
from yaml.nodes import MappingNode, Node, SequenceNode

from stiltsreport.errors import StiltsReportError
from stiltsreport.study import yaml12
from stiltsreport.yaml_limits import TooMuch

Key = str | int


class Positions:
    """The tree of a YAML file with its marks."""

    def __init__(self, path: Path, root: Node | None) -> None:
        self.path, self._root = path, root

    @classmethod
    def of(cls, path: Path, text: str) -> Positions:
        """Raises StiltsReportError at the place where the text is no YAML, or one that no hand has written."""
        try:
            root = yaml12.compose(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
            what = error.problem or str(error)
            if isinstance(error, TooMuch):
                raise StiltsReportError(what, where=where, hint="a study has a few hundred entries, six deep") from error
            hint = "indent with blanks, not tabs" if "'\\t'" in what else ""
            raise StiltsReportError(f"is not YAML: {what}", where=where, hint=hint) from error
        except yaml.reader.ReaderError as error:
            before = text[: error.position]
            where = f"{path}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
            what = f"is not YAML: the sign U+{ord(text[error.position]):04X} may not stand in it"
            raise StiltsReportError(what, where=where, hint="take it out") from error
        guilty = yaml12.expands_too_far(root)
        if guilty is not None:
            mark = guilty.start_mark
            what = "its anchors expand to too many entries, or to themselves"
            raise StiltsReportError(what, where=f"{path}:{mark.line + 1}:{mark.column + 1}", hint="write them out")
        return cls(path, root)

    def content(self) -> Any:
        """The plain data of the file. Raises StiltsReportError for tags that are no plain data."""
        try:
            return yaml12.construct(self._root)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f"{self.path}:{mark.line + 1}:{mark.column + 1}" if mark else str(self.path)
            raise StiltsReportError(f"is no plain data: {error.problem}", where=where, hint="texts, numbers, lists and mappings") from error

    def where(self, keys: Sequence[Key]) -> str:
        """FILE:LINE:COLUMN: KEY.PATH of the entry; of the nearest one above it that is written in the file."""
        mark = self.mark(keys)
        path = ".".join(map(str, keys))
        place = f"{self.path}:{mark.line + 1}:{mark.column + 1}" if mark else str(self.path)
        return f"{place}: {path}" if path else place

    def mark(self, keys: Sequence[Key]) -> Mark | None:
        """Where the entry begins: a key, or an item of a list; where it is not written, the nearest entry above it."""
        node = self._root
        found: Mark | None = node.start_mark if node is not None else None
        for key in keys:
            entry = _entry(node, key)
            if entry is None:
                break
            found, node = entry
        return found

    def written(self, keys: Sequence[Key]) -> bool:
        """Whether the file has that entry."""
        node = self._root
        for key in keys:
            entry = _entry(node, key)
            if entry is None:
                return False
            node = entry[1]
        return True

    def repeated(self) -> Iterator[tuple[StiltsReportError, tuple[Key, ...]]]:
        """Every key that a mapping holds twice, with its place: YAML would silently keep the last."""
        yield from self._repeated(self._root, ())

    def _repeated(self, node: Node | None, keys: tuple[Key, ...]) -> Iterator[tuple[StiltsReportError, tuple[Key, ...]]]:
        if isinstance(node, MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if name in seen:
                    mark = key.start_mark
                    path = ".".join(map(str, (*keys, name)))
                    where = f"{self.path}:{mark.line + 1}:{mark.column + 1}: {path}"
                    yield StiltsReportError("the key is written twice", where=where, hint="keep one of the two"), (*keys, name)
                seen.add(name)
                yield from self._repeated(value, (*keys, name))
        elif isinstance(node, SequenceNode):
            for index, value in enumerate(node.value):
                yield from self._repeated(value, (*keys, index))


def _entry(node: Node | None, key: Key) -> tuple[Mark, Node] | None:
    """(where it begins, its value) of an entry: the mark of the key itself, so that an error points at the line on which it is written."""
    if isinstance(node, MappingNode):
        return next(((name.start_mark, value) for name, value in node.value if str(name.value) == str(key)), None)
    if isinstance(node, SequenceNode) and isinstance(key, int) and 0 <= key < len(node.value):
        return node.value[key].start_mark, node.value[key]
    return None
