"""Which studies rest on a store, as their last builds left word: what `gc` goes by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from stiltsreport.errors import StiltsReportError, cause
from stiltsreport.store.store import KINDS, Kind, Store


@dataclass(frozen=True)
class BuiltStudy:
    """What a study needs: the ids of its artifacts by kind, and of the units that its last build had to run.

    `path` of the study file and `overrides` (--set) tell it from others; `built` is the day, for people.
    """

    name: str
    path: str
    overrides: tuple[str, ...]
    built: str
    needs: Mapping[Kind, tuple[str, ...]]
    units: tuple[str, ...]

    @property
    def key(self) -> str:
        """The name of its record."""
        return hashlib.sha256("\n".join([self.path, *self.overrides]).encode()).hexdigest()[:20]


def record_study(store: Store, study: BuiltStudy) -> None:
    """Leave word of a build, in place of the last one of the same study. Raises StiltsReportError where that cannot be written."""
    try:
        store.put(f"studies/{study.key}.json", json.dumps(asdict(study), ensure_ascii=False) + "\n")
    except OSError as error:
        raise store.unusable(error) from error


def built_studies(store: Store) -> list[BuiltStudy]:
    """Every study that was built on the store, by name.

    Raises StiltsReportError where a record cannot be read: what its study needs is then not known, and nothing may be removed.
    """
    try:
        store.pull("studies")
    except OSError as error:
        raise store.unusable(error) from error
    found = []
    for file in sorted((store.folder / "studies").glob("*.json")):
        try:
            found.append(_study(json.loads(file.read_text(encoding="utf-8"))))
        except (OSError, ValueError, KeyError, TypeError) as error:
            hint = "build that study again, or remove the file if the study does not count"
            raise StiltsReportError(f"cannot be read: {cause(error)}", where=str(file), hint=hint) from error
    return sorted(found, key=lambda study: (study.name, study.path, study.overrides))


def forget_studies(store: Store, studies: Iterable[BuiltStudy]) -> None:
    """These no longer count."""
    for study in studies:
        store.drop(f"studies/{study.key}.json")


def named(studies: Iterable[BuiltStudy], name: str) -> list[BuiltStudy]:
    """Those of that name or file."""
    path = str(Path(name).absolute())
    return [study for study in studies if name == study.name or path == study.path]


def _study(found: dict[str, object]) -> BuiltStudy:
    needs = found["needs"]
    if not isinstance(needs, dict):
        raise TypeError("needs")
    return BuiltStudy(
        str(found["name"]), str(found["path"]), _texts(found["overrides"]), str(found["built"]),
        {kind: _texts(needs[kind]) for kind in KINDS}, _texts(found["units"]),
    )  # fmt: skip


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError("a list of texts was expected")
    return tuple(value)
