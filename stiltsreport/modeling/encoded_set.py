"""Encoded sets: a task's examples with their features, in memory or in a token table beside examples that are read when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stiltsreport.modeling.features import Feature
from stiltsreport.modeling.task_types import FORMS
from stiltsreport.recipes import Protocol, Recipe
from stiltsreport.tasks.examples import Example
from stiltsreport.tasks.task import Task

CHUNK = 4096  # examples encoded at a time: encodings take a hundred times the room of their ids


@dataclass(frozen=True)
class EncodedSet:
    """Examples of a task with their features."""

    task: Task
    examples: Sequence[Example]
    features: Sequence[Feature]

    @classmethod
    def of(cls, task: Task, examples: Sequence[Example], tokenizer: Any, lengths: Recipe | Protocol) -> EncodedSet:
        """Encode all examples once."""
        return cls(task, examples, FORMS[task.type].encode(examples, tokenizer, task, lengths))


class Unread(Sequence[Example]):
    """Examples whose number is known; `read` is called each time that one of them is asked for, and may remember them."""

    def __init__(self, count: int, read: Callable[[], Sequence[Example]]) -> None:
        self._count, self._read = count, read

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: Any) -> Any:
        return self._read()[place]

    def __iter__(self) -> Iterator[Example]:
        return iter(self._read())


def encode_in_chunks(task: Task, examples: Sequence[Example], tokenizer: Any, lengths: Recipe | Protocol) -> Iterator[list[Feature]]:
    """The features of all examples, in order, CHUNK examples at a time."""
    encode = FORMS[task.type].encode
    for start in range(0, len(examples), CHUNK):
        found = encode(examples[start : start + CHUNK], tokenizer, task, lengths)
        yield [replace(feature, example=feature.example + start) for feature in found] if start else found
