"""What units start from, kept between the units of one worker: pretrained encoders and examples.

Everything here is a pure function of what a job's id is made of, so that a score never depends on what ran before.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path

from stiltsreport.errors import DataError, StiltsReportError
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.modeling.encoder import Encoder, load_pretrained
from stiltsreport.plan.jobs import DataUse, Pretrained
from stiltsreport.plan.pretrained import content_of
from stiltsreport.tasks.examples import Retrieval, Split
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.limit import held_out, limited
from stiltsreport.tasks.read import read, selectable, with_labels
from stiltsreport.tasks.sources import HubAccess, Source
from stiltsreport.tasks.task import Task

_SELECTION_KEY = "selection"


def pretrained_encoder(start: Pretrained, folder: Path, settings: WorkerSettings) -> Encoder:
    """The encoder of a model's record at the revision that was planned; `folder` holds unpacked embedded encoders.

    Raises StiltsReportError where a folder's content is no longer what was planned.
    """
    trusted = start.model.checkpoint in settings.trust_remote_code or start.model.name in settings.trust_remote_code
    return _loaded(start, str(folder), settings.offline, trusted)


@functools.lru_cache(maxsize=1)
def _loaded(start: Pretrained, folder: str, offline: bool, trusted: bool) -> Encoder:
    """One at a time: a worker meets the models of a study one after another, and each may fill its memory."""
    checkpoint = Path(start.model.checkpoint)
    if checkpoint.is_dir() and content_of(checkpoint, Memo()) != start.revision:
        raise StiltsReportError("has changed since the study was planned", where=str(checkpoint), hint="run the same command again")
    return load_pretrained(start.model, start.revision, Path(folder), offline=offline, trust_remote_code=trusted)


class Remembered:
    """Examples of the sets that were asked for last: at most EXAMPLES in all, so that a worker stays small whatever the study."""

    EXAMPLES = 100_000

    def __init__(self) -> None:
        self._sets: OrderedDict[Hashable, tuple[Task, Split]] = OrderedDict()
        self._held = 0

    def get(self, key: Hashable, read_set: Callable[[], tuple[Task, Split]]) -> tuple[Task, Split]:
        """What is remembered by that key, or what `read_set` reads now; a set too large to be remembered drives no other out."""
        if key in self._sets:
            self._sets.move_to_end(key)
            return self._sets[key]
        found = read_set()
        if _examples_in(found[1]) <= self.EXAMPLES:
            self._sets[key] = found
            self._held += _examples_in(found[1])
            while self._held > self.EXAMPLES:
                _, (_, oldest) = self._sets.popitem(last=False)
                self._held -= _examples_in(oldest)
        return found

    def clear(self) -> None:
        """Forget all."""
        self._sets.clear()
        self._held = 0


def _examples_in(found: Split) -> int:
    return len(found.queries) + len(found.pool) if isinstance(found, Retrieval) else len(found)


remembered = Remembered()


def examples_of(use: DataUse, selecting: int | None, offline: bool) -> tuple[Task, Split]:
    """The examples of a use, with the task as its files label it. `selecting`: at most so many (0: all), and none that is reported on.

    Raises DataError for whatever is malformed, and where a file is no longer what was planned.
    """
    return remembered.get((use, selecting, offline), lambda: _examples_of(use, selecting, offline))


def _examples_of(use: DataUse, selecting: int | None, offline: bool) -> tuple[Task, Split]:
    _refuse_changed(use.task, use.source)
    task = with_labels(use.task, use.source)
    found = read(use.source, task, HubAccess(offline=offline))
    if isinstance(found, Retrieval):
        return task, limited(found, use.limit)
    if use.part != "all":
        found = held_out(found)[0 if use.part == "training" else 1]
    if selecting is not None:
        return task, limited(selectable(found), selecting or None, _SELECTION_KEY)
    return task, limited(found, use.limit)


def _refuse_changed(task: Task, source: Source) -> None:
    """An artifact must hold what its id says, also where a file was edited while the study ran."""
    if source.files and Memo().source(task, source.split, source.language, source.files).fingerprint != source.fingerprint:
        where = str(Path(source.files[0].path).parent)
        raise DataError(
            f"the {source.split} data of {task.title} have changed since the study was planned",
            where=where,
            hint="run the same command again",
        )
