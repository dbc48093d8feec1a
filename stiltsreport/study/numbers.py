"""Numbers as people write them in a study: 10e9, 1e-5, 16k, 10B."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

_NUMBER = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*([kKMB]?)")
_SCALE = {"": 1, "k": 1_000, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}
_EXACT = 2**53  # above it a float skips whole numbers


def number(value: Any) -> Any:
    """The number that a text means, whole numbers as int; anything else as it is, for whoever checks the type.

    >>> [number(text) for text in ("10e9", "1.5B", "16k", "1e-5", "ten", True)]
    [10000000000, 1500000000, 16000, 1e-05, 'ten', True]
    """
    if isinstance(value, str) and (match := _NUMBER.fullmatch(value.strip())):
        value = float(match[1]) * _SCALE[match[2]]
    if isinstance(value, float) and math.isfinite(value) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value


Count = Annotated[int, BeforeValidator(number), Field(gt=0, strict=True), WithJsonSchema({"type": ["integer", "string"]})]
Real = Annotated[float, BeforeValidator(number), Field(allow_inf_nan=False), WithJsonSchema({"type": ["number", "string"]})]
Positive = Annotated[float, BeforeValidator(number), Field(allow_inf_nan=False, gt=0), WithJsonSchema({"type": ["number", "string"]})]
