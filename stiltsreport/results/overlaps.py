"""Equal texts in what is trained or selected on and in what is evaluated, for every pair of sets; remembered in the store's folder."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stiltsreport.errors import StiltsReportError
from stiltsreport.methods import Translation
from stiltsreport.plan.data_use import DataUse, digest
from stiltsreport.plan.plan import Plan
from stiltsreport.results.setup import OverlapFacts, Role
from stiltsreport.tasks.examples import Retrieval, Split
from stiltsreport.tasks.limit import limited, part_of
from stiltsreport.tasks.overlap import known_overlaps, prints
from stiltsreport.tasks.read import read, selectable, texts, with_labels
from stiltsreport.tasks.sources import HubAccess, Source
from stiltsreport.tasks.task import Task

VERSION = 1  # raised when other texts would count as equal
ALL_LANGUAGES = ""
Prints = NDArray[np.uint64]


@dataclass(frozen=True)
class Compared:
    """A set as the jobs use it. `selecting`: at most so many examples select a checkpoint (0: all), None where it does not select."""

    use: DataUse
    role: Role
    selecting: int | None = None

    @property
    def key(self) -> str:
        """Names its texts: changes with the files' content and with what is used of them."""
        return digest(version=VERSION, use=self.use.ingredients, language=self.use.source.language, selecting=self.selecting)


def training_sets(plan: Plan) -> list[Compared]:
    """Every set that the plan trains or selects on, once."""
    found: dict[tuple[Role, str, str], Compared] = {}
    for train in plan.trainings.values():
        for part in train.parts:
            sets = [Compared(as_read(use), "training") for use in part.sets if not isinstance(use.change, Translation)]
            if part.selection is not None:
                sets.append(Compared(as_read(part.selection), "selection", part.recipe.selection_examples or 0))
            for one in sets:
                found.setdefault((one.role, one.use.task.name, one.key), one)
    return list(found.values())


def as_read(use: DataUse) -> DataUse:
    """The set before anything is made of it: permuted labels, replaced words and drawn examples are compared by the texts they come from.

    What a translation made is not compared: its English original is.
    """
    return use if use.change is None and use.second is None else replace(use, change=None, second=None)


def evaluation_sets(plan: Plan) -> list[Compared]:
    """Every set that the plan reports on, once."""
    found: dict[tuple[str, str], Compared] = {}
    for job in (job for run in plan.runs for job in run.evaluations):
        found.setdefault((job.data.task.name, job.data.source.language), Compared(as_read(job.data), "evaluation"))
    return list(found.values())


def overlaps(plan: Plan, folder: Path, loaded: Callable[[DataUse], bool]) -> tuple[OverlapFacts, ...]:
    """The overlap of each pair of sets, in the order of the plan.

    Languages of a pair of tasks that share nothing at all are joined into one row (language ""). Data are read only where `folder` does not
    remember them; a Hub set is read only if it is `loaded` already, and is unknown (None) otherwise, as is one that cannot be read.
    """
    cache = _Cache(folder, loaded)
    rows: list[OverlapFacts] = []
    evaluated: dict[str, list[Compared]] = {}
    for one in evaluation_sets(plan):
        evaluated.setdefault(one.use.task.name, []).append(one)
    trained = training_sets(plan)
    training_pairs = {one.use.task.name for one in trained if one.role == "training"}
    for one in trained:
        for every in evaluated.values():
            # Raw text holds the sentences of its own language; 44 languages against every other would be thousands of empty pairs.
            unlabelled = one.use.task.type == "masked_language_modelling"
            sets = [other for other in every if not unlabelled or other.use.source.language == one.use.source.language]
            if not sets:
                continue
            # What is known of two tasks is said once: on the row of the training set, if the study trains on that task.
            tell = one.role == "training" or one.use.task.name not in training_pairs
            known = tuple(known_overlaps(one.use.task, sets[0].use.task)) if tell else ()
            found = [
                OverlapFacts(one.use.task.name, one.role, other.use.task.name, other.use.source.language, *cache.shared(one, other), known)
                for other in sets
            ]
            rows.extend(_joined(found))
    cache.save()
    return tuple(rows)


def _joined(found: list[OverlapFacts]) -> list[OverlapFacts]:
    """One row where every language was compared and none shares a text, or where none was compared."""
    if len({row.shared for row in found}) > 1 or found[0].shared:
        return found
    first = found[0]
    of = None if first.shared is None else sum(row.of or 0 for row in found)
    language = first.language if len(found) == 1 else ALL_LANGUAGES
    return [OverlapFacts(first.training, first.training_role, first.evaluated, language, first.shared, of, first.known)]


class _Cache:
    """Digests of each set's texts as sorted arrays on disk, and the counts of each pair."""

    def __init__(self, folder: Path, loaded: Callable[[DataUse], bool]) -> None:
        self.folder, self.loaded = folder, loaded
        self._prints: dict[str, Prints | None] = {}
        self._pairs: dict[str, list[int]] = {}
        self._changed = False
        file = folder / "pairs.json"
        if file.is_file():
            try:
                stored = json.loads(file.read_text(encoding="utf-8"))
            except ValueError:  # torn by a full disk: it is only a cache
                stored = {}
            self._pairs = stored["pairs"] if stored.get("version") == VERSION else {}

    def shared(self, trained: Compared, evaluated: Compared) -> tuple[int | None, int | None]:
        """(texts of the evaluated set that the other holds too, texts of the evaluated set); (None, None) where either is unknown."""
        key = f"{trained.key} {evaluated.key}"
        if key not in self._pairs:
            left, right = self.prints(trained), self.prints(evaluated)
            if left is None or right is None:
                return None, None
            self._pairs[key] = [int(np.isin(right, left, assume_unique=True).sum()), len(right)]
            self._changed = True
        shared, of = self._pairs[key]
        return shared, of

    def prints(self, one: Compared) -> Prints | None:
        """The digests of a set's texts, sorted; None where it cannot be read here."""
        if one.key not in self._prints:
            file = self.folder / f"{one.key}.npy"
            if file.is_file():
                self._prints[one.key] = np.load(file, allow_pickle=False)
            else:
                self._prints[one.key] = self._read(one, file)
        return self._prints[one.key]

    def _read(self, one: Compared, file: Path) -> Prints | None:
        if one.use.source.hub and not self.loaded(one.use):
            return None
        try:
            found = used(one)
        except (StiltsReportError, OSError):  # whatever rests on it has failed too, and says why
            return None
        array = np.unique(np.frombuffer(b"".join(prints(texts(found))), dtype="<u8"))
        _write(file, lambda stream: np.save(stream, array, allow_pickle=False))
        return array

    def save(self) -> None:
        """Remember the counts, if any is new."""
        if self._changed:
            text = json.dumps({"version": VERSION, "pairs": self._pairs})
            _write(self.folder / "pairs.json", lambda stream: stream.write(text.encode()))


def used(one: Compared) -> Split:
    """The examples of a set as the jobs use them: its part, without what may not select, at most so many."""
    found = _whole(one.use.task, one.use.source)
    if isinstance(found, Retrieval):
        return limited(found, one.use.limit)
    if one.use.part != "all":
        found = part_of(found, one.use.part, _whole(one.use.task, one.use.split_by) if one.use.split_by else None)
    if one.selecting is not None:
        return limited(selectable(found), one.selecting or None, "selection")
    return limited(found, one.use.limit)


def _whole(task: Task, source: Source) -> Split:
    return read(source, with_labels(task, source), HubAccess(offline=True))


def _write(file: Path, fill: Callable[[Any], object]) -> None:
    """Write it beside and move it into place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f".{file.name}-{secrets.token_hex(6)}")  # tempfile would close it to all who share the store
    with scratch.open("xb") as stream:
        fill(stream)
    scratch.replace(file)
