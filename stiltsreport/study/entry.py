"""What all parts of a study file share: unknown keys are refused, nothing is converted silently, one may stand for several."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema


class Entry(BaseModel):
    """A mapping with known keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def listed(value: Any) -> Any:
    """One where several may stand."""
    return value if isinstance(value, list) else [value]


def short(key: str) -> BeforeValidator:
    """A bare name where a mapping may stand: {key: name}."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


def or_name(schema: type[Entry]) -> WithJsonSchema:
    """For editors: the mapping, or a name alone."""
    properties = schema.model_json_schema()["properties"]
    mapping = {"type": "object", "title": schema.__name__, "properties": properties, "additionalProperties": False}
    return WithJsonSchema({"anyOf": [{"type": "string"}, mapping]})


Names = Annotated[
    list[str], BeforeValidator(listed), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
]
