"""--set a.b.0=YAML: one entry of a study replaced, before it is validated."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import yaml

from stiltsreport.errors import StiltsReportError
from stiltsreport.study import yaml12
from stiltsreport.study.positions import Key


def overridden(content: dict[str, Any], settings: Sequence[str]) -> tuple[dict[str, Any], list[tuple[str, tuple[Key, ...]]]]:
    """The content with each `KEY.PATH=YAML` put in, and the path of each as keys (numbers for places in a list)."""
    result = copy.deepcopy(content)
    places: list[tuple[str, tuple[Key, ...]]] = []
    for setting in settings:
        path, equals, written = setting.partition("=")
        where = f"--set {setting}"
        if not equals or not path:
            raise StiltsReportError("no KEY=YAML", where=where, hint="--set seeds=[1,2] or --set limit.train=100")
        try:
            value = yaml12.load(written)
        except yaml.YAMLError as error:
            raise StiltsReportError("the value is not YAML", where=where, hint="with blanks in quotes: --set 'seeds=[1, 2]'") from error
        keys: list[Key] = []
        node: Any = result
        *above, last = path.split(".")
        for part in above:
            keys.append(_key(node, part, where, keys, grow=False))
            if isinstance(node, dict) and node.get(part) is None:  # absent, or written without a value
                node[part] = {}
            node = node[keys[-1]]
        keys.append(_key(node, last, where, keys, grow=True))
        if isinstance(node, list):
            node[int(last) : int(last) + 1] = [value]
        else:
            node[last] = value
        places.append((path, tuple(keys)))
    return result, places


def _key(node: Any, part: str, where: str, keys: Sequence[Key], *, grow: bool) -> Key:
    """A part of a path as a key of `node`; one place past the end of a list is one where it may grow."""
    if isinstance(node, dict):
        return part
    if not isinstance(node, list):
        raise StiltsReportError(f"{'.'.join(map(str, keys))} has no entries", where=where, hint="--set the whole of it")
    last = len(node) - (0 if grow else 1)
    if not part.isdecimal() or int(part) > last:
        raise StiltsReportError(f"{part!r} is no place in a list of {len(node)}", where=where, hint=f"0 to {last}")
    return int(part)
