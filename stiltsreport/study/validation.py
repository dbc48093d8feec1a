"""From plain data to a StudyFile: every fault of form in our words, and the rest of the file read all the same."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from stiltsreport.registry import did_you_mean, nearest
from stiltsreport.study.positions import Key
from stiltsreport.study.problems import Problems
from stiltsreport.study.schema import StudyFile

Fault = tuple[tuple[Key, ...], Any]  # where, and pydantic's word on it
UNREADABLE = "\0"  # stands for a name that cannot be read: nothing more is said about it
_BY_PLACE = ("models", "intermediate", "target")  # their items are told of by number, so that none may move up
_WRAPPERS = ("str", "int", "float", "list", "dict", "constrained-str", "literal")
_ROUNDS = 20
_LONGEST = 60  # characters of a value in a message
_TYPES = {  # by pydantic's name of the fault: what the value is not
    "int_type": "no whole number", "int_from_float": "no whole number", "float_type": "no number", "string_type": "no text",
    "bool_type": "neither true nor false", "list_type": "no list", "dict_type": "no mapping",
}  # fmt: skip
_BOUNDS = {  # the entry of its context that holds the bound, and what the value must do
    "greater_than": ("gt", "be above"), "greater_than_equal": ("ge", "not be below"),
    "less_than": ("lt", "be below"), "less_than_equal": ("le", "not be above"),
}  # fmt: skip


def validated(content: dict[str, Any], problems: Problems) -> StudyFile | None:
    """The file with everything left out that has a fault of form; each fault is noted. None where nothing is left to read.

    So the names in a file with a wrong type or an unknown key are looked up too, and all errors are told at once.
    """
    rest = copy.deepcopy(content)
    for round_number in range(_ROUNDS):
        try:
            return StudyFile.model_validate(rest)
        except ValidationError as error:
            faults = _faults(error)
        if round_number == 0:
            for keys, item in unmistaken(faults):
                what, hint = told(keys, item)
                problems.note(what, *keys, hint=hint)
        for keys, item in faults:
            _leave_out(rest, keys, missing=item["type"] == "missing")
    return None


def unmistaken(faults: Sequence[Fault], entry: type[BaseModel] = StudyFile) -> list[Fault]:
    """The faults without the keys that are missing since they stand there by almost their name: that is one fault."""
    meant = {(*keys[:-1], near) for keys, item in faults if item["type"] == "extra_forbidden" and (near := _near(keys, entry))}
    return [(keys, item) for keys, item in faults if item["type"] != "missing" or keys not in meant]


def _near(keys: tuple[Key, ...], entry: type[BaseModel]) -> str | None:
    """The known key that an unknown one is almost."""
    return nearest(str(keys[-1]), known_keys(keys[:-1], entry))


def _faults(error: ValidationError) -> list[Fault]:
    """(place, error), one a place. Where one of several types may stand, pydantic tells how each fails: that of the type meant is kept."""
    found: dict[tuple[Key, ...], tuple[bool, Any]] = {}
    for item in error.errors():
        keys = _keys(item["loc"])
        found.setdefault(keys, (len(keys) < len(item["loc"]), item))
    return [
        (keys, item)
        for keys, (alternative, item) in found.items()
        if not (alternative and any(len(other) > len(keys) and other[: len(keys)] == keys for other in found))
    ]


def _keys(location: Sequence[Any]) -> tuple[Key, ...]:
    """The place in the file: pydantic's own without the names of the types that it tried."""
    return tuple(key for key in location if isinstance(key, int) or not ("[" in key or key in _WRAPPERS))


def told(keys: tuple[Key, ...], item: Any, entry: type[BaseModel] = StudyFile) -> tuple[str, str]:
    """(what is wrong, what would be right) of a fault of form in an entry."""
    kind, given = item["type"], item.get("input")
    last = keys[-1] if keys else given
    if (plain := _of_the_value(kind, given, item)) is not None:
        return plain
    message = str(item["msg"])
    found = f"{_shown(given)}: {message[0].lower()}{message[1:]}", ""
    match kind:
        case "extra_forbidden":
            found = f"unknown key {last!r}", did_you_mean(str(last), known_keys(keys[:-1], entry))
        case "missing":
            found = f"{last!r} is missing", f"add `{last}: ...`"
        case "too_short" if not given:
            found = "is empty", "at least one"
        case "too_short" | "too_long":
            least, most = (item["ctx"].get(name) for name in ("min_length", "max_length"))
            found = f"{item['ctx']['actual_length']} entries", f"at least {least}" if kind == "too_short" else f"at most {most}"
        case "literal_error":
            found = f"{_shown(given)} is none of its values", f"known: {item['ctx']['expected']}"
        case "model_type" | "model_attributes_type":
            found = f"{_shown(given)} is no mapping", f"keys: {', '.join(known_keys(keys, entry))}"
        case "string_pattern_mismatch":
            found = f"{_shown(given)} cannot be a name", "letters, digits, '.', '_' and '-'"
        case "invalid_key":
            found = f"the key {_shown(last)} is no text", "put it in quotes"
    return found


def _of_the_value(kind: str, given: Any, item: Any) -> tuple[str, str] | None:
    """What is said of a value: of another type, beyond a bound, or refused in our own words. None of any other fault."""
    if isinstance(given, float) and not math.isfinite(given):
        return f"{given} is no number that can be used", ""
    if kind == "value_error":
        return str(item["ctx"]["error"]), ""
    if kind in _TYPES:
        return f"{_shown(given)} is {_TYPES[kind]}", "put it in quotes" if kind == "string_type" and isinstance(given, int | float) else ""
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{_shown(given)} must {words} {item['ctx'][name]:g}", ""
    return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def known_keys(keys: Sequence[Key], entry: type[BaseModel] = StudyFile) -> list[str]:
    """The keys that may stand at a place of an entry."""
    for key in keys:
        field = entry.model_fields.get(str(key)) if isinstance(key, str) else None
        if field is not None:
            entry = next(_entries(field.annotation), entry)
        elif isinstance(key, int):
            continue
    return list(entry.model_fields)


def _entries(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _entries(part)


def _leave_out(rest: dict[str, Any], keys: tuple[Key, ...], missing: bool) -> None:
    """Take what is wrong out of the content: the entry itself, or all of it where something that it needs is missing."""
    if missing:
        keys = keys[:-1] if len(keys) > 1 else keys
    if not keys:
        rest.clear()
        return
    if isinstance(keys[0], int):  # a key that is a number
        rest.pop(keys[0], None)  # type: ignore[call-overload]
        return
    if len(keys) == 1 and (missing or keys[0] in _BY_PLACE):
        rest[str(keys[0])] = UNREADABLE if keys[0] == "title" else [UNREADABLE]
        return
    if keys[0] in _BY_PLACE:
        items = rest.get(str(keys[0]))
        if isinstance(items, list) and isinstance(keys[1], int) and keys[1] < len(items):
            items[keys[1]] = UNREADABLE
        else:
            rest[str(keys[0])] = [UNREADABLE]
        return
    if keys[0] == "claims" and len(keys) > 1 and isinstance(rest.get("claims"), list):
        rest["claims"][keys[1]] = {"name": UNREADABLE, "better": UNREADABLE, "than": UNREADABLE}
        return
    place = next((number for number, key in enumerate(keys) if isinstance(key, int)), len(keys))
    keys = keys[:place]  # an item of any other list takes the list with it
    node: Any = rest
    for key in keys[:-1]:
        node = node.get(key) if isinstance(node, dict) else None
    if isinstance(node, dict) and keys[-1] in node:
        del node[keys[-1]]
    else:
        rest.pop(str(keys[0]), None)
