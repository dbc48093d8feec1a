"""--set a.b.0=YAML: one entry of a study replaced, before it is validated."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import yaml

from stiltsreport.errors import StiltsReportError
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
            value = yaml.safe_load(written)
        except yaml.YAMLError as error:
            raise StiltsReportError("the value is not YAML", where=where) from error
        keys: list[Key] = []
        node: Any = result
        parts = path.split(".")
        for depth, part in enumerate(parts):
            last = depth == len(parts) - 1
            if isinstance(node, list):
                if not part.isdigit() or int(part) > len(node) - (0 if last else 1):
                    raise StiltsReportError(f"{part!r} is no place in a list of {len(node)}", where=where, hint=f"0 to {len(node)}")
                keys.append(int(part))
                if last:
                    node[int(part) : int(part) + 1] = [value]
                else:
                    node = node[int(part)]
            elif isinstance(node, dict):
                keys.append(part)
                if last:
                    node[part] = value
                else:
                    node = node.setdefault(part, {})
            else:
                raise StiltsReportError(f"{'.'.join(map(str, keys))} has no entries", where=where)
        places.append((path, tuple(keys)))
    return result, places
