"""JSON Schema of the study file, for editors: every key with what it means, and the names that the package knows to choose from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stiltsreport.models import MODELS
from stiltsreport.recipes import RECIPES
from stiltsreport.study.report_settings import FIGURE_NAMES, TABLE_NAMES
from stiltsreport.study.schema import StudyFile
from stiltsreport.tasks import INTERMEDIATE_NAMES, TARGET_NAMES
from stiltsreport.tasks.benchmarks import BENCHMARKS

# (entry, key) -> names that an editor offers; any other text may stand there too, such as a Hub id or a task of the study's own.
_NAMES: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "models"): tuple(MODELS),
    ("", "intermediate"): INTERMEDIATE_NAMES,
    ("", "target"): (*TARGET_NAMES, *BENCHMARKS),
    ("ModelEntry", "name"): tuple(MODELS),
    ("IntermediateEntry", "task"): INTERMEDIATE_NAMES,
    ("IntermediateEntry", "tasks"): INTERMEDIATE_NAMES,
    ("Target", "task"): TARGET_NAMES,
    ("Target", "train"): INTERMEDIATE_NAMES,
    ("RecipesEntry", "intermediate"): tuple(RECIPES),
    ("RecipesEntry", "target"): tuple(RECIPES),
    ("ReportEntry", "tables"): TABLE_NAMES,
    ("ReportEntry", "figures"): FIGURE_NAMES,
}


def json_schema() -> dict[str, Any]:
    """The schema, as draft 2020-12."""
    schema: dict[str, Any] = StudyFile.model_json_schema()
    for (entry, key), names in _NAMES.items():
        properties = (schema["$defs"][entry] if entry else schema)["properties"]
        properties[key] = _offered(properties[key], names)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _offered(node: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The node with names to choose from wherever it takes a text.

    >>> _offered({"type": "string", "title": "Task"}, ["xnli"])
    {'title': 'Task', 'anyOf': [{'enum': ['xnli']}, {'type': 'string'}]}
    """
    names = list(names)
    if node.get("type") == "string":
        return {**{key: value for key, value in node.items() if key != "type"}, "anyOf": [{"enum": names}, {"type": "string"}]}
    found = dict(node)
    if isinstance(found.get("items"), dict):
        found["items"] = _offered(found["items"], names)
    if "anyOf" in found:
        found["anyOf"] = [_offered(one, names) for one in found["anyOf"]]
    return found
