"""DataUse: a set as a job reads it, with what of it can change a job's numbers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

from stiltsreport.methods import Change, SynonymCopies, Translation
from stiltsreport.tasks.intermediate import NLI_LABELS
from stiltsreport.tasks.sources import Source
from stiltsreport.tasks.task import Task

UNPINNED = "unpinned"  # stands for the commit of what no lock pins yet: such a job can be planned, not run


def digest(**ingredients: Any) -> str:
    """The first 20 hexadecimal digits of the sha256 of the ingredients as canonical JSON."""
    return hashlib.sha256(json.dumps(ingredients, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()[:20]


def pinned(revision: str, name: str) -> str:
    """The revision, which says all; of what no lock pins yet its name beside it, lest two models be one."""
    return revision if revision != UNPINNED else f"{UNPINNED} {name}"


def task_ingredients(task: Task) -> dict[str, Any]:
    """What of a task's record can change what is read and encoded. Its name, title, languages, licence and sizes cannot.

    `prompt` says in words how a reader puts a prompt together: who changes the reader changes it too, and the ids with it.
    """
    found = {"type": task.type, "labels": task.labels, "reader": task.reader, "columns": task.columns, "prompt": task.prompt}
    if "entailment" in task.labels and task.labels != NLI_LABELS:
        found["numbers"] = "by the order of labels"  # once they were read as NLI's own, whatever the order
    return found


@dataclass(frozen=True)
class DataUse:
    """A set as a job uses it: which task reads which source, how much of it, and what is then made of its examples.

    `second`: the source of the second sentences, where the two of a pair are in different languages, joined by id (Huang et al. 2021).
    `split_by`: of a ready translation of a part, the original: what is held out there is held out here, by its ids.
    """

    task: Task
    source: Source
    limit: int | None = None
    part: Literal["all", "training", "held-out"] = "all"
    change: Change | None = None
    second: Source | None = None
    split_by: Source | None = None

    @cached_property
    def ingredients(self) -> dict[str, Any]:
        """What of it can change what is trained on."""
        found: dict[str, Any] = {
            "task": task_ingredients(self.task), "fingerprint": self.source.fingerprint, "limit": self.limit, "part": self.part
        }  # fmt: skip
        if self.change is not None:
            found["change"] = change_ingredients(self.change)
        if self.task.reader == "conllu" and any(file.path.removesuffix(".gz").endswith(".conllu") for file in self.source.files):
            found["words"] = "multiword tokens"  # once their parts were read
        if self.split_by is not None:
            found["split_by"] = self.split_by.fingerprint
        if self.second is not None:
            found["second"] = self.second.fingerprint
            if _language_tells(self.second):
                found["second_language"] = self.second.language
        return found

    @property
    def spoken(self) -> str:
        """The language that its examples are in."""
        return self.change.to if isinstance(self.change, Translation) else self.source.language

    @property
    def in_shared_files(self) -> bool:
        """Whether its language, and not its files alone, tells what is read, and it is not English."""
        return _language_tells(self.source) and self.source.language != "en"

    @property
    def scored(self) -> dict[str, Any]:
        """What of it can change scores: the metrics too, those shown beside included, since an artifact holds their counts."""
        return {**self.ingredients, "metrics": self.task.metrics, "beside": self.task.beside}


def _language_tells(source: Source) -> bool:
    """Of local files that name no language: XNLI's and TyDiQA's own hold all."""
    return bool(source.files) and not any(file.language for file in source.files)


def change_ingredients(change: Change) -> dict[str, Any]:
    """A change in words: its kind, and all that it depends on."""
    entries = {"kind": type(change).__name__, **asdict(change)}
    if isinstance(change, SynonymCopies):
        entries.pop("path")
        unread = ("table", "neighbours", "similarity") if change.synonyms != "embeddings" else ()
        entries = {name: value for name, value in entries.items() if name not in unread}
    return entries
