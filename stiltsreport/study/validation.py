"""From plain data to a StudyFile: every fault of form in our words, and the rest of the file read all the same."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from stiltsreport.registry import did_you_mean
from stiltsreport.study.positions import Key
from stiltsreport.study.problems import Problems
from stiltsreport.study.schema import StudyFile

UNREADABLE = "\0"  # stands for a name that cannot be read: nothing more is said about it
_BY_PLACE = ("models", "intermediate", "target")  # their items are told of by number, so that none may move up
_WRAPPERS = ("str", "int", "float", "list", "dict", "constrained-str", "literal")
_ROUNDS = 20
_LONGEST = 60  # characters of a value in a message


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
        for keys, item in faults:
            if round_number == 0:
                what, hint = _told(keys, item)
                problems.note(what, *keys, hint=hint)
        for keys, item in faults:
            _leave_out(rest, keys, missing=item["type"] == "missing")
    return None


def _faults(error: ValidationError) -> list[tuple[tuple[Key, ...], Any]]:
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


def _told(keys: tuple[Key, ...], item: Any) -> tuple[str, str]:
    """(what is wrong, what would be right)."""
    kind, given = item["type"], item.get("input")
    last = keys[-1] if keys else given
    if isinstance(given, float) and not math.isfinite(given):
        return f"{given} is no number that can be used", ""
    message = str(item["msg"])
    told = f"{_shown(given)}: {message[0].lower()}{message[1:]}", ""
    match kind:
        case "extra_forbidden":
            told = f"unknown key {last!r}", did_you_mean(str(last), known_keys(keys[:-1]))
        case "missing":
            told = f"{last!r} is missing", f"add `{last}: ...`"
        case "too_short" if not given:
            told = "is empty", "at least one"
        case "too_short" | "too_long":
            least, most = (item["ctx"].get(name) for name in ("min_length", "max_length"))
            told = f"{item['ctx']['actual_length']} entries", f"at least {least}" if kind == "too_short" else f"at most {most}"
        case "literal_error":
            told = f"{_shown(given)} is none of its values", f"known: {item['ctx']['expected']}"
        case "model_type" | "model_attributes_type":
            told = f"{_shown(given)} is no mapping", f"keys: {', '.join(known_keys(keys))}"
        case "value_error":
            told = str(item["ctx"]["error"]), ""
        case "invalid_key":
            told = f"the key {_shown(last)} is no text", "put it in quotes"
    return told


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def known_keys(keys: Sequence[Key]) -> list[str]:
    """The keys that may stand at a place."""
    entry: type[BaseModel] = StudyFile
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
