"""The places of the package where an error that the user can mend is made, and which of them were come by.

A place is a call of StiltsReportError or DataError, a note of an error in a study file (`problems.note`), or a ValueError that pydantic
turns into one (in `study/`). It is known by its file and the source of what it says: lines move, and that seldom does.
"""

from __future__ import annotations

import ast
import functools
import importlib
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from unittest import mock

import stiltsreport
from stiltsreport.errors import StiltsReportError

PACKAGE = Path(stiltsreport.__file__).parent
Span = tuple[int, int, int, int]  # first line, its column, last line, its column


@functools.cache
def sites() -> dict[str, dict[Span, str]]:
    """By path within the package: the name of each site, by the span of its call."""
    found: dict[str, dict[Span, str]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        path = file.relative_to(PACKAGE).as_posix()
        seen: Counter[str] = Counter()
        calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        for call in sorted((call for call in calls if _is_site(path, call)), key=lambda call: (call.lineno, call.col_offset)):
            name = f"{path}: {ast.unparse(call.args[0])}"
            seen[name] += 1
            assert call.end_lineno is not None
            assert call.end_col_offset is not None
            span = (call.lineno, call.col_offset, call.end_lineno, call.end_col_offset)
            found.setdefault(path, {})[span] = name if seen[name] == 1 else f"{name} #{seen[name]}"
    return found


def _with_value_errors() -> list[str]:
    return [path for path in sites() if path.startswith("study/") and "raise ValueError(" in (PACKAGE / path).read_text(encoding="utf-8")]


def _is_site(path: str, call: ast.Call) -> bool:
    if path == "errors.py" or not call.args:
        return False
    if isinstance(call.func, ast.Name):
        return call.func.id in ("StiltsReportError", "DataError") or (call.func.id == "ValueError" and path.startswith("study/"))
    return isinstance(call.func, ast.Attribute) and call.func.attr == "note" and path.startswith("study/")


@contextmanager
def come_by() -> Iterator[set[str]]:
    """The names of the sites that are come by until the block ends."""
    found: set[str] = set()
    make = StiltsReportError.__init__

    def noted(self: StiltsReportError, what: str, *, where: str = "", hint: str = "") -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            found.update(_site(frame))
            frame = frame.f_back
        make(self, what, where=where, hint=hint)

    class NotedError(ValueError):
        def __init__(self, *arguments: object) -> None:
            found.update(_site(sys._getframe(1)))
            super().__init__(*arguments)

    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(StiltsReportError, "__init__", noted))
        for path in _with_value_errors():  # there none but their own are caught: the name stands for ours meanwhile
            module = importlib.import_module(f"stiltsreport.{path[:-3].replace('/', '.')}")
            patches.enter_context(mock.patch.object(module, "ValueError", NotedError, create=True))
        yield found


def _site(frame: FrameType) -> Iterator[str]:
    """The site that a frame is at, if it is at one."""
    file = Path(frame.f_code.co_filename)
    if PACKAGE not in file.parents:
        return
    known = sites().get(file.relative_to(PACKAGE).as_posix(), {})
    position = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    for span, name in known.items():
        if position[1] == span[2] and position[3] == span[3]:  # where the call ends; of a method's call Python says the start otherwise
            yield name
