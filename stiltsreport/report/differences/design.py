"""What changed in how two reports were made: the study, its data, the code, the machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from stiltsreport.report.differences.change import Change, Part
from stiltsreport.report.differences.folder import Folder

_OF_DATA = ("task", "role", "language", "split", "note")  # a set may be read in several ways, which notes tell apart
_LONGEST = 200  # signs of a value that is shown whole


def design_changes(before: Folder, after: Folder) -> list[Part]:
    """Four parts. Of the study every setting by its path, such as statistics.alpha."""
    pairs = (before.provenance, after.provenance)
    return [
        Part("study", tuple(_study(*(_dict(one, "study") for one in pairs)))),
        Part("data", tuple(_data(*pairs))),
        Part("code", tuple(_code(*pairs))),
        Part("machine", tuple(_machines(*([_without_counts(row) for row in one.get("machines") or []] for one in pairs)))),
    ]


def _study(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Settings; where none differs, the text of the file alone (comments, order)."""
    found = [*values_unlike("name", before.get("name"), after.get("name"))]
    found += values_unlike("--set", before.get("overrides"), after.get("overrides"))
    found += values_unlike("", before.get("resolved", {}), after.get("resolved", {}))
    yield from found
    if before.get("source") != after.get("source"):
        yield Change("text of the study file", _digest(str(before.get("source"))), _digest(str(after.get("source"))))


def _data(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Sets by task, role, language, split and what is made of them: their fingerprints, and how many are used; models by revision."""
    rows = [_dict(one, "setup").get("data") or [] for one in (before, after)]
    sets = [{"/".join(str(row[name]) for name in _OF_DATA if row.get(name)): row for row in found} for found in rows]
    for name in {**sets[0], **sets[1]}:
        one, other = sets[0].get(name), sets[1].get(name)
        for field in ("fingerprint", "used", "origin"):
            mine, theirs = (row.get(field) if row else None for row in (one, other))
            if mine != theirs:
                yield Change(f"{name} {field}", mine, theirs)
                if one is None or other is None:
                    break
    models = [{str(row.get("name")): row for row in _dict(one, "setup").get("models") or []} for one in (before, after)]
    for name in {**models[0], **models[1]}:
        mine, theirs = (found.get(name) for found in models)
        if mine is None or theirs is None:
            yield Change(f"model {name}", mine and "there", theirs and "there")
        else:
            yield from values_unlike(f"model {name}", mine, theirs)


def _code(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in ("stiltsreport", "commit", "packages", "store_version", "version"):
        yield from values_unlike(name, before.get(name), after.get(name))


def _machines(before: list[Any], after: list[Any]) -> Iterator[Change]:
    """Of machines that only one report has: what each has another value of, where they can be told pair by pair; else each as a whole."""
    gone, new = ([one for one in these if one not in others] for these, others in ((before, after), (after, before)))
    if len(gone) == len(new):
        for one, other in zip(gone, new, strict=True):
            yield from values_unlike("", one, other)
        return
    for one in gone:
        yield Change("machine", one, None)
    for one in new:
        yield Change("machine", None, one)


def values_unlike(path: str, before: Any, after: Any) -> Iterator[Change]:
    """Every value of nested data that differs, by its path; lists are compared whole, and lists of data entry by entry where as long."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            yield from values_unlike(f"{path}.{key}" if path else str(key), before.get(key), after.get(key))
    elif _of_data(before) and _of_data(after) and len(before) == len(after):
        for place, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from values_unlike(f"{path}.{place}", one, other)
    else:
        yield Change(path, _short(before), _short(after))


def _of_data(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _short(value: Any) -> Any:
    """A long text by its digest."""
    return f"{value[:_LONGEST]}... ({_digest(value)})" if isinstance(value, str) and len(value) > _LONGEST else value


def _without_counts(machine: Mapping[str, Any]) -> dict[str, Any]:
    """The machine without the number of jobs that ran there."""
    return {key: value for key, value in machine.items() if key != "jobs"}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _dict(found: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = found.get(key)
    return value if isinstance(value, dict) else {}
