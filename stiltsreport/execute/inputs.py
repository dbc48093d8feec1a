"""What units start from, kept between the units of one worker: pretrained encoders, examples, and their tokens.

Everything here is a pure function of what a job's id is made of, so that a score never depends on what ran before.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stiltsreport.errors import DataError, StiltsReportError
from stiltsreport.execute.executors.local import WorkerSettings
from stiltsreport.modeling.encoder import Encoder, load_pretrained
from stiltsreport.modeling.finetune import EncodedSet
from stiltsreport.plan.jobs import DataUse, Pretrained, digest
from stiltsreport.plan.pretrained import content_of
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.examples import Retrieval, Split
from stiltsreport.tasks.fingerprints import Memo
from stiltsreport.tasks.limit import held_out, limited
from stiltsreport.tasks.read import as_query_passages, read, selectable, with_labels
from stiltsreport.tasks.sources import HubAccess, Source
from stiltsreport.tasks.task import Task

_SELECTION_KEY = "selection"
LENGTHS = ("max_length", "document_stride", "query_length", "passage_length")  # the entries that encoding reads


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


@functools.lru_cache(maxsize=256)
def examples_of(use: DataUse, selecting: int | None, offline: bool) -> tuple[Task, Split]:
    """The examples of a use, with the task as its files label it. `selecting`: at most so many (0: all), and none that is reported on.

    Raises DataError for whatever is malformed, and where a file is no longer what was planned.
    """
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


@dataclass(frozen=True)
class EncodingKey:
    """All that the tokens of a set depend on. `use` and `tokenizer` ride along uncompared: the key names what matters of them.

    No encoder: the cache would keep the weights of every checkpoint that met a set first.
    """

    key: str
    use: DataUse
    tokenizer: Any
    lengths: Recipe | Protocol
    form: str
    selecting: int | None
    offline: bool

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EncodingKey) and self.key == other.key


def encoded(
    use: DataUse, start: Pretrained, encoder: Encoder, lengths: Recipe | Protocol, form: str, *, selecting: int | None, offline: bool
) -> EncodedSet:
    """A set as features, in the form that is trained, which for LAReQA's dual encoder is not its data's own.

    `start` names the tokenizer: the tokens of a set are the same for every seed and checkpoint of a model.
    """
    sizes = {name: getattr(lengths, name) for name in LENGTHS}
    key = digest(use=use.ingredients, lengths=sizes, form=form, selecting=selecting, model=start.id, language=use.source.language)
    return _encoded(EncodingKey(key, use, encoder.tokenizer, lengths, form, selecting, offline))


@functools.lru_cache(maxsize=192)
def _encoded(wanted: EncodingKey) -> EncodedSet:
    task, found = examples_of(wanted.use, wanted.selecting, wanted.offline)
    if isinstance(found, Retrieval):
        raise TypeError(f"{task.name} is no set of examples")
    examples: Any = found
    if wanted.form == "dual_encoder" and task.type != "dual_encoder":
        examples, task = as_query_passages(found), replace(task, type="dual_encoder", metrics=("map_20",), beside=())
    return EncodedSet.of(task, examples, wanted.tokenizer, wanted.lengths)
