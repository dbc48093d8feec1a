"""What units start from, kept between the units of one worker: pretrained encoders and examples.

Everything here is a pure function of what a job's id is made of, so that a score never depends on what ran before.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stiltsreport.adaptation import FULL
from stiltsreport.errors import DataError, StiltsReportError
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.execute.translations import translated_examples
from stiltsreport.methods import Change, SynonymCopies, Translation
from stiltsreport.modeling.encoder import Encoder, load_pretrained
from stiltsreport.modeling.word_neighbours import word_neighbours
from stiltsreport.plan.data_use import DataUse
from stiltsreport.plan.jobs import Pretrained
from stiltsreport.plan.pretrained import content_of
from stiltsreport.store import Store
from stiltsreport.tasks.changes import apply
from stiltsreport.tasks.changes.pairs import paired
from stiltsreport.tasks.changes.synonyms import synonyms_of_file, words_of
from stiltsreport.tasks.examples import Example, Retrieval, SentencePair, Split
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.limit import limited, part_of
from stiltsreport.tasks.read import read, selectable, with_labels
from stiltsreport.tasks.sources import HubAccess, Source
from stiltsreport.tasks.task import Task

_SELECTION_KEY = "selection"


def pretrained_encoder(start: Pretrained, folder: Path, settings: WorkerSettings) -> Encoder:
    """The encoder of a model's record at the revision that was planned; `folder` holds unpacked embedded encoders.

    Raises StiltsReportError where a folder's content is no longer what was planned.
    """
    model = start.model
    trusted = model.checkpoint in settings.trust_remote_code or model.unadapted in settings.trust_remote_code
    plain = replace(start, model=replace(model, name=model.unadapted, title="", adaptation=FULL))  # its arms share what is loaded
    loaded = _loaded(plain, str(folder), settings.offline, trusted)
    return replace(loaded, bits=model.adaptation.bits) if model.adaptation.bits else loaded


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


@dataclass(frozen=True)
class Reading:
    """How examples are come by: whether the network may be asked, the store that holds translations, the encoder that knows synonyms."""

    offline: bool
    store: Store
    pretrained: Callable[[], Encoder] | None = None


def examples_of(use: DataUse, selecting: int | None, reading: Reading) -> tuple[Task, Split]:
    """The examples of a use, with the task as its files label it. `selecting`: at most so many (0: all), and none that is reported on.

    Raises DataError for whatever is malformed, and where a file is no longer what was planned.
    """
    return remembered.get((use, selecting, reading.offline), lambda: _examples_of(use, selecting, reading))


def _examples_of(use: DataUse, selecting: int | None, reading: Reading) -> tuple[Task, Split]:
    task = with_labels(use.task, use.source)
    if isinstance(use.change, Translation):
        return task, translated_examples(reading.store, use.change.job)
    found = _read(use, use.source, reading)
    if isinstance(found, Retrieval):
        return task, limited(found, use.limit)
    if use.part != "all":
        found = part_of(found, use.part, _read(use, use.split_by, reading) if use.split_by else None)
    if selecting is not None:
        return task, limited(selectable(found), selecting or None, _SELECTION_KEY)
    chosen = limited(found, use.limit)
    assert not isinstance(chosen, Retrieval)
    if use.second is not None:
        chosen = _paired(use, chosen, reading)
    if use.change is not None:
        chosen = apply(use.change, chosen, task, synonyms=_synonyms(use.change, chosen, reading))
    return task, chosen


def _read(use: DataUse, source: Source, reading: Reading) -> Split:
    _refuse_changed(use.task, source)
    return read(source, with_labels(use.task, source), HubAccess(offline=reading.offline))


def _paired(use: DataUse, first: Sequence[Example], reading: Reading) -> tuple[Example, ...]:
    """Each pair with its second sentence in the other language."""
    assert use.second is not None
    second = _read(use, use.second, reading)
    if isinstance(second, Retrieval):
        raise TypeError(f"{use.task.name} has no pairs of sentences")
    where = f"{use.task.title}, {use.source.split} in {use.source.language!r} and {use.second.language!r}"
    pairs = paired(
        [example for example in first if isinstance(example, SentencePair)],
        [example for example in second if isinstance(example, SentencePair)],
        where,
    )
    if not pairs:
        raise DataError("no pair has the same label on both sides", where=where, hint="parallel sets, row by row")
    return pairs


def _synonyms(change: Change, examples: Sequence[Example], reading: Reading) -> dict[str, tuple[str, ...]] | None:
    """What RS-DA draws from: a file, or the neighbours of the examples' words in the pretrained embedding table."""
    if not isinstance(change, SynonymCopies):
        return None
    if change.path:
        return synonyms_of_file(change)
    if reading.pretrained is None:
        raise TypeError("synonyms by the embedding table need an encoder")
    encoder = reading.pretrained()
    return word_neighbours(encoder.table.base, encoder.tokenizer, words_of(examples), change.neighbours, change.similarity)


def _refuse_changed(task: Task, source: Source) -> None:
    """An artifact must hold what its id says, also where a file was edited while the study ran."""
    if source.files and Memo().source(task, source.split, source.language, source.files).fingerprint != source.fingerprint:
        where = str(Path(source.files[0].path).parent)
        raise DataError(
            f"the {source.split} data of {task.title} have changed since the study was planned",
            where=where,
            hint="run the same command again",
        )
