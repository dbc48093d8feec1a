"""What all parts of a study file share: unknown keys are refused, nothing is converted silently, one may stand for several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema


class Entry(BaseModel):
    """A mapping with known keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


def listed(value: Any) -> Any:
    """One where several may stand."""
    return value if isinstance(value, list) else [value]


def short(key: str) -> BeforeValidator:
    """A bare name where a mapping may stand: {key: name}."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


@dataclass(frozen=True)
class OrName:
    """For editors: the mapping, or a name alone."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Called by pydantic; its handler keeps the definitions that the mapping refers to."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}


OR_NAME = OrName()
Names = Annotated[
    list[str], BeforeValidator(listed), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
]
